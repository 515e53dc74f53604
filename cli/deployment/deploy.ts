import type { SynthesizedEnvironment } from "../assembly/environments";
import type { SynthesizedStack } from "../assembly/stacks";
import { print, tell } from "../terminal/output";
import { applyAll } from "./apply-stacks";
import { type Approval, confirmed, lossesNamed, refuseUnasked } from "./approval";
import type { Outcome } from "./outcome";
import { planWave } from "./plan-environment";
import { type Planned, planLines } from "./plan-lines";
import { refuseUnplannable } from "./refusals";
import { prepare, refuseUnprepared } from "../terraform/prepare";
import type { PlanChanges } from "../terraform/plan-changes";
import type { TerraformRun } from "../terraform/run";
import { draftFolder } from "../terraform/saved-plans";
import { waves } from "./waves";

/** Deploys an environment wave by wave: plans, shows the plans, asks, and applies exactly those. Returns whether all is done. */
export async function deployEnvironment(
  run: TerraformRun,
  environment: SynthesizedEnvironment,
  approval: Approval,
  outcome: Outcome,
): Promise<boolean> {
  refuseUnasked("deploy", environment.name, approval);
  const prepared = refuseUnprepared(await prepare(run, environment));
  await refuseUnplannable(run, environment, prepared);
  const folder = draftFolder();
  for (const wave of waves(environment.stacks)) {
    const plannings = await planWave(wave, { run, prepared, before: new Map(), folder });
    const planned = plannings.filter((one) => one.state === "planned");
    planned.flatMap(planLines).forEach(print);
    const failed = plannings.filter((one) => one.state !== "planned");
    failed.forEach(({ stack, reason }) => tell(`${stack}: ${reason}`));
    if (failed.length > 0) {
      return false;
    }
    const changed = new Map(planned.filter((one) => one.changed).map((one) => [one.stack, one]));
    if (!(await approved(run, [...changed.values()], environment.name, approval))) {
      tell(`${wave.map(({ name }) => name).join(", ")}: not deployed, as that was not agreed to`);
      return false;
    }
    const due = wave.filter(({ name }) => changed.has(name));
    wave.filter(({ name }) => !changed.has(name)).forEach((stack) => outcome.note(stack, "done"));
    const countOf = ({ name }: SynthesizedStack): number => stepsOf(changed.get(name)?.changes);
    const applied = await applyAll(run, due, { doing: "applying", folder, outcome, countOf });
    if (applied.some(({ result }) => result.state !== "done")) {
      return false;
    }
  }
  return true;
}

/** Whether all plans of a wave were agreed to: every loss by its name, and then every stack. */
async function approved(
  run: TerraformRun,
  plannings: readonly Planned[],
  environment: string,
  approval: Approval,
): Promise<boolean> {
  const losses = plannings.flatMap((planning) => planning.losses ?? []);
  const again = `npm run deploy -- ${environment}${approval.autoApprove ? " --auto-approve" : ""}`;
  if (!(await lossesNamed(run, losses, approval, again))) {
    return false;
  }
  for (const { stack } of plannings) {
    if (approval.autoApprove !== true && !(await confirmed(run, `Deploy ${stack}?`))) {
      return false;
    }
  }
  return true;
}

/** The number of resources that Terraform reports as finished; a replaced one counts twice. */
function stepsOf(changes: PlanChanges | undefined): number {
  const { add = 0, change = 0, destroy = 0, import: imported = 0 } = changes?.counts ?? {};
  return add + change + destroy + imported;
}
