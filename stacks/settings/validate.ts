import type { z } from "zod";
import { describeGiven, isSecretName } from "../../modules/facts/refusal";
import { type EnvironmentSettings, environmentSettings } from "./environment";
import { NO_CREDENTIAL, isGroup, valueAt } from "./section";

/** Texts that are credentials by their look, wherever they stand: AWS keys, HCP Terraform tokens, private keys. */
const CREDENTIALS =
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b|\.atlasv1\.|-----BEGIN [A-Z ]*PRIVATE KEY-----|:\/\/[^/\s:]+:[^/\s@]+@/;

/** Something in an environment file that cannot be used. */
export interface SettingProblem {
  /** Where, such as `network.cidr`; empty where it is the file as a whole. */
  readonly path: string;
  /** What was given, what is allowed and what to do, on one line. */
  readonly message: string;
}

/** An environment, or everything that is wrong with it. */
export type Validation =
  | { readonly settings: EnvironmentSettings; readonly problems: readonly [] }
  | { readonly settings?: undefined; readonly problems: readonly SettingProblem[] };

/** Checks what an environment file exports, and fills in the defaults. */
export function validateEnvironment(name: string, exported: unknown): Validation {
  const secrets = findCredentials(exported, []);
  // The name is a prefix like any other: one that AWS refuses must not slip in as a default.
  const said = withoutUndefined(exported);
  const given = isGroup(said) ? { namePrefix: name, ...said } : said;
  const result = environmentSettings.safeParse(given);
  if (result.success && secrets.length === 0) {
    return { settings: { ...result.data, name, namePrefix: result.data.namePrefix ?? name }, problems: [] };
  }
  const secretPaths = new Set(secrets.map(({ path }) => path));
  const found = (result.error?.issues ?? []).flatMap((issue) => describeIssue(issue, given));
  return { problems: [...secrets, ...found.filter(({ path }) => !secretPaths.has(path))] };
}

/** What is said, at any depth: an entry that is undefined, as code may leave one behind, is not there. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutUndefined);
  }
  return isPlain(value)
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([, inner]) => inner !== undefined)
          .map(([key, inner]) => [key, withoutUndefined(inner)]),
      )
    : value;
}

function isPlain(value: unknown): value is object {
  if (!isGroup(value)) {
    return false;
  }
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describeIssue(issue: z.ZodError["issues"][number], exported: unknown): SettingProblem[] {
  if (issue.code === "unrecognized_keys") {
    const messages = issue.message.split("\n");
    return issue.keys.map((key, index) => {
      const path = [...issue.path, key];
      const given = isSecretName(key) ? "got a credential" : describeGiven(valueAt(exported, path));
      return { path: writePath(path), message: `no such setting, ${given}; ${messages[index]}` };
    });
  }
  if (issue.code === "invalid_union") {
    // Where the value is of one branch's kind, what is wrong inside says more than the list of branches.
    const inside = issue.errors.filter((issues) =>
      issues.every((one) => one.path.length > 0 || one.code === "unrecognized_keys"),
    );
    if (inside.length === 1) {
      return inside.flat().flatMap((one) => {
        return describeIssue({ ...one, path: [...issue.path, ...one.path] }, exported);
      });
    }
  }
  const given: unknown =
    issue.code === "custom" && issue.params && "given" in issue.params
      ? issue.params.given
      : valueAt(exported, issue.path);
  return [{ path: writePath(issue.path), message: `${describeGiven(given)}; ${issue.message}` }];
}

/** Credentials end up in the synthesized JSON and in plans, so they are refused everywhere, and never repeated. */
function findCredentials(value: unknown, path: readonly PropertyKey[]): SettingProblem[] {
  if (typeof value === "string" && CREDENTIALS.test(value)) {
    return [
      { path: writePath(path), message: `got something that looks like a credential; ${NO_CREDENTIAL}` },
    ];
  }
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => findCredentials(inner, [...path, key]))
    : [];
}

function writePath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (/^[A-Za-z_][\w-]*$/.test(String(key)) ? `.${String(key)}` : `[${JSON.stringify(key)}]`))
    .join("")
    .replace(/^\./, "");
}
