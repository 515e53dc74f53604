import { type EnvironmentOptions, environmentCommand, environmentOf } from "../assembly/environment-command";
import { replaceOption } from "../deployment/approval";
import { applyPlans } from "../deployment/apply-plans";
import { tellEnd } from "../deployment/run-on";
import { Outcome } from "../deployment/outcome";
import { print } from "../terminal/output";
import { terraformProgram } from "../terraform/program";
import { Interrupted, TerraformRun } from "../terraform/run";
import { type StackPlan, readPlans, removePlans } from "../terraform/saved-plans";

interface Options extends EnvironmentOptions {
  readonly replace: readonly string[];
}

/** `npm run apply`: does exactly what `npm run plan` has shown. Nobody is asked: the plans are what was agreed to. */
export const apply = environmentCommand(
  "Applies the plans that npm run plan has made: exactly those, without a question.",
)
  .addOption(replaceOption())
  .action(async (argument: string | undefined, options: Options) => {
    const environment = await environmentOf(argument, options);
    const { name, stacks } = environment;
    terraformProgram(stacks);
    const plans = readPlans(name);
    const due = stacks.filter((stack) =>
      plans.some((plan) => plan.stack === stack.name && plan.state === "planned" && plan.changed),
    );
    const outcome = new Outcome(due);
    await TerraformRun.during(name, "apply", async (run) => {
      const ended = await applyPlans(run, environment, { plans, due, outcome, approval: options }).catch(
        (error: unknown) => {
          if (error instanceof Interrupted) {
            return { isDone: false, isAsBefore: outcome.names("in part").length === 0 };
          }
          throw error;
        },
      );
      const { isAsBefore } = ended;
      if (!isAsBefore) {
        removePlans(name);
      }
      if (ended.isDone) {
        print(
          due.length === 0 ? "nothing to apply" : `applied: ${due.map((stack) => stack.name).join(", ")}`,
        );
        tellUnplanned(plans, name);
        // What waits is the next step of a plan that was followed; what could not even be planned is not done.
        process.exitCode = plans.some(({ state }) => state === "failed") ? 1 : 0;
      } else {
        tellEnd(run, outcome, `npm run ${isAsBefore ? "apply" : "plan"} -- ${name}`);
      }
    });
  });

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
