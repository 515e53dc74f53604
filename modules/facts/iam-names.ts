import { type ArnPlace, arnForm, arnPattern, inPlace } from "./arn";
import { type Bound, type Form, checkedEach, checkedOptional, form } from "./bound";
import { VPC_ID } from "./ec2-ids";
import { QUOTAS, quotaProblem } from "./quotas";
import { type CheckedProp, onceProblem, problem } from "./refusal";

/** The name of a role. */
export const ROLE_NAME = iamName(64);

/** The name of an instance profile. */
export const PROFILE_NAME = iamName(128);

/** The ARN of a role. */
export const ROLE_ARN = arnForm(
  arnPattern("iam", "role\\/[\\w+=,.@/-]+"),
  "the ARN of an IAM role, such as arn:aws:iam::111122223333:role/deploy",
  "copy it from the role's page",
);

/** The ARN of a managed policy. */
export const POLICY_ARN = arnForm(
  arnPattern("iam", "policy\\/[\\w+=,.@/-]+", "(aws|\\d{12})"),
  "the ARN of a managed policy",
  "copy it from the policy's page",
);

/** The path of what is made without one. */
export const DEFAULT_IAM_PATH = "/";

/** As many characters as a path may have here: Step Functions takes ARNs of roles of up to 256. */
export const MAX_IAM_PATH = 128;

const PATHS = `${DEFAULT_IAM_PATH}, or a path of up to ${MAX_IAM_PATH} characters that begins and ends with a slash, such as /teams/payments/`;

/** A path of IAM. */
export const IAM_PATH: Bound<string> & Readonly<Record<"pattern" | "reserved", RegExp>> = {
  /** What a good one matches. */
  pattern: /^\/([A-Za-z0-9+=,.@_-]+\/)*$/,
  /** What a good one does not match: AWS keeps these for itself. */
  reserved: /^\/aws-(service-role|reserved)\//,
  allowed: PATHS,
  problem: (path) =>
    path.length <= MAX_IAM_PATH && IAM_PATH.pattern.test(path) && !IAM_PATH.reserved.test(path)
      ? undefined
      : problem(PATHS, "write it as the organization's policy has it"),
};

/** What an organization may demand of a role when it is made, and of all that makes it up. */
export interface RoleDemands {
  /**
   * ARN of the managed policy that bounds what the role can ever do; it must admit what the role is for.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
   * @default - no boundary
   */
  readonly permissionsBoundaryArn?: string;
  /**
   * IAM path of the role, and of the policies and the instance profile that are made with it: up to 128 characters, with a
   * slash at both ends, such as `/teams/payments/`. Names are unique in the account whatever their path. IAM moves nothing:
   * another path makes all of it anew.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
   * @default "/"
   */
  readonly iamPath?: string;
  /**
   * Whether what the role may do is written into it. `false` makes managed policies of its own in their place, which count
   * among the ten that a role can have.
   * @default true
   */
  readonly inlinePolicies?: boolean;
}

/** These props, checked: the boundary must be of the account that the role is made in, or of AWS. */
export function checkedDemands(
  { permissionsBoundaryArn, iamPath }: RoleDemands,
  place: ArnPlace,
): CheckedProp[] {
  return [
    checkedOptional("permissionsBoundaryArn", permissionsBoundaryArn, inPlace(POLICY_ARN, place)),
    checkedOptional("iamPath", iamPath, IAM_PATH),
  ];
}

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
interface RoleProps extends RoleDemands {
  readonly roleName?: string;
  readonly instanceProfileName?: string;
  readonly managedPolicyArns?: readonly string[];
  readonly onlyThroughVpcs?: readonly string[] | false;
}

/**
 * These props, checked: policies must be of the account that the role is made in, or of AWS.
 *
 * @param inPlaceOfInline how many managed policies the role has in place of inline ones
 */
export function checkedIam(
  { managedPolicyArns: arns = [], ...props }: RoleProps,
  place: ArnPlace,
  inPlaceOfInline: number,
): CheckedProp[] {
  const policy = inPlace(POLICY_ARN, place);
  const vpcs = props.onlyThroughVpcs || [];
  return [
    checkedOptional("roleName", props.roleName, ROLE_NAME),
    checkedOptional("instanceProfileName", props.instanceProfileName, PROFILE_NAME),
    ...checkedDemands(props, place),
    { prop: "managedPolicyArns", given: arns, problem: furtherPoliciesProblem(arns, inPlaceOfInline) },
    ...checkedEach("managedPolicyArns", arns, policy),
    { prop: "onlyThroughVpcs", given: vpcs, problem: onceProblem(vpcs) },
    ...checkedEach("onlyThroughVpcs", vpcs, VPC_ID),
  ];
}

/**
 * What is wrong with a list of policies, as a list.
 *
 * @param inPlaceOfInline how many the role has in place of inline ones
 */
export function furtherPoliciesProblem(arns: readonly string[], inPlaceOfInline = 0): string | undefined {
  // One is the project's own, or AWS's in its place.
  const attached = 1 + inPlaceOfInline + arns.filter((arn) => !isCorePolicy(arn)).length;
  return (
    (onceProblem(arns) && problem("each managed policy once", "remove the second one")) ??
    quotaProblem(QUOTAS.policiesOfRole, attached, "join some, or put what they allow into one of your own")
  );
}

function iamName(max: number): Form {
  return form(
    new RegExp(`^[A-Za-z0-9+=,.@_-]{1,${max}}$`),
    `1 to ${max} letters, digits and + = , . @ _ -`,
    "shorten or rename it",
  );
}
