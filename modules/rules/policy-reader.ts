import { type Statement, readPolicyJson } from "../facts/iam-policy";
import { type Block, type JsonGraph, isExpression, isLookup, list, nested } from "./json-graph";

/** A statement of a policy, whether it was written as JSON or as a data source. */
export interface WrittenStatement extends Statement {
  /** The stack it was written in, which its references are read in. */
  readonly stack: string;
}

/** What permissions a role has. */
export interface RolePolicies {
  /** The statements of its policies, as far as they are written in the JSON. */
  readonly statements: readonly WrittenStatement[];
  /** Names of AWS's own policies that are attached. */
  readonly managed: readonly string[];
}

/** The statements of a policy; undefined where Terraform composes it in a way that the JSON does not show. */
export function readPolicy(graph: JsonGraph, value: unknown, stack: string): WrittenStatement[] | undefined {
  if (typeof value !== "string") {
    return undefined;
  }
  const documents = graph
    .references(value, stack)
    .map(({ block }) => block)
    .filter((block) => isLookup(block, "aws_iam_policy_document"));
  if (documents.some(isComposed)) {
    return undefined;
  }
  const statements =
    documents.length > 0
      ? documents.flatMap(({ config }) => nested(config.statement).map(readStatement))
      : readPolicyJson(value);
  return statements?.map((one) => ({ ...one, stack }));
}

/** Every policy that a role has; undefined where one of them is not known. */
export function rolePolicies(graph: JsonGraph, role: Block): RolePolicies | undefined {
  if (graph.isInModule(role)) {
    return undefined;
  }
  const written = [
    ...nested(role.config.inline_policy).map(({ policy }) => ({ policy, stack: role.stack })),
    ...graph.referrers(role, "aws_iam_role_policy", "role").map(writtenIn),
  ];
  const managed: string[] = [];
  for (const { arn, stack } of attachedPolicies(graph, role)) {
    const own = graph.findIn(arn, stack, "aws_iam_policy");
    const ofAws = /:iam::aws:policy\/(?:.*\/)?([\w-]+)$/.exec(String(arn))?.[1];
    if (ofAws !== undefined) {
      managed.push(ofAws);
    } else if (own.length > 0) {
      written.push(...own.map(writtenIn));
    } else {
      return undefined;
    }
  }
  const statements: WrittenStatement[] = [];
  for (const { policy, stack } of written) {
    const read = readPolicy(graph, policy, stack);
    if (read === undefined) {
      return undefined;
    }
    statements.push(...read);
  }
  return { statements, managed };
}

/** The policy that a resource holds. */
export function writtenIn({ config, stack }: Block): { policy: unknown; stack: string } {
  return { policy: config.policy, stack };
}

/** Whether a statement speaks of what a value names. What is not known counts as such. */
export function speaksOfTarget(
  graph: JsonGraph,
  statement: WrittenStatement,
  value: unknown,
  stack: string,
): boolean {
  const targets = managed(graph, value, stack);
  return statement.resources.some((resource) => {
    const named = managed(graph, resource, statement.stack);
    if (resource === "*" || (named.length === 0 && isExpression(resource))) {
      return true;
    }
    if (named.length > 0) {
      // A name, or another name of a key, may stand for the resource that the statement means.
      const known = targets.length > 0 && targets.every(({ type }) => type !== "aws_kms_alias");
      return !known || named.some((one) => targets.includes(one));
    }
    return targets.length > 0 || resource.includes(String(value));
  });
}

function managed(graph: JsonGraph, value: unknown, stack: string): Block[] {
  return graph
    .references(value, stack)
    .map(({ block }) => block)
    .filter((block) => block.managed);
}

function attachedPolicies(graph: JsonGraph, role: Block): { arn: unknown; stack: string }[] {
  const attachments = [
    ...graph.referrers(role, "aws_iam_role_policy_attachment", "role"),
    ...graph.referrers(role, "aws_iam_policy_attachment", "roles"),
  ];
  return [
    ...list(role.config.managed_policy_arns).map((arn) => ({ arn, stack: role.stack })),
    ...attachments.map(({ config, stack }) => ({ arn: config.policy_arn, stack })),
  ];
}

/** Whether a data source takes statements from elsewhere. */
function isComposed({ config }: Block): boolean {
  return ["source_policy_documents", "override_policy_documents", "dynamic"].some(
    (argument) => config[argument] !== undefined,
  );
}

function readStatement(statement: Block["config"]): Statement {
  return {
    effect: String(statement.effect ?? "Allow"),
    actions: list(statement.actions).map(String),
    notActions: list(statement.not_actions).map(String),
    resources: statement.not_resources === undefined ? list(statement.resources).map(String) : ["*"],
    conditional: nested(statement.condition).length > 0,
    condition: {},
    sourceVpcs: nested(statement.condition)
      .filter(({ test, variable }) => test === "StringNotEquals" && variable === "aws:SourceVpc")
      .map(({ values }) => list(values).map(String))[0],
    principals: statement.principals,
  };
}
