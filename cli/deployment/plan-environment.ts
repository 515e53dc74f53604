import { rmSync } from "node:fs";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { progress } from "../terminal/progress";
import type { SynthesizedStack } from "../assembly/stacks";
import {
  type PlanContext,
  type StackPlanning,
  planEarly,
  planStack,
  waitingFor,
} from "../terraform/plan-stack";
import { prepare } from "../terraform/prepare";
import { type TerraformRun, sideBySide } from "../terraform/run";
import { planFile } from "../terraform/saved-plans";
import { refuseUnplannable } from "./refusals";
import { waves } from "./waves";

/** Plans every stack of an environment that can be planned, into a folder. */
export async function planEnvironment(
  run: TerraformRun,
  environment: SynthesizedEnvironment,
  folder: string,
): Promise<Map<SynthesizedStack, StackPlanning>> {
  const prepared = await prepare(run, environment);
  await refuseUnplannable(run, environment, prepared);
  const before = new Map<SynthesizedStack, StackPlanning>();
  const context = { run, prepared, before, folder };
  const early = new Map(environment.stacks.map((stack) => [stack, planEarly(stack, context)]));
  // One that is not asked for, as the command was told to end, fails for nobody.
  early.forEach((planning) => planning?.catch(() => undefined));
  for (const wave of waves(environment.stacks)) {
    const plannings = await planWave(wave, context, early);
    wave.forEach((stack, index) => before.set(stack, plannings[index] as StackPlanning));
  }
  return new Map(environment.stacks.map((stack) => [stack, before.get(stack) as StackPlanning]));
}

/**
 * Plans stacks that do not depend on each other, side by side.
 *
 * @param early plans that were begun before it was known what the stacks read
 */
export function planWave(
  wave: readonly SynthesizedStack[],
  context: PlanContext,
  early: ReadonlyMap<SynthesizedStack, Promise<StackPlanning> | undefined> = new Map(),
): Promise<StackPlanning[]> {
  const planOne = async (stack: SynthesizedStack): Promise<StackPlanning> => {
    const begun = early.get(stack);
    const waiting = begun && waitingFor(stack, context);
    if (waiting === undefined) {
      return begun ?? planStack(stack, context);
    }
    if ((await begun)?.state === "failed") {
      context.run.forgetFailure(stack);
    }
    rmSync(planFile(context.folder, stack.name), { force: true });
    return waiting;
  };
  return progress(`${wave.map(({ name }) => name).join(", ")}: planning`, () =>
    sideBySide(wave.map(planOne)),
  );
}
