import { type Form, checkedEach, checkedOptional, form } from "./bound";
import { VPC_ID } from "./ec2-ids";
import { type CheckedProp, onceProblem, problem } from "./refusal";

/** The name of a role. */
export const ROLE_NAME = iamName(64);

/** The name of an instance profile. */
export const PROFILE_NAME = iamName(128);

/** The ARN of a role. */
export const ROLE_ARN = form(
  /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  "the ARN of an IAM role, such as arn:aws:iam::111122223333:role/deploy",
  "copy it from the role's page",
);

/** The ARN of a managed policy. */
export const POLICY_ARN = form(
  /^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/,
  "the ARN of a managed policy",
  "copy it from the policy's page",
);

/** AWS's own policy for everything that Systems Manager can do with an instance, beside letting it be reached. */
const CORE = "AmazonSSMManagedInstanceCore";

/** The ARN of that policy. */
export function corePolicyArn(partition: string): string {
  return `arn:${partition}:iam::aws:policy/${CORE}`;
}

/** Whether an ARN is that of {@link corePolicyArn}, in whatever partition. */
export function isCorePolicy(arn: string): boolean {
  return arn.endsWith(`:iam::aws:policy/${CORE}`);
}

/** The props that say what the instances' role is called, and what it may do. */
interface RoleProps {
  readonly roleName?: string;
  readonly instanceProfileName?: string;
  readonly permissionsBoundaryArn?: string;
  readonly managedPolicyArns?: readonly string[];
  readonly onlyThroughVpcs?: readonly string[] | false;
}

/** These props, checked. */
export function checkedIam({ managedPolicyArns: arns = [], ...props }: RoleProps): CheckedProp[] {
  const vpcs = props.onlyThroughVpcs || [];
  return [
    checkedOptional("roleName", props.roleName, ROLE_NAME),
    checkedOptional("instanceProfileName", props.instanceProfileName, PROFILE_NAME),
    checkedOptional("permissionsBoundaryArn", props.permissionsBoundaryArn, POLICY_ARN),
    { prop: "managedPolicyArns", given: arns, problem: furtherPoliciesProblem(arns) },
    ...checkedEach("managedPolicyArns", arns, POLICY_ARN),
    { prop: "onlyThroughVpcs", given: vpcs, problem: onceProblem(vpcs) },
    ...checkedEach("onlyThroughVpcs", vpcs, VPC_ID),
  ];
}

/** What is wrong with a list of policies, as a list. */
export function furtherPoliciesProblem(arns: readonly string[]): string | undefined {
  return onceProblem(arns) && problem("each managed policy once", "remove the second one");
}

function iamName(max: number): Form {
  return form(
    new RegExp(`^[A-Za-z0-9+=,.@_-]{1,${max}}$`),
    `1 to ${max} letters, digits and + = , . @ _ -`,
    "shorten or rename it",
  );
}
