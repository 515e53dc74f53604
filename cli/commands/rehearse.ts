import { type EnvironmentOptions, environmentCommand, environmentOf } from "../assembly/environment-command";
import { synthesize } from "../assembly/synthesize";
import type { RehearseOptions } from "../rehearsal/rehearse-environment";
import { terraformProgram } from "../terraform/program";

/** `npm run rehearse`: deploys and destroys an environment on a server that answers as AWS does. */
export const rehearse = environmentCommand(
  "Deploys an environment with Terraform on moto, a server on this machine that answers as AWS does, plans again, " +
    "takes inventory and destroys. Needs no AWS account, and reaches none.",
)
  .option("--endpoint <url>", "a moto server that is there already, in place of one that is started")
  .option("--keep", "destroys nothing, and keeps the server until Ctrl-C, to look around with the AWS CLI")
  .option("--json", "prints JSON in place of a table")
  .action(async (argument: string | undefined, options: EnvironmentOptions & RehearseOptions) => {
    terraformProgram();
    if (!synthesize("aside")) {
      return;
    }
    const environment = await environmentOf(argument, options);
    // The clients take a while to load, and help needs none.
    const { rehearseEnvironment } = await import("../rehearsal/rehearse-environment");
    process.exitCode = await rehearseEnvironment(environment, options);
  });
