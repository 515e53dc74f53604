import {
  type Arguments,
  type Block,
  type JsonGraph,
  isExpression,
  isLookup,
  list,
  nested,
} from "./json-graph";

/** One statement of a policy, in one spelling whether it was written as JSON or as a data source. */
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
  /** Who, in a resource's own policy. */
  readonly principals: unknown;
  /** The stack it was written in, which its references are read in. */
  readonly stack: string;
}

/** The statements of a policy; undefined where Terraform composes it in a way that the JSON does not tell. */
export function readPolicy(graph: JsonGraph, value: unknown, stack: string): Statement[] | undefined {
  if (typeof value !== "string") {
    return undefined;
  }
  const documents = graph
    .references(value, stack)
    .filter(({ block }) => isLookup(block, "aws_iam_policy_document"));
  if (documents.length > 0) {
    const composed = documents.some(
      ({ block }) =>
        block.config.source_policy_documents ??
        block.config.override_policy_documents ??
        block.config.dynamic,
    );
    return composed
      ? undefined
      : documents.flatMap(({ block }) =>
          nested(block.config.statement).map((one) => fromDataSource(one, stack)),
        );
  }
  return readPolicyJson(value, stack);
}

/** The statements of a policy that is written as JSON; undefined where it is none. */
export function readPolicyJson(json: string, stack = ""): Statement[] | undefined {
  try {
    const { Statement: statements } = JSON.parse(json) as { Statement?: unknown };
    return nested(statements).map((one) => fromJson(one, stack));
  } catch {
    return undefined;
  }
}

/**
 * Whether a policy allows an action. Conditions are not judged: an allowing statement counts with them, a denying one
 * only without.
 */
export function allows(
  statements: readonly Statement[],
  action: string,
  covers: (statement: Statement) => boolean = () => true,
): boolean {
  const denied = statements.some(
    (one) =>
      one.effect === "Deny" &&
      !one.conditional &&
      one.resources.includes("*") &&
      ["*", '{"AWS":"*"}'].includes(text(one.principals ?? "*")) &&
      concerns(one, action),
  );
  return !denied && statements.some((one) => one.effect === "Allow" && concerns(one, action) && covers(one));
}

/** Every policy that a role has, or undefined where one of them is not told. */
export function rolePolicies(
  graph: JsonGraph,
  role: Block,
): { statements: Statement[]; managed: string[] } | undefined {
  const inline = [
    ...nested(role.config.inline_policy).map(({ policy }) => ({ policy, stack: role.stack })),
    ...graph
      .referrers(role, "aws_iam_role_policy", "role")
      .map(({ config, stack }) => ({ policy: config.policy, stack })),
  ];
  const attached = [
    ...list(role.config.managed_policy_arns).map((arn) => ({ arn, stack: role.stack })),
    ...[
      ...graph.referrers(role, "aws_iam_role_policy_attachment", "role"),
      ...graph.referrers(role, "aws_iam_policy_attachment", "roles"),
    ].map(({ config, stack }) => ({ arn: config.policy_arn, stack })),
  ];
  if (graph.isInModule(role)) {
    return undefined;
  }
  const managed: string[] = [];
  for (const { arn, stack } of attached) {
    const own = graph.findIn(arn, stack, "aws_iam_policy");
    const aws = /:iam::aws:policy\/(?:.*\/)?([\w-]+)$/.exec(String(arn))?.[1];
    if (aws !== undefined) {
      managed.push(aws);
    } else if (own.length > 0) {
      inline.push(...own.map((policy) => ({ policy: policy.config.policy, stack: policy.stack })));
    } else {
      return undefined;
    }
  }
  const read = inline.map(({ policy, stack }) => readPolicy(graph, policy, stack));
  return read.some((one) => one === undefined)
    ? undefined
    : { statements: read.flatMap((one) => one ?? []), managed };
}

/** Whether statements let a service of AWS take a role; undefined where that is not told. */
export function trusts(graph: JsonGraph, role: Block, service: RegExp): boolean | undefined {
  const statements = readPolicy(graph, role.config.assume_role_policy, role.stack);
  return statements?.some(
    (one) =>
      one.effect === "Allow" &&
      concerns(one, "sts:AssumeRole") &&
      (isExpression(JSON.stringify(one.principals)) || service.test(JSON.stringify(one.principals))),
  );
}

function text(principals: unknown): string {
  return typeof principals === "string" ? principals : JSON.stringify(principals);
}

function concerns({ actions, notActions }: Statement, action: string): boolean {
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

function fromJson(statement: Arguments, stack: string): Statement {
  return {
    effect: String(statement.Effect),
    actions: list(statement.Action).map(String),
    notActions: list(statement.NotAction).map(String),
    // All but some of them is no narrower than all.
    resources: statement.NotResource === undefined ? list(statement.Resource).map(String) : ["*"],
    conditional: statement.Condition !== undefined,
    principals: statement.Principal,
    stack,
  };
}

function fromDataSource(statement: Arguments, stack: string): Statement {
  return {
    effect: String(statement.effect ?? "Allow"),
    actions: list(statement.actions).map(String),
    notActions: list(statement.not_actions).map(String),
    resources: statement.not_resources === undefined ? list(statement.resources).map(String) : ["*"],
    conditional: nested(statement.condition).length > 0,
    principals: statement.principals,
    stack,
  };
}
