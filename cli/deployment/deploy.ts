import type { SynthesizedEnvironment } from "../assembly/environments";
import { progress } from "../terminal/progress";
import type { SynthesizedStack } from "../assembly/stacks";
import { print, tell } from "../terminal/output";
import { applyAll } from "./apply-stacks";
import { type Approval, confirmed, lossesNamed, refuseUnasked } from "./approval";
import { refuseDuplicates } from "./duplicates";
import type { Outcome } from "./outcome";
import { planLines } from "./plan-lines";
import { type StackPlanning, planStack } from "../terraform/plan-stack";
import { prepareToChange } from "./prepare-to-change";
import { type TerraformRun, sideBySide } from "../terraform/run";
import { draftFolder, planFile } from "../terraform/saved-plans";
import { waves } from "./waves";

type Planned = Extract<StackPlanning, { state: "planned" }>;

/**
 * Deploys an environment: plans every stack as soon as what it depends on is deployed, shows the plan, asks, and applies just
 * that. Stacks that do not depend on each other are worked on side by side.
 *
 * @returns whether all of it is deployed
 * @throws where something is wrong that a person can mend, before or between applies; the outcome then tells how far it came.
 */
export async function deployEnvironment(
  run: TerraformRun,
  environment: SynthesizedEnvironment,
  approval: Approval,
  outcome: Outcome,
): Promise<boolean> {
  refuseUnasked("deploy", environment.name, approval);
  const prepared = await prepareToChange(run, environment);
  await run.orEnd(refuseDuplicates(environment, prepared.states));
  const folder = draftFolder();
  for (const wave of waves(environment.stacks)) {
    const plannings = await progress(`${namesOf(wave)}: planning`, () =>
      sideBySide(wave.map((stack) => planStack(run, stack, { prepared, before: new Map(), folder }))),
    );
    const planned = plannings.filter((one): one is Planned => one.state === "planned");
    planned.forEach((planning) => planLines(planning).forEach(print));
    const failed = plannings.filter(({ state }) => state === "failed");
    failed.forEach((one) => tell(`${one.stack}: ${"reason" in one ? one.reason : ""}`));
    if (failed.length > 0) {
      return false;
    }
    const changed = planned.filter((one) => one.changed);
    if (!(await approved(run, changed, environment.name, approval))) {
      tell(`${namesOf(wave)}: not deployed, as that was not agreed to`);
      return false;
    }
    const due = wave.filter(({ name }) => changed.some((one) => one.stack === name));
    wave.filter((stack) => !due.includes(stack)).forEach((stack) => outcome.note(stack, "done"));
    const applied = await applyAll(run, due, outcome, "applying", ({ name }) => ({
      file: planFile(folder, name),
      count: stepsOf(changed.find((one) => one.stack === name)),
    }));
    if ([...applied.values()].some(({ state }) => state !== "done")) {
      return false;
    }
  }
  return true;
}

/** Whether all plans of a wave were agreed to: what cannot be had again by its name, and then every stack. */
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

/** How many lines Terraform writes of what it finishes: two of what is replaced. */
function stepsOf(planning: Planned | undefined): number {
  const { add = 0, change = 0, destroy = 0, import: imported = 0 } = planning?.changes.counts ?? {};
  return add + change + destroy + imported;
}

function namesOf(stacks: readonly SynthesizedStack[]): string {
  return stacks.map(({ name }) => name).join(", ");
}
