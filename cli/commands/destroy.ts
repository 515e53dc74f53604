import { type EnvironmentOptions, environmentCommand } from "../assembly/environment-command";
import { destroyEnvironment } from "../deployment/destroy";
import { runOn } from "../deployment/run-on";
import { print, tell } from "../terminal/output";

interface Options extends EnvironmentOptions {
  readonly autoApprove?: boolean;
}

/** `npm run destroy`: destroys what is deployed of an environment. */
export const destroy = environmentCommand(
  "Destroys what is deployed of an environment, its stacks in reverse order, once everything is judged and planned and " +
    "its name was typed.",
)
  .option("--auto-approve", "asks nobody")
  .action(async (argument: string | undefined, options: Options) => {
    await runOn("destroy", argument, options, async ({ run, environment, outcome }) => {
      const { name } = environment;
      const destroyed = await destroyEnvironment(run, environment, options, outcome);
      if (destroyed === "nothing was there") {
        print(`nothing of ${name} is deployed: neither its states nor AWS have anything`);
      } else if (destroyed === "all") {
        print(`destroyed: ${environment.stacks.map((stack) => stack.name).join(", ")}`);
      } else if (destroyed === "not agreed") {
        tell(`nothing was destroyed, as what was typed is not ${name}`);
      }
      return destroyed === "all" || destroyed === "nothing was there";
    });
  });
