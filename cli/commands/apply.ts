import { Command } from "commander";
import { chooseEnvironment, environmentName } from "../choose";
import { readEnvironments } from "../environments";
import { type StackPlan, isPlanned, planFile, plansFolder, readPlans, removePlans } from "../terraform/saved-plans";
import { type EndSignal, exitStatus, whileHandling } from "../signals";
import type { SynthesizedStack } from "../synthesized";
import { print, tell } from "../terminal";
import { showTerraform, terraform, terraformLock, terraformProgram, terraformReason } from "../terraform/program";

/** Why a plan was not applied. */
interface Trouble {
  readonly reason: string;
  /** Whether the plan is as good as before, since nothing was begun. */
  readonly again: boolean;
}

/** `npm run apply`: does exactly what `npm run plan` has shown. Nobody is asked: the plans are what was agreed to. */
export const apply = new Command()
  .description("Applies the plans that npm run plan has made: exactly those, without a question.")
  .argument("[environment]", "name of the environment")
  .option("--environment <name>", "the same, as an option")
  .action(async (argument: string | undefined, options: { readonly environment?: string }) => {
    const environment = await chooseEnvironment(
      readEnvironments(),
      environmentName(argument, options.environment),
    );
    const { name, stacks } = environment;
    terraformProgram();
    const plans = await readPlans(environment);
    const due = stacks.filter((stack) =>
      plans.some((plan) => plan.stack === stack.name && plan.state === "planned" && plan.changed),
    );
    const left = [...due];
    let ended: EndSignal | undefined;
    let trouble: Trouble | undefined;
    // Terraform hears Ctrl-C itself, finishes what it has begun and writes its state: killed, it would not.
    const note = (signal: EndSignal): void => {
      ended ??= signal;
    };
    await whileHandling(note, async () => {
      for (const stack of due) {
        trouble = await applyPlan(stack, plans, () => ended !== undefined);
        if (trouble === undefined) {
          left.shift();
          removePlans(name, stack.name);
        }
        if (trouble !== undefined || ended !== undefined) {
          return;
        }
      }
    });
    const again = trouble?.again === true && ended === undefined;
    if (!again) {
      removePlans(name);
    }
    if (left.length === 0) {
      print(due.length === 0 ? "nothing to apply" : `applied: ${namesOf(due)}`);
      tellUnplanned(plans, name);
      // What waits is the next step of a plan that was followed; what could not even be planned is not done.
      process.exitCode = plans.some(({ state }) => state === "failed") ? 1 : 0;
      return;
    }
    tell(ended === undefined ? `${left[0]?.name}: ${trouble?.reason}` : "interrupted");
    tell(`applied: ${namesOf(due.slice(0, due.length - left.length))}; not applied: ${namesOf(left)}`);
    tell(again ? `then: npm run apply -- ${name}` : `npm run plan -- ${name} shows what is left to do`);
    process.exitCode = ended === undefined ? 1 : exitStatus(ended);
  });

async function applyPlan(
  stack: SynthesizedStack,
  plans: readonly StackPlan[],
  isEnded: () => boolean,
): Promise<Trouble | undefined> {
  const { name, environment, folder } = stack;
  tell(`${name}: applying`);
  // The plans may have come from another machine.
  const init = await terraform(folder, "init", "-input=false", "-no-color");
  if (init.status !== 0) {
    return { reason: terraformReason(`${init.stdout}\n${init.stderr}`), again: true };
  }
  // A signal to us alone has not ended init, and is no reason to begin.
  if (isEnded()) {
    return { reason: "interrupted", again: false };
  }
  // Those before it take their time, in which a new plan may have taken the place of the one that was checked.
  if (!isPlanned(stack, plans)) {
    return { reason: "its plan was replaced or removed by another run", again: false };
  }
  const file = planFile(plansFolder(environment), name);
  const { status, stderr } = await showTerraform(folder, "apply", "-input=false", file);
  if (status === 0) {
    return undefined;
  }
  const lock = terraformLock(stderr);
  if (lock !== undefined) {
    return { reason: `${lock}: wait until that has ended`, again: true };
  }
  const reason = /Saved plan is stale/.test(stderr)
    ? "its plan is stale: its state was changed after it was planned"
    : terraformReason(stderr);
  return { reason, again: false };
}

function tellUnplanned(plans: readonly StackPlan[], environment: string): void {
  for (const state of ["waiting", "failed"] as const) {
    const names = plans.filter((plan) => plan.state === state).map(({ stack }) => stack);
    if (names.length > 0) {
      print(
        `${state}: ${names.join(", ")}: npm run plan -- ${environment}, then npm run apply -- ${environment}`,
      );
    }
  }
}

function namesOf(stacks: readonly SynthesizedStack[]): string {
  return stacks.map(({ name }) => name).join(", ") || "none";
}
