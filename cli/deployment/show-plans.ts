import type { Command } from "commander";
import { type EnvironmentOptions, environmentCommand, environmentOf } from "../assembly/environment-command";
import type { SynthesizedStack } from "../assembly/stacks";
import { exitStatus } from "../process/signals";
import { paint, print, tell } from "../terminal/output";
import { changeLines, countsText } from "../terraform/plan-changes";
import type { StackPlanning } from "../terraform/plan-stack";
import { terraform, terraformProgram } from "../terraform/program";
import { Interrupted, TerraformRun } from "../terraform/run";
import { draftFolder, keepPlans, planFile, removePlans } from "../terraform/saved-plans";
import { replaceOptions } from "./approval";
import { planEnvironment } from "./plan-environment";
import { lossLines } from "./plan-lines";

/** What is said of a plan, and how. */
export interface PlanOptions extends EnvironmentOptions {
  /** Whether Terraform's whole plans are shown. */
  readonly full?: boolean;
  /** Whether it is JSON. */
  readonly json?: boolean;
  /** Whether changes show in the exit status. */
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

/**
 * Plans an environment and shows what would be done.
 *
 * @param kept whether the plans are for `npm run apply`
 */
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
    const done = await planEnvironment(run, environment, folder).catch((error: unknown) => {
      if (error instanceof Interrupted) {
        return undefined;
      }
      throw error;
    });
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
    if (run.isLogNeeded) {
      tell(`all that Terraform said is in ${run.logPath}`);
    }
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

/** What follows: nothing where nothing changes. */
function nextLines(plannings: readonly StackPlanning[], environment: string, kept: boolean): string[] {
  const changed = plannings.flatMap((one) => (one.state === "planned" && one.changed ? [one] : []));
  const losses = changed.flatMap((one) => one.losses ?? []);
  if (changed.length === 0) {
    return [];
  }
  const command = `npm run ${kept ? "apply" : "deploy"} -- ${environment}`;
  const names = replaceOptions(losses.map(({ address }) => address));
  return [
    "",
    ...(losses.length > 0 ? ["What is marked with !! goes, with what it holds. If that is meant:"] : []),
    `next:  ${command}${names}`,
  ];
}

function stateText(planning: StackPlanning): string {
  if (planning.state !== "planned") {
    return planning.state === "failed" ? paint.red(`failed: ${planning.reason}`) : planning.reason;
  }
  return planning.changed ? countsText(planning.changes) : "no changes";
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
