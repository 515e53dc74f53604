import { Command } from "commander";
import { chooseEnvironment, environmentName } from "../choose";
import { readEnvironments } from "../environments";
import { changeLines, countsText } from "../terraform/plan-changes";
import { type StackPlanning, planStack } from "../terraform/plan-stack";
import { draftFolder, keepPlans, planFile, plansFolder, removePlans } from "../terraform/saved-plans";
import { progress } from "../progress";
import { type EndSignal, exitStatus, whileHandling } from "../signals";
import type { SynthesizedStack } from "../synthesized";
import { paint, print, tell } from "../terminal";
import { terraform, terraformProgram } from "../terraform/program";

interface Options {
  readonly environment?: string;
  readonly full?: boolean;
  readonly json?: boolean;
  readonly detailedExitcode?: boolean;
}

/** `npm run plan`: what applying an environment would do, kept so that exactly that is applied. */
export const plan = new Command()
  .description("Plans the stacks of an environment as they are synthesized, for npm run apply to apply.")
  .argument("[environment]", "name of the environment")
  .option("--environment <name>", "the same, as an option")
  .option("--full", "prints Terraform's whole plans, with values, in place of a line per resource")
  .option("--json", "prints what would change as JSON, without values")
  .option("--detailed-exitcode", "exits with 2 where a stack has changes or waits, and with 0 where none has")
  .action(async (argument: string | undefined, options: Options) => {
    const environment = await chooseEnvironment(
      readEnvironments(),
      environmentName(argument, options.environment),
    );
    const { name, stacks } = environment;
    terraformProgram();
    removePlans(name);
    const draft = draftFolder();
    const done = new Map<SynthesizedStack, StackPlanning>();
    let ended: EndSignal | undefined;
    // Terraform hears Ctrl-C itself, gives up its lock and ends: to kill it would leave the lock.
    const note = (signal: EndSignal): void => {
      ended ??= signal;
    };
    await whileHandling(note, async () => {
      for (const stack of stacks) {
        const planning = await progress(`${stack.name}: planning`, () => planStack(stack, done, draft));
        if (ended !== undefined) {
          return;
        }
        done.set(stack, planning);
      }
      keepPlans(draft, name, [...done.values()]);
    });
    if (ended !== undefined) {
      tell(`interrupted: no plan of ${name} is kept`);
      process.exitCode = exitStatus(ended);
      return;
    }
    const plannings = [...done.values()];
    if (options.json) {
      print(JSON.stringify({ environment: name, stacks: plannings }, undefined, 2));
    } else {
      await show(done, name, options.full);
    }
    process.exitCode = statusOf(plannings, options.detailedExitcode);
  });

async function show(
  done: ReadonlyMap<SynthesizedStack, StackPlanning>,
  environment: string,
  full = false,
): Promise<void> {
  const width = Math.max(...[...done.values()].map(({ stack }) => stack.length));
  for (const [stack, planning] of done) {
    print(`${paint.bold(planning.stack.padEnd(width))}  ${stateText(planning)}`);
    if (planning.state === "planned") {
      const lines = full ? await wholeText(stack) : changeLines(planning.changes);
      lines.forEach((line) => print(`  ${line}`.trimEnd()));
    }
  }
  if ([...done.values()].some((one) => one.state === "planned" && one.changed)) {
    print(`\nnext:  npm run apply -- ${environment}`);
  }
}

function stateText(planning: StackPlanning): string {
  if (planning.state !== "planned") {
    return planning.state === "failed" ? paint.red(`failed: ${planning.reason}`) : planning.reason;
  }
  return planning.changed ? countsText(planning.changes) : "no changes";
}

async function wholeText({ name, environment, folder }: SynthesizedStack): Promise<string[]> {
  const file = planFile(plansFolder(environment), name);
  const colour = paint.isColorSupported ? [] : ["-no-color"];
  return (await terraform(folder, "show", ...colour, file)).stdout.trim().split("\n");
}

function statusOf(plannings: readonly StackPlanning[], detailed = false): number {
  if (plannings.some(({ state }) => state === "failed")) {
    return 1;
  }
  return detailed && plannings.some((one) => one.state !== "planned" || one.changed) ? 2 : 0;
}
