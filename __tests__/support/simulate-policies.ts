import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const PYTHON = [join(__dirname, "../../.venv/bin/python"), "python3"].find(
  (python) =>
    (python === "python3" || existsSync(python)) &&
    spawnSync(python, ["-c", "import ministack"]).status === 0,
);

/** A request, and the policies that decide it. */
export interface SimulatedCase {
  readonly policies: readonly (object | undefined)[];
  /**
   * ARN of whoever asks.
   * @default - an operator
   */
  readonly principal?: string;
  readonly action: string;
  readonly resource: string;
  /** Values of condition keys, by name: a list for keys that have several. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** What IAM says: an explicit `Deny` counts more than any `Allow`, an `ImplicitDeny` is that nothing allows it. */
export type Decision = "Allow" | "Deny" | "ImplicitDeny";

/** Decides requests as IAM does, in their order. */
export function simulate(cases: readonly SimulatedCase[]): Decision[] {
  const principal = "arn:aws:sts::111122223333:assumed-role/Operator/alice";
  const { stdout, stderr } = spawnSync(PYTHON as string, [join(__dirname, "simulate_policies.py")], {
    input: JSON.stringify(cases.map((one) => ({ principal, ...one }))),
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Decision[];
}

/** A policy as IAM gets it: with Terraform's references replaced by what they become, and its escapes by what they hide. */
export function asIamGetsIt(policy: string, resolve: (reference: string) => string | undefined): object {
  const text = policy.replace(/(\$?)(\$\{[^}]+\})/g, (_: string, escaped: string, reference: string) => {
    const value = escaped !== "" ? reference : resolve(reference);
    // Named, so that one sees which reference nobody resolves.
    expect(value === undefined ? reference : "").toBe("");
    return value as string;
  });
  return JSON.parse(text) as object;
}

/** Skips where nothing on this machine can decide. */
export const describeSimulation = PYTHON === undefined ? describe.skip : describe;

if (PYTHON === undefined) {
  process.stderr.write(
    "skipped: what policies decide: python3 -m venv .venv && .venv/bin/pip install -r requirements-dev.txt has them simulated\n",
  );
}
