import type { Command } from "commander";
import { type EnvironmentOptions, environmentCommand, environmentOf } from "../assembly/environment-command";
import type { SynthesizedStack } from "../assembly/stacks";
import { exitStatus } from "../process/signals";
import { paint, print, tell } from "../terminal/output";
import { changeLines, countsText } from "../terraform/plan-changes";
import type { StackPlanning } from "../terraform/plan-stack";
import { terraform, terraformProgram } from "../terraform/program";
import { TerraformRun, unlessInterrupted } from "../terraform/run";
import { draftFolder, keepPlans, planFile, removePlans } from "../terraform/saved-plans";
import { replaceOptions } from "./approval";
import { planEnvironment } from "./plan-environment";
import { lossLines } from "./plan-lines";

/** The options of a command that shows plans. */
export interface PlanOptions extends EnvironmentOptions {
  readonly full?: boolean;
  readonly json?: boolean;
  readonly detailedExitcode?: boolean;
}

/** A command that shows plans. */
export function planCommand(description: string): Command {
  return environmentCommand(description)
    .option("--full", "prints Terraform's whole plans, with values, in place of a line per resource")
    .option("--json", "prints what would change as JSON, without values but for those that replace something")
    .option(
      "--detailed-exitcode",
      "exits with 2 where a stack has changes or waits, and with 0 where none has",
    );
}

/** Plans an environment and shows what would be done. The plans are kept if they are for `npm run apply`. */
export async function showPlans(
  argument: string | undefined,
  options: PlanOptions,
  kept: boolean,
): Promise<void> {
  const environment = await environmentOf(argument, options);
  const { name, stacks } = environment;
  terraformProgram(stacks);
  if (kept) {
    removePlans(name);
  }
  const folder = draftFolder();
  await TerraformRun.during(name, "plan", async (run) => {
    const done = await unlessInterrupted(planEnvironment(run, environment, folder));
    if (done === undefined || run.signal !== undefined) {
      tell(`interrupted: no plan of ${name} is kept`);
      process.exitCode = exitStatus(run.signal ?? "SIGINT");
      return;
    }
    const plannings = [...done.values()];
    if (options.json) {
      print(JSON.stringify({ environment: name, stacks: plannings }, undefined, 2));
    } else {
      await show(done, folder, options.full);
      nextLines(plannings, name, kept).forEach(print);
    }
    run.tellLog();
    if (kept) {
      keepPlans(folder, name, plannings);
    }
    process.exitCode = statusOf(plannings, options.detailedExitcode);
  });
}

async function show(
  done: ReadonlyMap<SynthesizedStack, StackPlanning>,
  folder: string,
  full = false,
): Promise<void> {
  const width = Math.max(...[...done.values()].map(({ stack }) => stack.length));
  for (const [stack, planning] of done) {
    print(`${paint.bold(planning.stack.padEnd(width))}  ${stateText(planning)}`);
    if (planning.state === "planned") {
      const lines = full ? await wholeText(stack, folder) : changeLines(planning.changes);
      lines.forEach((line) => print(`  ${line}`.trimEnd()));
      lossLines(planning).forEach(print);
    }
  }
}

/** What to do next; nothing if nothing changes. */
function nextLines(plannings: readonly StackPlanning[], environment: string, kept: boolean): string[] {
  const changed = plannings.flatMap((one) => (one.state === "planned" && one.changed ? [one] : []));
  if (changed.length === 0) {
    return [];
  }
  const losses = changed.flatMap((one) => one.losses ?? []);
  const names = replaceOptions(losses.map(({ address }) => address));
  return [
    "",
    ...(losses.length > 0 ? ["What is marked with !! goes, with what it holds. If that is meant:"] : []),
    `next:  npm run ${kept ? "apply" : "deploy"} -- ${environment}${names}`,
  ];
}

function stateText(planning: StackPlanning): string {
  if (planning.state === "planned") {
    return planning.changed ? countsText(planning.changes) : "no changes";
  }
  return planning.state === "failed" ? paint.red(`failed: ${planning.reason}`) : planning.reason;
}

async function wholeText({ name, folder }: SynthesizedStack, plans: string): Promise<string[]> {
  const colour = paint.isColorSupported ? [] : ["-no-color"];
  return (await terraform(folder, "show", ...colour, planFile(plans, name))).stdout.trim().split("\n");
}

function statusOf(plannings: readonly StackPlanning[], detailed = false): number {
  if (plannings.some(({ state }) => state === "failed")) {
    return 1;
  }
  return detailed && plannings.some((one) => one.state !== "planned" || one.changed) ? 2 : 0;
}
