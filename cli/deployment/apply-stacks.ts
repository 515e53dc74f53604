import { progress } from "../terminal/progress";
import type { SynthesizedStack } from "../assembly/stacks";
import { tell } from "../terminal/output";
import { type Applied, applyPlan } from "../terraform/apply-plan";
import type { Outcome } from "./outcome";
import { type TerraformRun, sideBySide } from "../terraform/run";

/** A saved plan to apply. */
export interface DuePlan {
  /** Path of the plan. */
  readonly file: string;
  /** How many resources it changes; undefined where that is not known. */
  readonly count?: number;
}

/**
 * Applies the plans of stacks that do not depend on each other, all at once, and tells of each resource that is done: on a
 * terminal in a line that moves, elsewhere in a line each.
 *
 * @returns what became of each
 */
export async function applyAll(
  run: TerraformRun,
  stacks: readonly SynthesizedStack[],
  outcome: Outcome,
  doing: "applying" | "destroying",
  planOf: (stack: SynthesizedStack) => DuePlan,
): Promise<Map<SynthesizedStack, Applied>> {
  if (stacks.length === 0) {
    return new Map();
  }
  run.refuseEnded();
  const done = new Map(stacks.map((stack) => [stack, 0]));
  const plans = new Map(stacks.map((stack) => [stack, planOf(stack)]));
  const moving = (): string =>
    stacks
      .map((stack) => {
        const { count } = plans.get(stack) ?? {};
        return `${stack.name}: ${done.get(stack)}${count === undefined ? "" : ` of ${count}`} done`;
      })
      .join(", ");
  const results = await progress(stacks.map(({ name }) => `${name}: ${doing}`).join(", "), (say) =>
    sideBySide(
      stacks.map(async (stack) => {
        outcome.note(stack, "in part");
        const result = await applyPlan(run, stack, plans.get(stack)?.file ?? "", (text) => {
          done.set(stack, (done.get(stack) ?? 0) + 1);
          say(process.stderr.isTTY ? moving() : `${stack.name}: ${text}`);
        });
        if (result.state === "done") {
          outcome.note(stack, "done");
        } else if (result.state === "failed" && result.isUntouched) {
          outcome.note(stack, "not begun");
        }
        return [stack, result] as const;
      }),
    ),
  );
  for (const [stack, result] of results) {
    if (result.state === "failed") {
      tell(`${stack.name}: ${result.reason}`);
    }
  }
  return new Map(results);
}
