import { join } from "node:path";
import { byEnvironment, readSynthesized } from "../assembly/stacks";
import { synthesizeAll } from "../assembly/synthesize";
import { scratchFolder } from "../process/scratch-folder";
import { Failure } from "../terminal/failure";
import { ACCEPTED_FINDINGS, type AcceptedFinding } from "./accepted-findings";
import { type Finding, findCheckov, runCheckov } from "./checkov";

const ACCEPTED_FILE = "cli/scan/accepted-findings.ts";

/** What is wrong, once what was found is compared with what is accepted. */
export interface Comparison {
  /** Failed checks that nobody accepted. */
  readonly unlisted: readonly Finding[];
  /** What is accepted and does not fail, with the environments where it does not. */
  readonly stale: readonly { readonly entry: AcceptedFinding; readonly environments: readonly string[] }[];
}

/** Compares failed checks with those that are accepted. */
export function compare(findings: readonly Finding[], accepted: readonly AcceptedFinding[]): Comparison {
  const stale = accepted.flatMap((entry) => {
    const matched = new Set(
      findings.filter((finding) => isAccepted(finding, entry)).map(({ environment }) => environment),
    );
    const environments = entry.environments?.filter((environment) => !matched.has(environment)) ?? [];
    return matched.size === 0 || environments.length > 0 ? [{ entry, environments }] : [];
  });
  return {
    unlisted: findings.filter((finding) => !accepted.some((entry) => isAccepted(finding, entry))),
    stale,
  };
}

function isAccepted(finding: Finding, { check, resource, environments }: AcceptedFinding): boolean {
  const [before = "", after] = resource.split("*");
  return (
    finding.check === check &&
    (environments?.includes(finding.environment) ?? true) &&
    (after === undefined
      ? finding.resource === resource
      : finding.resource.startsWith(before) && finding.resource.endsWith(after))
  );
}

/** What is wrong, a line each. */
export function problemLines({ unlisted, stale }: Comparison): string[] {
  return [
    ...unlisted.map(
      ({ environment, resource, check, name, guideline }) =>
        `${environment}: ${resource}: ${check} failed: ${name}; mend it, or accept it with a reason in ` +
        `${ACCEPTED_FILE}; see ${guideline}`,
    ),
    ...stale.map(
      ({ entry, environments }) =>
        `${ACCEPTED_FILE}: ${entry.check} of ${entry.resource} does not fail` +
        `${environments.length > 0 ? ` in ${environments.join(", ")}` : ""}; allowed: what does; take it away`,
    ),
  ];
}

/**
 * Synthesizes every environment anew, as what is accepted for one that is left out would look stale, away from `cdktf.out`,
 * and has checkov judge each stack: the exit status.
 *
 * @throws where there is no checkov, or it judges nothing.
 */
export function scanEnvironments(): number {
  const checkov = findCheckov();
  if (checkov === undefined) {
    throw new Failure(
      "no checkov in .venv or on the PATH: python3 -m venv .venv && .venv/bin/pip install -r requirements-dev.txt",
    );
  }
  const folder = scratchFolder();
  const outdir = join(folder, "cdktf.out");
  const { status } = synthesizeAll(outdir, "inherit");
  if (status !== 0) {
    return status;
  }
  const findings: Finding[] = [];
  for (const [environment, stacks] of byEnvironment(readSynthesized(outdir))) {
    const verdicts = stacks.map(({ name, resources }) => {
      try {
        return runCheckov(checkov, environment, resources, join(folder, name));
      } catch (error) {
        throw new Failure(`${name}: ${(error as Error).message}`);
      }
    });
    const passed = verdicts.reduce((sum, verdict) => sum + verdict.passed, 0);
    const failed = verdicts.flatMap((verdict) => verdict.failed);
    const unlisted = compare(failed, ACCEPTED_FINDINGS).unlisted.length;
    findings.push(...failed);
    process.stdout.write(
      `${environment}: ${passed} checks passed, ${unlisted} failed, ${failed.length - unlisted} accepted\n`,
    );
  }
  const problems = problemLines(compare(findings, ACCEPTED_FINDINGS));
  process.stderr.write(problems.map((line) => `${line}\n`).join(""));
  return problems.length > 0 ? 1 : 0;
}
