import { join } from "node:path";
import { byEnvironment, readSynthesized } from "../assembly/stacks";
import { synthesizeAll } from "../assembly/synthesize";
import { scratchFolder } from "../process/scratch-folder";
import { Failure } from "../terminal/failure";
import { print, tell } from "../terminal/output";
import { ACCEPTED_FINDINGS, type AcceptedFinding } from "./accepted-findings";
import { type Finding, findCheckov, runCheckov } from "./checkov";

const ACCEPTED_FILE = "cli/scan/accepted-findings.ts";

/** Compares failed checks with those that are accepted. */
export function compare(findings: readonly Finding[], accepted: readonly AcceptedFinding[]) {
  return {
    /** Failed checks that are not accepted. */
    unlisted: findings.filter((finding) => !accepted.some((entry) => isAccepted(finding, entry))),
    /** Accepted checks that do not fail, with the environments where they must. */
    stale: accepted.flatMap((entry) => {
      const failed = findings.filter((finding) => isAccepted(finding, entry));
      const environments =
        entry.environments?.filter((name) => !failed.some(({ environment }) => environment === name)) ?? [];
      return failed.length === 0 || environments.length > 0 ? [{ entry, environments }] : [];
    }),
  };
}

function isAccepted(finding: Finding, { check, resource, environments }: AcceptedFinding): boolean {
  const [before = "", after] = resource.split("*");
  const isNamed =
    after === undefined
      ? finding.resource === resource
      : finding.resource.startsWith(before) && finding.resource.endsWith(after);
  return finding.check === check && isNamed && (environments?.includes(finding.environment) ?? true);
}

/** What is wrong, a line each. */
export function problemLines({ unlisted, stale }: ReturnType<typeof compare>): string[] {
  return [
    ...unlisted.map(
      ({ environment, resource, check, name, guideline }) =>
        `${environment}: ${resource}: ${check} failed: ${name}; mend it, or accept it with a reason in ` +
        `${ACCEPTED_FILE}; see ${guideline}`,
    ),
    ...stale.map(({ entry, environments }) => {
      const where = environments.length > 0 ? ` in ${environments.join(", ")}` : "";
      return `${ACCEPTED_FILE}: ${entry.check} of ${entry.resource} does not fail${where}; allowed: what does; take it away`;
    }),
  ];
}

/**
 * Synthesizes every environment into a scratch folder, and has checkov judge each stack: the exit status. None is left
 * out, as its accepted findings would look stale.
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
    findings.push(...failed);
    const unlisted = compare(failed, ACCEPTED_FINDINGS).unlisted.length;
    const accepted = failed.length - unlisted;
    print(`${environment}: ${passed} checks passed, ${unlisted} failed, ${accepted} accepted`);
  }
  const problems = problemLines(compare(findings, ACCEPTED_FINDINGS));
  problems.forEach(tell);
  return problems.length > 0 ? 1 : 0;
}
