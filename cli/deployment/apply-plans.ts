import type { SynthesizedEnvironment } from "../assembly/environments";
import type { SynthesizedStack } from "../assembly/stacks";
import { tell } from "../terminal/output";
import { prepare, refuseUnprepared } from "../terraform/prepare";
import type { TerraformRun } from "../terraform/run";
import { type StackPlan, isPlanned, plansFolder, refuseStale, removePlans } from "../terraform/saved-plans";
import { applyAll } from "./apply-stacks";
import { type Approval, lossesNamed } from "./approval";
import { refuseMoved } from "./moved-away";
import type { Outcome } from "./outcome";
import { waves } from "./waves";

interface KeptPlans {
  readonly plans: readonly StackPlan[];
  /** The stacks that have something to apply. */
  readonly due: readonly SynthesizedStack[];
  readonly outcome: Outcome;
  readonly approval: Approval;
}

/**
 * Applies exactly the kept plans; `isAsBefore` says that those left can still be applied, since nothing was begun. Throws
 * before it applies any if one is stale, or loses what nobody has named.
 */
export async function applyPlans(
  run: TerraformRun,
  environment: SynthesizedEnvironment,
  { plans, due, outcome, approval }: KeptPlans,
): Promise<{ readonly isDone: boolean; readonly isAsBefore: boolean }> {
  const { name, stacks } = environment;
  // The plans may have come from another machine, where the stacks were initialized.
  const { states } = refuseUnprepared(await prepare(run, environment));
  refuseStale(plans, name, states);
  await run.orEnd(refuseMoved(environment, states));
  const losses = plans.flatMap((plan) => (plan.state === "planned" && plan.losses) || []);
  if (!(await lossesNamed(run, losses, approval, `npm run apply -- ${name}`))) {
    tell("nothing was applied, as that was not agreed to");
    return { isDone: false, isAsBefore: true };
  }
  for (const wave of waves(stacks)) {
    const next = wave.filter((stack) => due.includes(stack));
    // While the stacks before were applied, a new plan may have taken the place of the one that was checked.
    const replaced = next.filter((stack) => !isPlanned(stack, plans));
    replaced.forEach((stack) => tell(`${stack.name}: its plan was replaced or removed by another run`));
    if (replaced.length > 0) {
      return { isDone: false, isAsBefore: false };
    }
    const applied = await applyAll(run, next, { doing: "applying", folder: plansFolder(name), outcome });
    const done = applied.filter(({ result }) => result.state === "done");
    done.forEach(({ stack }) => removePlans(name, stack.name));
    const failed = applied.filter((one) => !done.includes(one));
    if (failed.length > 0) {
      const isAsBefore = failed.every(({ result }) => result.state === "failed" && result.isPlanGood);
      return { isDone: false, isAsBefore };
    }
  }
  return { isDone: true, isAsBefore: false };
}
