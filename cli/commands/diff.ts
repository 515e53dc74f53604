import { synthesize } from "../assembly/synthesize";
import { type PlanOptions, planCommand, showPlans } from "../deployment/show-plans";
import { terraformProgram } from "../terraform/program";

/** `npm run diff`: what a deploy would change. */
export const diff = planCommand(
  "Synthesizes, and tells what a deploy of an environment would change. Keeps no plan.",
).action(async (argument: string | undefined, options: PlanOptions) => {
  terraformProgram();
  if (synthesize("aside")) {
    await showPlans(argument, options, false);
  }
});
