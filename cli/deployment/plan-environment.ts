import type { SynthesizedEnvironment } from "../assembly/environments";
import { progress } from "../terminal/progress";
import type { SynthesizedStack } from "../assembly/stacks";
import { type StackPlanning, planStack } from "../terraform/plan-stack";
import { type TerraformRun, sideBySide } from "../terraform/run";
import { refuseDuplicates } from "./duplicates";
import { prepareAll, refuseMoved } from "./prepare-to-change";
import { waves } from "./waves";

/**
 * Plans every stack of an environment that can be planned, into a folder; those that do not depend on each other side by side.
 *
 * @returns what became of each, in the order of a deploy
 */
export async function planEnvironment(
  run: TerraformRun,
  environment: SynthesizedEnvironment,
  folder: string,
): Promise<Map<SynthesizedStack, StackPlanning>> {
  const { stacks } = environment;
  const prepared = await prepareAll(run, environment);
  await run.orEnd(refuseMoved(environment, prepared));
  // A state that could not be read is not known to have nothing.
  const read = [...prepared.states].filter(([stack]) => !prepared.failed.has(stack));
  await run.orEnd(refuseDuplicates(environment, new Map(read)));
  const before = new Map<SynthesizedStack, StackPlanning>();
  for (const wave of waves(stacks)) {
    const title = `${wave.map((stack) => stack.name).join(", ")}: planning`;
    const plannings = await progress(title, () =>
      sideBySide(wave.map((stack) => planStack(run, stack, { prepared, before, folder }))),
    );
    wave.forEach((stack, index) => before.set(stack, plannings[index] as StackPlanning));
  }
  return new Map(stacks.map((stack) => [stack, before.get(stack) as StackPlanning]));
}
