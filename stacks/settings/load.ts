import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { problem } from "../../modules/facts/refusal";
import { collisions } from "./collisions";
import type { EnvironmentSettings } from "./environment";
import { likelyName } from "./likely-name";
import { validateEnvironment } from "./validate";

/** Environments that are good, or everything that is wrong with them. */
export interface LoadedEnvironments {
  /** Every environment, by name; none where there is a problem. */
  readonly environments: readonly EnvironmentSettings[];
  /** One line per problem, of all files together. */
  readonly problems: readonly string[];
}

/**
 * Reads the environments of a folder: every `.ts` file is one.
 *
 * @param folder absolute path of the folder
 * @param selection names, separated by commas; the others are then not even read. All when empty.
 */
export function loadEnvironments(folder: string, selection = ""): LoadedEnvironments {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => !file.endsWith(".d.ts")) : [];
  const names = files
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -".ts".length))
    .sort();
  const wanted = selection
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  const problems = wanted
    .filter((name) => !names.includes(name))
    .map((name) => unknownEnvironment(name, names));
  if (names.length === 0) {
    problems.push(
      `${basename(folder)}: got no environment; ${problem("a folder with a .ts file for each", "add one")}`,
    );
  }
  for (const file of files.filter((one) => /\.([cm]?js|[cm]ts|[jt]sx)$/.test(one))) {
    const advice = problem("files that end in .ts", "rename or remove it");
    problems.push(`${basename(folder)}/${file}: would be left out; ${advice}`);
  }
  const environments: EnvironmentSettings[] = [];
  for (const name of names.filter((one) => wanted.length === 0 || wanted.includes(one))) {
    const file = `${basename(folder)}/${name}.ts`;
    const { settings, problems: found } = loadEnvironment(join(folder, `${name}.ts`), name);
    problems.push(...found.map(({ path, message }) => `${file}: ${path ? `${path}: ` : ""}${message}`));
    if (settings) {
      environments.push(settings);
    }
  }
  for (const { environment, path, message } of collisions(environments)) {
    problems.push(`${basename(folder)}/${environment}.ts: ${path}: ${message}`);
  }
  return { environments: problems.length > 0 ? [] : environments, problems };
}

function loadEnvironment(path: string, name: string): ReturnType<typeof validateEnvironment> {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    const advice = problem(
      "a file name of 1 to 32 lower-case letters, digits and hyphens that begins with a letter",
      "rename the file: stacks and state are called after it",
    );
    return { problems: [{ path: "", message: `got ${JSON.stringify(name)}; ${advice}` }] };
  }
  try {
    // Which files there are is known only now, and main.ts is not asynchronous.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const exported = (require(path) as { default?: unknown }).default;
    if (exported === undefined) {
      const advice = problem("a default export", "end the file with: export default environment;");
      return { problems: [{ path: "", message: `got none; ${advice}` }] };
    }
    return validateEnvironment(name, exported);
  } catch (error) {
    const reason = String(error instanceof Error ? error.message : error).split("\n")[0];
    const advice = problem("a TypeScript file that can be run", "mend the file");
    return { problems: [{ path: "", message: `cannot be read: ${reason}; ${advice}` }] };
  }
}

function unknownEnvironment(name: string, names: readonly string[]): string {
  const meant = likelyName(name, names);
  const advice = problem(names.join(", "), meant ? `did you mean ${meant}?` : "choose among these");
  return `ENVIRONMENT: got ${JSON.stringify(name)}; ${advice}`;
}
