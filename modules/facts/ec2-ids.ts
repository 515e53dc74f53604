import { type Form, form } from "./bound";

/** Id of a VPC. */
export const VPC_ID = ec2Id("vpc", "VPC");

/** Id of a subnet. */
export const SUBNET_ID = ec2Id("subnet", "subnet");

/** Id of a security group. */
export const SECURITY_GROUP_ID = ec2Id("sg", "security group");

/** Id of a prefix list; those of AWS's own services are short. */
export const PREFIX_LIST_ID = ec2Id("pl", "prefix list", "pl-63a5400a");

/** Id of an Amazon Machine Image. */
export const AMI_ID = ec2Id("ami", "AMI");

/** Ids have 17 digits, or 8 where they are from before 2016. */
function ec2Id(prefix: string, what: string, example = `${prefix}-0123456789abcdef0`): Form {
  return form(
    new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`),
    `${what === "AMI" ? "an" : "a"} ${what} id such as ${example}`,
    `copy it from the ${what}'s page`,
  );
}
