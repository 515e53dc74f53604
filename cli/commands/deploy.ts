import { type EnvironmentOptions, environmentCommand } from "../assembly/environment-command";
import { replaceOption } from "../deployment/approval";
import { deployEnvironment } from "../deployment/deploy";
import { runOn } from "../deployment/run-on";
import { print } from "../terminal/output";

interface Options extends EnvironmentOptions {
  readonly autoApprove?: boolean;
  readonly replace: readonly string[];
}

/** `npm run deploy`: synthesizes an environment and deploys it. */
export const deploy = environmentCommand(
  "Synthesizes an environment and deploys its stacks in order: plans each, shows the plan, asks, and applies just that.",
)
  .option("--auto-approve", "asks nobody")
  .addOption(replaceOption())
  .action(async (argument: string | undefined, options: Options) => {
    await runOn("deploy", argument, options, async ({ run, environment, outcome }) => {
      const isDeployed = await deployEnvironment(run, environment, options, outcome);
      if (isDeployed) {
        print(`deployed: ${environment.stacks.map(({ name }) => name).join(", ")}`);
        print(`next:  npm run connect -- ${environment.instances[0]?.name ?? "<instance>"}`);
      }
      return isDeployed;
    });
  });
