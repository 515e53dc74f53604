import type { SynthesizedEnvironment } from "../assembly/environments";
import type { SynthesizedStack } from "../assembly/stacks";
import { tell } from "../terminal/output";
import { refuseUnprepared } from "../terraform/prepare";
import type { TerraformRun } from "../terraform/run";
import {
  type StackPlan,
  isPlanned,
  planFile,
  plansFolder,
  refuseStale,
  removePlans,
} from "../terraform/saved-plans";
import { applyAll } from "./apply-stacks";
import { type Approval, lossesNamed } from "./approval";
import type { Outcome } from "./outcome";
import { prepareAll, refuseMoved } from "./prepare-to-change";
import { waves } from "./waves";

/** Kept plans that are to be applied. */
export interface KeptPlans {
  /** The plans. */
  readonly plans: readonly StackPlan[];
  /** The stacks that have something to apply. */
  readonly due: readonly SynthesizedStack[];
  /** Is told how far it has come with every stack. */
  readonly outcome: Outcome;
  /** What was agreed to before. */
  readonly approval: Approval;
}

/** What applying kept plans came to. */
export interface Ended {
  /** Whether all of them were applied. */
  readonly isDone: boolean;
  /** Whether the plans that are left are as good as before, since nothing was begun. */
  readonly isAsBefore: boolean;
}

/**
 * Applies plans that were kept, exactly those.
 *
 * @throws where one is not for what is there now, or replaces or destroys what was not named: before anything is applied.
 */
export async function applyPlans(
  run: TerraformRun,
  environment: SynthesizedEnvironment,
  { plans, due, outcome, approval }: KeptPlans,
): Promise<Ended> {
  const { name, stacks } = environment;
  // The plans may have come from another machine, where the stacks were initialized.
  const prepared = await prepareAll(run, environment);
  refuseUnprepared(prepared);
  refuseStale(plans, name, prepared.states);
  await run.orEnd(refuseMoved(environment, prepared));
  const losses = plans.flatMap((plan) => (plan.state === "planned" && plan.losses) || []);
  if (!(await lossesNamed(run, losses, approval, `npm run apply -- ${name}`))) {
    tell("nothing was applied, as that was not agreed to");
    return { isDone: false, isAsBefore: true };
  }
  for (const wave of waves(stacks)) {
    const next = wave.filter((stack) => due.includes(stack));
    // Those before take their time, in which a new plan may have taken the place of the one that was checked.
    const replaced = next.filter((stack) => !isPlanned(stack, plans));
    replaced.forEach((stack) => tell(`${stack.name}: its plan was replaced or removed by another run`));
    if (replaced.length > 0) {
      return { isDone: false, isAsBefore: false };
    }
    const applied = await applyAll(run, next, outcome, "applying", (stack) => ({
      file: planFile(plansFolder(name), stack.name),
    }));
    const results = [...applied];
    results.filter(([, { state }]) => state === "done").forEach(([stack]) => removePlans(name, stack.name));
    const failed = results.filter(([, { state }]) => state !== "done");
    if (failed.length > 0) {
      const isAsBefore = failed.every(([, result]) => result.state === "failed" && result.isPlanGood);
      return { isDone: false, isAsBefore };
    }
  }
  return { isDone: true, isAsBefore: false };
}
