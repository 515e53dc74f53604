import { Command } from "commander";
import { synthesize } from "../assembly/synthesize";
import { terraformProgram } from "../terraform/program";
import { type PlanOptions, showPlans, withPlanOptions } from "./plan";

/** `npm run diff`: what a deploy would change. */
export const diff = withPlanOptions(
  new Command().description(
    "Synthesizes, and tells what a deploy of an environment would change. Keeps no plan.",
  ),
).action(async (argument: string | undefined, options: PlanOptions) => {
  terraformProgram();
  // What synthesis says is not what was asked for.
  const status = synthesize(["inherit", 2, 2]);
  if (status !== 0) {
    process.exitCode = status;
    return;
  }
  await showPlans(argument, options, false);
});
