import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, delimiter, join, resolve } from "node:path";
import type { SynthesizedResource } from "../assembly/stacks";

/** One failed check. */
export interface Finding {
  /** Id of the check, such as `CKV_AWS_126`. */
  readonly check: string;
  readonly name: string;
  readonly resource: string;
  readonly environment: string;
  readonly guideline: string;
}

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action?: string | string[];
  readonly NotAction?: string | string[];
  readonly Resource?: string | string[];
  readonly NotResource?: string | string[];
  readonly Principal?: "*" | Readonly<Record<string, string | string[]>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

interface CheckovCheck {
  readonly check_id: string;
  readonly check_name: string;
  readonly file_path: string;
  readonly resource: string;
  readonly guideline?: string | null;
}

interface CheckovReport {
  readonly results?: { readonly passed_checks: readonly unknown[]; readonly failed_checks: CheckovCheck[] };
  readonly summary?: { readonly parsing_errors: number };
}

/** Without an account of its maker, checkov names no page for each check. */
const POLICY_INDEX = "https://www.checkov.io/5.Policy%20Index/terraform.html";

/** Path of checkov: that of `.venv` before another on the PATH; undefined where there is none. */
export function findCheckov(project = ".", path = (process.env.PATH ?? "").split(delimiter)) {
  const folders = [join(project, ".venv", "bin"), ...path];
  return folders.map((folder) => resolve(folder, "checkov")).find(existsSync);
}

/**
 * The files that checkov gets of a stack, by name. It silently skips files with a block that it does not know, such as
 * `removed`: so it gets the resources alone. It does not always say the type of a resource: so each file has one type.
 * It judges little of a policy that is a text: so it gets policies a second time, in the form it was made for.
 */
export function checkovFiles(resources: readonly SynthesizedResource[]): Record<string, object> {
  const files: Record<string, object> = {};
  for (const type of new Set(resources.map((resource) => resource.type))) {
    const named = resources.filter((resource) => resource.type === type);
    files[`${type}.tf.json`] = {
      resource: { [type]: Object.fromEntries(named.map(({ name, config }) => [name, config])) },
    };
    for (const argument of ["policy", "assume_role_policy"]) {
      const policies = named.flatMap(({ name, config }) => {
        const statements = statementsOf(config[argument]);
        return statements ? [[name, { statement: statements.map(asBlock) }] as const] : [];
      });
      if (policies.length > 0) {
        files[`${type}.${argument}.tf.json`] = {
          data: { aws_iam_policy_document: Object.fromEntries(policies) },
        };
      }
    }
  }
  return files;
}

/** The statements of a policy that is written out; undefined where there is none, or an expression makes it. */
function statementsOf(policy: unknown): readonly Statement[] | undefined {
  if (typeof policy !== "string" || !policy.startsWith("{")) {
    return undefined;
  }
  try {
    const { Statement: statements = [] } = JSON.parse(policy) as { Statement?: Statement | Statement[] };
    return [statements].flat();
  } catch {
    return undefined; // an expression that begins like a policy
  }
}

/** A statement, as a block of `aws_iam_policy_document`. */
function asBlock(statement: Statement): object {
  const list = (value?: string | string[]) => (value === undefined ? undefined : [value].flat());
  const principals = statement.Principal === "*" ? { "*": "*" } : statement.Principal;
  return {
    sid: statement.Sid,
    effect: statement.Effect,
    actions: list(statement.Action),
    not_actions: list(statement.NotAction),
    resources: list(statement.Resource),
    not_resources: list(statement.NotResource),
    principals:
      principals &&
      Object.entries(principals).map(([type, identifiers]) => ({ type, identifiers: list(identifiers) })),
    condition:
      statement.Condition &&
      Object.entries(statement.Condition).flatMap(([test, variables]) =>
        Object.entries(variables).map(([variable, values]) => ({ test, variable, values: list(values) })),
      ),
  };
}

/** Has checkov judge one stack, in a process of its own: checkov keeps policies by file name. */
export function runCheckov(
  checkov: string,
  environment: string,
  resources: readonly SynthesizedResource[],
  folder: string,
) {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(checkovFiles(resources))) {
    writeFileSync(join(folder, name), JSON.stringify(content, undefined, 2));
  }
  const args = ["--directory", folder, "--framework", "terraform_json", "--output", "json", "--soft-fail"];
  // Settings that somebody has for checkov elsewhere do not change what it finds, and it calls nobody.
  const env = { PATH: process.env.PATH, HOME: folder, BC_SKIP_MAPPING: "TRUE", LOG_LEVEL: "ERROR" };
  const options = { cwd: folder, env, encoding: "utf8", maxBuffer: 2 ** 28 } as const;
  const { status, stdout, stderr, error } = spawnSync(checkov, args, options);
  if (status !== 0) {
    throw new Error(error?.message ?? `checkov ended with status ${status}: ${stderr.trim()}`);
  }
  return readReport(stdout, environment);
}

/** Reads checkov's report of one stack; throws where nothing was checked, or a file was not. */
export function readReport(json: string, environment: string) {
  const { results, summary } = JSON.parse(json) as CheckovReport;
  const passed = results?.passed_checks?.length ?? 0;
  if (results === undefined || passed === 0 || summary?.parsing_errors !== 0) {
    const unread = summary?.parsing_errors ?? "any";
    throw new Error(
      `checkov passed ${passed} checks and could not read ${unread} files; allowed: some, and 0 files`,
    );
  }
  return {
    passed,
    failed: results.failed_checks.map((failed): Finding => ({
      check: failed.check_id,
      name: failed.check_name,
      // The file is called after the type; only some checks name the type in the resource.
      resource: `${basename(failed.file_path).split(".")[0]}.${failed.resource.split(".").pop()}`,
      environment,
      guideline: failed.guideline ?? POLICY_INDEX,
    })),
  };
}
