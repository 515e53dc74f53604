import { type CheckedProp, onceProblem, problem } from "./refusal";

/** The props that say what the instances' role is called, and what it may do. */
interface RoleProps {
  readonly roleName?: string;
  readonly instanceProfileName?: string;
  readonly permissionsBoundaryArn?: string;
  readonly managedPolicyArns?: readonly string[];
}

/** These props, checked. */
export function checkedIam({ managedPolicyArns: arns = [], ...props }: RoleProps): CheckedProp[] {
  const { roleName, instanceProfileName, permissionsBoundaryArn: boundary } = props;
  return [
    { prop: "roleName", given: roleName, problem: roleNameProblem(roleName) },
    {
      prop: "instanceProfileName",
      given: instanceProfileName,
      problem: instanceProfileNameProblem(instanceProfileName),
    },
    { prop: "permissionsBoundaryArn", given: boundary, problem: managedPolicyArnProblem(boundary) },
    { prop: "managedPolicyArns", given: arns, problem: furtherPoliciesProblem(arns) },
    ...arns.map((arn, index) => ({
      prop: `managedPolicyArns[${index}]`,
      given: arn,
      problem: furtherPolicyArnProblem(arn),
    })),
  ];
}

/** What is wrong with a text that should name a role. */
export function roleNameProblem(name: string | undefined): string | undefined {
  return nameProblem(name, 64);
}

/** What is wrong with a text that should name an instance profile. */
export function instanceProfileNameProblem(name: string | undefined): string | undefined {
  return nameProblem(name, 128);
}

/** What is wrong with a text that should be a managed policy's ARN. */
export function managedPolicyArnProblem(arn: string | undefined): string | undefined {
  return arn === undefined || /^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/.test(arn)
    ? undefined
    : problem("the ARN of a managed policy", "copy it from the policy's page");
}

/** What is wrong with a text that should be the ARN of a policy beyond the one that is always attached. */
export function furtherPolicyArnProblem(arn: string): string | undefined {
  return arn.endsWith(":aws:policy/AmazonSSMManagedInstanceCore")
    ? problem("policies beyond AmazonSSMManagedInstanceCore", "remove it: it is always attached")
    : managedPolicyArnProblem(arn);
}

/** What is wrong with a list of policies, as a list. */
export function furtherPoliciesProblem(arns: readonly string[]): string | undefined {
  return onceProblem(arns) && problem("each managed policy once", "remove the second one");
}

function nameProblem(name: string | undefined, most: number): string | undefined {
  return name === undefined || new RegExp(`^[A-Za-z0-9+=,.@_-]{1,${most}}$`).test(name)
    ? undefined
    : problem(`1 to ${most} letters, digits and + = , . @ _ -`, "shorten or rename it");
}
