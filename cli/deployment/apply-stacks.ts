import { progress } from "../terminal/progress";
import type { SynthesizedStack } from "../assembly/stacks";
import { isFancy, tell } from "../terminal/output";
import { type Applied, applyPlan } from "../terraform/apply-plan";
import type { Outcome } from "./outcome";
import { type TerraformRun, sideBySide } from "../terraform/run";
import { planFile } from "../terraform/saved-plans";

interface ApplyOptions {
  readonly doing: "applying" | "destroying";
  /** Where the plans are. */
  readonly folder: string;
  readonly outcome: Outcome;
  /** How many resources a plan changes, if that is known. */
  readonly countOf?: (stack: SynthesizedStack) => number;
}

/** Applies the plans of stacks that do not depend on each other at once, and shows each resource that is done. */
export async function applyAll(
  run: TerraformRun,
  stacks: readonly SynthesizedStack[],
  { doing, folder, outcome, countOf }: ApplyOptions,
): Promise<{ readonly stack: SynthesizedStack; readonly result: Applied }[]> {
  if (stacks.length === 0) {
    return [];
  }
  run.refuseEnded();
  const done = new Map(stacks.map((stack) => [stack, 0]));
  const counts = new Map(stacks.map((stack) => [stack, countOf ? ` of ${countOf(stack)}` : ""]));
  const moving = (): string =>
    stacks.map((stack) => `${stack.name}: ${done.get(stack)}${counts.get(stack)} done`).join(", ");
  const applied = await progress(stacks.map(({ name }) => `${name}: ${doing}`).join(", "), (say) =>
    sideBySide(
      stacks.map(async (stack) => {
        outcome.note(stack, "in part");
        const result = await applyPlan(run, stack, planFile(folder, stack.name), (text) => {
          done.set(stack, (done.get(stack) ?? 0) + 1);
          say(isFancy(process.stderr) ? moving() : `${stack.name}: ${text}`);
        });
        if (result.state === "done") {
          outcome.note(stack, "done");
        } else if (result.state === "failed" && result.isUntouched) {
          outcome.note(stack, "not begun");
        }
        return { stack, result };
      }),
    ),
  );
  for (const { stack, result } of applied) {
    if (result.state === "failed") {
      tell(`${stack.name}: ${result.reason}`);
    }
  }
  return applied;
}
