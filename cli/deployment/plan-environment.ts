import type { SynthesizedEnvironment } from "../assembly/environments";
import { progress } from "../terminal/progress";
import type { SynthesizedStack } from "../assembly/stacks";
import { type PlanContext, type StackPlanning, planStack } from "../terraform/plan-stack";
import { prepare } from "../terraform/prepare";
import { type TerraformRun, sideBySide } from "../terraform/run";
import { refuseDuplicates } from "./duplicates";
import { refuseMoved } from "./moved-away";
import { waves } from "./waves";

/** Plans every stack of an environment that can be planned, into a folder. */
export async function planEnvironment(
  run: TerraformRun,
  environment: SynthesizedEnvironment,
  folder: string,
): Promise<Map<SynthesizedStack, StackPlanning>> {
  const prepared = await prepare(run, environment);
  await run.orEnd(refuseMoved(environment, prepared.states));
  // A state that could not be read may have something.
  const read = [...prepared.states].filter(([stack]) => !prepared.failed.has(stack));
  await run.orEnd(refuseDuplicates(environment, new Map(read)));
  const before = new Map<SynthesizedStack, StackPlanning>();
  for (const wave of waves(environment.stacks)) {
    const plannings = await planWave(wave, { run, prepared, before, folder });
    wave.forEach((stack, index) => before.set(stack, plannings[index] as StackPlanning));
  }
  return new Map(environment.stacks.map((stack) => [stack, before.get(stack) as StackPlanning]));
}

/** Plans stacks that do not depend on each other, side by side. */
export function planWave(wave: readonly SynthesizedStack[], context: PlanContext): Promise<StackPlanning[]> {
  return progress(`${wave.map(({ name }) => name).join(", ")}: planning`, () =>
    sideBySide(wave.map((stack) => planStack(stack, context))),
  );
}
