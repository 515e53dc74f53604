/** One statement of a policy. */
export interface Statement {
  /** `Allow` or `Deny`. */
  readonly effect: string;
  /** Actions it speaks of. */
  readonly actions: readonly string[];
  /** Actions that it leaves out, where it speaks of all others. */
  readonly notActions: readonly string[];
  /** Resources it speaks of. */
  readonly resources: readonly string[];
  /** Whether it has conditions. */
  readonly conditional: boolean;
  /** Its conditions: operators, keys and values. */
  readonly condition: Condition;
  /**
   * Values of `aws:SourceVpc` beside which it denies: a request must come through an endpoint of one of these VPCs.
   * Undefined where that is not asked.
   */
  readonly sourceVpcs: readonly string[] | undefined;
  /** Who, in a resource's own policy. */
  readonly principals: unknown;
}

/** What stands for the VPC of the instance itself among the values of `aws:SourceVpc`. */
const OWN_VPC = "${aws:Ec2InstanceSourceVpc}";

/** How a trust policy names EC2. What only Terraform decides may be EC2 too. */
const EC2 = /"ec2\.amazonaws\.com(\.cn)?"|\$\{/;

/** The statements of a policy that is written as JSON; undefined where the text is not a policy. */
export function readPolicyJson(json: string): Statement[] | undefined {
  try {
    const { Statement: statements } = JSON.parse(json) as { Statement?: unknown };
    return list(statements).map((one) => readStatement(one as Record<string, unknown>));
  } catch {
    return undefined;
  }
}

/**
 * Whether a policy allows an action. Conditions are not judged: an allowing statement counts with them, a denying one
 * only without.
 */
export function allows<S extends Statement>(
  statements: readonly S[],
  action: string,
  covers: (statement: S) => boolean = () => true,
): boolean {
  const denied = statements.some(
    (one) =>
      one.effect === "Deny" &&
      !one.conditional &&
      one.resources.includes("*") &&
      ['"*"', '{"AWS":"*"}'].includes(JSON.stringify(one.principals ?? "*")) &&
      concerns(one, action),
  );
  return !denied && statements.some((one) => one.effect === "Allow" && concerns(one, action) && covers(one));
}

/**
 * Whether a policy denies an action wherever it does not come through an endpoint of the instance's own VPC. Other VPCs
 * that are named may be those of its endpoints.
 */
export function boundToOwnVpc(statements: readonly Statement[], action: string): boolean {
  return statements.some(
    (one) =>
      one.effect === "Deny" &&
      one.resources.includes("*") &&
      one.sourceVpcs !== undefined &&
      // Terraform writes a variable of IAM's with two signs.
      one.sourceVpcs.every((vpc) => vpc.replace("$$", "$") === OWN_VPC) &&
      concerns(one, action),
  );
}

/** Whether the trust policy of a role lets EC2 take it. */
export function trustsEc2(statements: readonly Statement[]): boolean {
  return statements.some(
    (one) =>
      one.effect === "Allow" && concerns(one, "sts:AssumeRole") && EC2.test(JSON.stringify(one.principals)),
  );
}

/** Whether a statement speaks of an action. */
export function concerns(
  { actions, notActions }: Pick<Statement, "actions" | "notActions">,
  action: string,
): boolean {
  return notActions.length > 0
    ? !notActions.some((pattern) => matches(pattern, action))
    : actions.some((pattern) => matches(pattern, action));
}

function matches(pattern: string, action: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`, "i").test(action);
}

function readStatement(statement: Record<string, unknown>): Statement {
  return {
    effect: String(statement.Effect),
    actions: list(statement.Action).map(String),
    notActions: list(statement.NotAction).map(String),
    // All but some of them is no narrower than all.
    resources: statement.NotResource === undefined ? list(statement.Resource).map(String) : ["*"],
    conditional: statement.Condition !== undefined,
    condition: (statement.Condition as Condition | undefined) ?? {},
    sourceVpcs: readSourceVpcs(statement.Condition as Condition | undefined),
    principals: statement.Principal,
  };
}

/** Conditions of a statement: by operator, and by key. */
export type Condition = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function readSourceVpcs(condition: Condition = {}): string[] | undefined {
  const vpcs = condition.StringNotEquals?.["aws:SourceVpc"];
  return vpcs === undefined ? undefined : list(vpcs).map(String);
}

/** A list, or the only element of one. */
function list(value: unknown): unknown[] {
  return [value ?? []].flat();
}
