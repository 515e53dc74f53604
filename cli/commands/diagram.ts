import { type EnvironmentOptions, environmentCommand, environmentOf } from "../assembly/environment-command";
import { existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Option } from "commander";
import { mermaid } from "../diagram/mermaid";
import { diagramOf } from "../diagram/model";
import { svg } from "../diagram/svg";
import { Failure } from "../terminal/failure";
import { print, tell } from "../terminal/output";

interface Options extends EnvironmentOptions {
  readonly format: keyof typeof RENDERERS;
  readonly out?: string;
}

const RENDERERS = { mermaid, svg };

/** `npm run diagram`: a picture of an environment, by its JSON. */
export const diagram = environmentCommand(
  "Draws an environment and the path of a session, as text for Mermaid or as an SVG file.",
)
  .addOption(
    new Option("--format <format>", "what is written").choices(Object.keys(RENDERERS)).default("mermaid"),
  )
  .option("--out <file>", "writes to a file in place of the standard output")
  .action(async (argument: string | undefined, options: Options) => {
    const environment = await environmentOf(argument, options);
    const picture = RENDERERS[options.format](diagramOf(environment));
    if (options.out === undefined) {
      print(picture);
      return;
    }
    const folder = dirname(options.out);
    if (!existsSync(folder)) {
      throw new Failure(`${options.out} cannot be written: there is no folder ${folder}`);
    }
    try {
      writeFileSync(options.out, `${picture}\n`);
    } catch (error) {
      throw new Failure(`${options.out} cannot be written: ${(error as Error).message}`);
    }
    tell(`${options.out}: ${environment.name}, as ${options.format}`);
  });
