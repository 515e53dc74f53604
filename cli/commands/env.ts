import { type EnvironmentOptions, environmentCommand, environmentOf } from "../assembly/environment-command";
import { Failure } from "../terminal/failure";
import { readOutputs } from "../terraform/outputs";
import { exportLines, unsetLines, variables } from "../terminal/shell-variables";
import { print } from "../terminal/output";

interface Options extends EnvironmentOptions {
  readonly prefix: string;
  readonly unset?: boolean;
  readonly json?: boolean;
}

/** `npm run env`: what an environment publishes, as variables of a shell. */
export const env = environmentCommand(
  "Prints what an environment publishes as lines of a shell:\n" +
    '  eval "$(npm run --silent env -- dev)"\n' +
    '  eval "$(npm run --silent env -- --unset)"',
)
  .option("--prefix <text>", "begins every variable's name", "")
  .option("--unset", "takes back what was exported before")
  .option("--json", "prints the values as JSON in place of lines")
  .action(async (argument: string | undefined, options: Options) => {
    if (options.unset) {
      print(unsetLines(process.env).join("\n"));
      return;
    }
    const environment = await environmentOf(argument, options);
    const stacks = environment.stacks.filter((stack) => Object.keys(stack.outputs).length > 0);
    const published = await Promise.all(stacks.map(readOutputs));
    const missing = stacks.filter((_, index) => published[index] === undefined);
    if (missing.length > 0) {
      throw new Failure(
        `${missing.map(({ name }) => name).join(", ")} not deployed yet: npm run deploy -- ${environment.name}`,
      );
    }
    const outputs: Readonly<Record<string, unknown>> = Object.assign(
      { region: environment.region },
      ...published,
    );
    print(
      options.json
        ? JSON.stringify(outputs, undefined, 2)
        : exportLines(variables(outputs, options.prefix), process.env).join("\n"),
    );
  });
