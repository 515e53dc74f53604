import { Command } from "commander";
import { chooseEnvironment, chooseInstance, environmentName } from "./choose";
import { readEnvironments } from "./environments";

/** The options of every command on an environment. */
export interface EnvironmentOptions {
  readonly environment?: string;
}

/** A command on an environment, whose name is its argument or an option. */
export function environmentCommand(description: string, what = "name of the environment"): Command {
  return new Command()
    .description(description)
    .argument("[environment]", what)
    .option("--environment <name>", "the same, as an option");
}

/** The environment that such a command is for. */
export function environmentOf(name: string | undefined, options: EnvironmentOptions) {
  return chooseEnvironment(readEnvironments(), environmentName(name, options.environment));
}

/** The instance that a command is for. */
export function instanceOf(instance: string | undefined, { environment }: EnvironmentOptions) {
  return chooseInstance(readEnvironments(), { environment, instance });
}
