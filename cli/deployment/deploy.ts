import type { SynthesizedEnvironment } from "../environments";
import { progress } from "../progress";
import type { SynthesizedStack } from "../synthesized";
import { print, tell } from "../terminal";
import { applyAll } from "./apply-stacks";
import { type Approval, confirmed, lossesNamed, refuseUnasked } from "./approval";
import type { Outcome } from "./outcome";
import { planLines } from "./plan-lines";
import { type StackPlanning, planStack } from "../terraform/plan-stack";
import { prepareToChange } from "./prepare-to-change";
import type { TerraformRun } from "../terraform/run";
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
  const folder = draftFolder();
  for (const wave of waves(environment.stacks)) {
    const plannings = await progress(`${namesOf(wave)}: planning`, () =>
      Promise.all(wave.map((stack) => planStack(run, stack, { prepared, before: new Map(), folder }))),
    );
    const planned = plannings.filter((one): one is Planned => one.state === "planned");
    planned.forEach((planning) => planLines(planning).forEach(print));
    const failed = plannings.filter(({ state }) => state === "failed");
    failed.forEach((one) => tell(`${one.stack}: ${"reason" in one ? one.reason : ""}`));
    if (failed.length > 0) {
      return false;
    }
    const changed = planned.filter((one) => one.changed);
    for (const planning of changed) {
      if (!(await approved(run, planning, environment.name, approval))) {
        tell(`${planning.stack} is not deployed, as that was not agreed to`);
        return false;
      }
    }
    const due = wave.filter(({ name }) => changed.some((one) => one.stack === name));
    wave.filter((stack) => !due.includes(stack)).forEach((stack) => outcome.note(stack, "done"));
    const applied = await applyAll(run, due, outcome, ({ name }) => ({
      file: planFile(folder, name),
      count: changed.find((one) => one.stack === name)?.changes.resources.length ?? 0,
    }));
    if ([...applied.values()].some(({ state }) => state !== "done")) {
      return false;
    }
  }
  return true;
}

async function approved(
  run: TerraformRun,
  { stack, losses = [] }: Planned,
  environment: string,
  approval: Approval,
): Promise<boolean> {
  const again = `npm run deploy -- ${environment}${approval.autoApprove ? " --auto-approve" : ""}`;
  if (!(await lossesNamed(run, losses, approval, again))) {
    return false;
  }
  return approval.autoApprove === true || confirmed(run, `Deploy ${stack}?`);
}

function namesOf(stacks: readonly SynthesizedStack[]): string {
  return stacks.map(({ name }) => name).join(", ");
}
