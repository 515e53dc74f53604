import * as ec2 from "@aws-sdk/client-ec2";
import { pagesOf } from "../aws/client";

/**
 * The kinds of things that can be left over, in the order in which AWS deletes them: what uses something comes before what
 * is used. Each has the commands of `aws ec2`, up to the id, that delete it; no command here deletes a key.
 */
export const DELETIONS = {
  "egress rule": ["revoke-security-group-egress --group-id <group> --security-group-rule-ids"],
  "ingress rule": ["revoke-security-group-ingress --group-id <group> --security-group-rule-ids"],
  // Its interface keeps subnet and security group in use until it is terminated.
  instance: ["terminate-instances --instance-ids", "wait instance-terminated --instance-ids"],
  "flow log": ["delete-flow-logs --flow-log-ids"],
  endpoint: ["delete-vpc-endpoints --vpc-endpoint-ids"],
  "association of a route table": ["disassociate-route-table --association-id"],
  subnet: ["delete-subnet --subnet-id"],
  "route table": ["delete-route-table --route-table-id"],
  "security group": ["delete-security-group --group-id"],
  VPC: ["delete-vpc --vpc-id"],
  key: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type ThingKind = keyof typeof DELETIONS;

/** One thing that AWS has. */
export interface Found {
  readonly id: string;
  readonly kind: ThingKind;
  /** What is said of it behind its kind; undefined if there is nothing to say. */
  readonly name: string | undefined;
  /** Its tags; for an association, those of its table. */
  readonly tags: Readonly<Record<string, string>>;
  /** When it was made; undefined if AWS does not say. */
  readonly since: Date | undefined;
  /** Whether it is an instance that runs, or is about to. */
  readonly running: boolean;
  /** The security group that a rule belongs to. */
  readonly group?: string;
}

/** A call of EC2 that lists things, with the permission that it takes. */
export interface Listing {
  readonly action: string;
  readonly list: (client: ec2.EC2Client, Filters: ec2.Filter[]) => Promise<Found[]>;
}

const ALIVE = { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] };

/** The calls that list things with names of their own. */
export const LISTINGS: readonly Listing[] = [
  listing(
    "ec2:DescribeInstances",
    (config, { Filters }) => ec2.paginateDescribeInstances(config, { Filters: [...Filters, ALIVE] }),
    (page) => page.Reservations?.flatMap(({ Instances = [] }) => Instances),
    (one) => ({
      ...found("instance", one.InstanceId, one.Tags, one.LaunchTime),
      running: ["pending", "running"].includes(one.State?.Name ?? ""),
    }),
  ),
  listing(
    "ec2:DescribeFlowLogs",
    (config, { Filters }) => ec2.paginateDescribeFlowLogs(config, { Filter: Filters }),
    (page) => page.FlowLogs,
    (one) => found("flow log", one.FlowLogId, one.Tags, one.CreationTime),
  ),
  listing(
    "ec2:DescribeVpcEndpoints",
    ec2.paginateDescribeVpcEndpoints,
    (page) => page.VpcEndpoints?.filter(({ State = "" }) => !/^delet/i.test(State)),
    (one) => found("endpoint", one.VpcEndpointId, one.Tags, one.CreationTimestamp),
  ),
  listing(
    "ec2:DescribeRouteTables",
    ec2.paginateDescribeRouteTables,
    (page) => page.RouteTables,
    ({ RouteTableId, Associations = [], Tags }) => [
      found("route table", RouteTableId, Tags),
      ...Associations.filter(({ Main }) => !Main).map((one) => ({
        ...found("association of a route table", one.RouteTableAssociationId, Tags),
        name: `with ${one.SubnetId ?? one.GatewayId}`,
      })),
    ],
  ),
  listing(
    "ec2:DescribeSubnets",
    ec2.paginateDescribeSubnets,
    (page) => page.Subnets,
    (one) => found("subnet", one.SubnetId, one.Tags),
  ),
  listing(
    "ec2:DescribeSecurityGroups",
    ec2.paginateDescribeSecurityGroups,
    // A VPC's own group goes with the VPC.
    (page) => page.SecurityGroups?.filter(({ GroupName }) => GroupName !== "default"),
    (one) => found("security group", one.GroupId, one.Tags),
  ),
  listing(
    "ec2:DescribeVpcs",
    ec2.paginateDescribeVpcs,
    (page) => page.Vpcs,
    (one) => found("VPC", one.VpcId, one.Tags),
  ),
];

/** The call that lists the rules of security groups, which have no names. */
export const RULES = listing(
  "ec2:DescribeSecurityGroupRules",
  ec2.paginateDescribeSecurityGroupRules,
  (page) => page.SecurityGroupRules,
  (one) => ({
    ...found(one.IsEgress ? "egress rule" : "ingress rule", one.SecurityGroupRuleId, one.Tags),
    name: `of ${one.GroupId}${one.Description ? `: ${one.Description}` : ""}`,
    group: one.GroupId ?? "",
  }),
);

function listing<Page, Item>(
  action: string,
  paginate: (config: { client: ec2.EC2Client }, input: { Filters: ec2.Filter[] }) => AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
  toFound: (item: Item) => Found | Found[],
): Listing {
  const list: Listing["list"] = async (client, Filters) =>
    (await pagesOf(paginate({ client }, { Filters }), itemsOf)).flatMap(toFound);
  return { action, list };
}

function found(kind: ThingKind, id = "", Tags: readonly ec2.Tag[] = [], since?: Date): Found {
  const tags = Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
  return { id, kind, name: tags.Name, tags, since, running: false };
}
