import { type PlanOptions, planCommand, showPlans } from "../deployment/show-plans";

/** `npm run plan`: what applying an environment would do, kept so that exactly that is applied. */
export const plan = planCommand(
  "Plans the stacks of an environment as they are synthesized, for npm run apply to apply.",
).action(async (argument: string | undefined, options: PlanOptions) => {
  await showPlans(argument, options, true);
});
