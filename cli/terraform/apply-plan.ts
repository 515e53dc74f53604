import type { SynthesizedStack } from "../assembly/stacks";
import { whyFailed } from "./messages";
import { type TerraformRun, unlessInterrupted } from "./run";

/** What became of a plan that was to be applied. */
export type Applied =
  | { readonly state: "done" | "interrupted" }
  | {
      readonly state: "failed";
      readonly reason: string;
      /** Whether nothing was begun. */
      readonly isUntouched: boolean;
      /** Whether the plan can still be applied. */
      readonly isPlanGood: boolean;
    };

const FINISHED =
  /^(\S.*): (Creation|Modifications|Destruction|Import) complete(?: after (\w+))?(?: \[id=.*\])?$/;

const VERBS: Readonly<Record<string, string>> = {
  Creation: "created",
  Modifications: "changed",
  Destruction: "destroyed",
  Import: "imported",
};

/** Applies a saved plan, and calls `finished` with a text such as `aws_vpc.network created (12s)` for each resource. */
export async function applyPlan(
  run: TerraformRun,
  stack: SynthesizedStack,
  file: string,
  finished: (text: string) => void,
): Promise<Applied> {
  const watch = (line: string): void => {
    const [, address, what = "", time] = FINISHED.exec(line) ?? [];
    if (address !== undefined) {
      finished(`${address} ${VERBS[what]}${time === undefined ? "" : ` (${time})`}`);
    }
  };
  const args = ["apply", "-input=false", "-no-color", file];
  const result = await unlessInterrupted(run.terraform(stack, args, watch));
  if (result === undefined) {
    return { state: "interrupted" };
  }
  const { status, signal, stdout, stderr } = result;
  if (status === 0) {
    return { state: "done" };
  }
  if (signal !== undefined) {
    const reason = `Terraform was ended by ${signal}: AWS may have more than the state knows: docs/recovery.md, steps 1 and 2`;
    return { state: "failed", reason, isUntouched: false, isPlanGood: false };
  }
  if (stderr.includes("Saved plan is stale")) {
    const reason = "its plan is stale: its state was changed after it was planned";
    return { state: "failed", reason, isUntouched: true, isPlanGood: false };
  }
  if (stderr.includes("Inconsistent dependency lock file")) {
    const reason = "its plan was made with other checksums, or another version, of the provider";
    return { state: "failed", reason, isUntouched: true, isPlanGood: false };
  }
  const isLocked = stderr.includes("Error acquiring the state lock");
  const reason = whyFailed(stack, stderr || stdout);
  return { state: "failed", reason, isUntouched: isLocked, isPlanGood: isLocked };
}
