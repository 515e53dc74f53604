import { readFileSync } from "node:fs";
import { join } from "node:path";

const { scripts } = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** The commands that npm scripts of the same name call. */
export const COMMANDS = Object.keys(scripts).filter((name) =>
  scripts[name]?.endsWith(`cli/index.ts ${name}`),
);
