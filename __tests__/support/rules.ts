import { type RuleId, type Violation, violations } from "../../modules/rules";
import type { Environment } from "../../stacks/settings/environment";
import { type Json, type StackJson, synthEnvironment } from "./synth";

/** Stacks by name. */
export type Stacks = Record<string, Json>;

/** An environment with everything that the rules speak of. */
export const FULL: Environment = {
  region: "eu-central-1",
  network: { endpoints: { ec2Messages: true, s3Gateway: true }, flowLogs: { retentionDays: 365 } },
  sessions: { archive: {}, alertEmails: ["ops@example.com"] },
  instances: { web: {}, db: { egress: [{ cidr: "10.20.0.0/16", ports: 5432, description: "a database" }] } },
};

/** Where the parts of {@link FULL} stand that several tests change. */
export const GROUP = "aws_security_group.instance_access_security-group";
export const OWN_GROUP = `\${${GROUP}.id}`;
export const EGRESS = "aws_vpc_security_group_egress_rule.instance_access_https-to-endpoints";
export const INGRESS = "aws_vpc_security_group_ingress_rule.endpoints_https-from-vpc";
export const TO_S3 = "aws_vpc_security_group_egress_rule.instance_access_https-to-s3";
export const CORE = "aws_iam_role_policy_attachment.instance_access_session-manager";

/** The JSON of an environment, to be changed. */
export function stacksOf(environment: Environment): Stacks {
  const { networking, sessions, instances } = synthEnvironment(environment);
  const present = { networking, sessions, instances } as Record<string, StackJson | undefined>;
  return Object.fromEntries(
    Object.entries(present).flatMap(([layer, stack]) =>
      stack === undefined ? [] : [[`test-${layer}`, stack.json] as const],
    ),
  );
}

/** One resource, wherever it is. */
export function resource(stacks: Stacks, address: string): Json {
  const [type = "", name = ""] = address.split(".");
  const found = Object.values(stacks).flatMap(({ resource: resources }) => resources[type]?.[name] ?? []);
  expect({ address, count: found.length }).toEqual({ address, count: 1 });
  return found[0] as Json;
}

/** Adds a resource as a user's own code would, or changes one. */
export function put(stacks: Stacks, layer: string, address: string, config: Json): void {
  const [type = "", name = ""] = address.split(".");
  const { resource: resources } = stacks[`test-${layer}`] as Json;
  resources[type] = { ...resources[type], [name]: config };
}

/** Takes a resource away. */
export function drop(stacks: Stacks, address: string): void {
  resource(stacks, address);
  const [type = "", name = ""] = address.split(".");
  for (const { resource: resources } of Object.values(stacks)) {
    delete resources[type]?.[name];
  }
}

/** What breaks the rules when our stacks are guarded, as `rule: path seen`. */
export function broken(stacks: Stacks, given: readonly string[] = []): string[] {
  const guarded = Object.keys(stacks).filter((name) => name.startsWith("test-"));
  return violations({ stacks, guarded, given }).map(({ rule, path, seen }) => `${rule}: ${path} ${seen}`);
}

/** The violations of one rule. */
export function violationsOf(stacks: Stacks, rule: RuleId): Violation[] {
  return violations({ stacks, guarded: Object.keys(stacks), given: [] }).filter((one) => one.rule === rule);
}

/** A change of an environment's JSON, as a user's code or an escape hatch would make it. */
export type Change = (stacks: Stacks) => void;

/** What a change is called, the change, and what it breaks. */
export type Case = [string, Change, string[]];

/** Several changes. */
export const all =
  (...changes: Change[]): Change =>
  (stacks) => {
    changes.forEach((change) => change(stacks));
  };

/** Sets arguments of a resource. */
export const set =
  (address: string, values: Json): Change =>
  (stacks) => {
    Object.assign(resource(stacks, address), values);
  };

/** Adds a resource. */
export const add =
  (layer: string, address: string, config: Json): Change =>
  (stacks) => {
    put(stacks, layer, address, config);
  };

/** Asks what breaks after a change of an environment, which is synthesized once. */
export function breaking(environment: Environment): (change: Change, given?: readonly string[]) => string[] {
  let json: string | undefined;
  return (change, given) => {
    json ??= JSON.stringify(stacksOf(environment));
    const stacks = JSON.parse(json) as Stacks;
    change(stacks);
    return broken(stacks, given);
  };
}

/** A policy of these statements. */
export const policy = (...statements: Json[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** A statement that allows, on everything unless told otherwise. */
export const allow = (Action: unknown, more: Json = {}): Json => ({
  Effect: "Allow",
  Principal: "*",
  Action,
  Resource: "*",
  ...more,
});

/** A statement that denies. */
export const deny = (Action: unknown, more: Json = {}): Json => ({ ...allow(Action, more), Effect: "Deny" });
