import { type Bound, type Form, checkedEach, checkedOptional, form } from "./bound";
import { type CheckedProp, onceProblem, problem } from "./refusal";

/** The name of a role. */
export const ROLE_NAME = iamName(64);

/** The name of an instance profile. */
export const PROFILE_NAME = iamName(128);

/** The ARN of a managed policy. */
export const POLICY_ARN = form(
  /^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/,
  "the ARN of a managed policy",
  "copy it from the policy's page",
);

/** The ARN of a managed policy beyond the one that is always attached. */
export const FURTHER_POLICY_ARN: Bound<string> = {
  ...POLICY_ARN,
  problem: (arn) =>
    arn.endsWith(":aws:policy/AmazonSSMManagedInstanceCore")
      ? problem("policies beyond AmazonSSMManagedInstanceCore", "remove it: it is always attached")
      : POLICY_ARN.problem(arn),
};

/** The props that say what the instances' role is called, and what it may do. */
interface RoleProps {
  readonly roleName?: string;
  readonly instanceProfileName?: string;
  readonly permissionsBoundaryArn?: string;
  readonly managedPolicyArns?: readonly string[];
}

/** These props, checked. */
export function checkedIam({ managedPolicyArns: arns = [], ...props }: RoleProps): CheckedProp[] {
  return [
    checkedOptional("roleName", props.roleName, ROLE_NAME),
    checkedOptional("instanceProfileName", props.instanceProfileName, PROFILE_NAME),
    checkedOptional("permissionsBoundaryArn", props.permissionsBoundaryArn, POLICY_ARN),
    { prop: "managedPolicyArns", given: arns, problem: furtherPoliciesProblem(arns) },
    ...checkedEach("managedPolicyArns", arns, FURTHER_POLICY_ARN),
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
