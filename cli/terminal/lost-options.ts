import type { Command } from "commander";

/** npm sets these for every command, whatever is typed. */
const NPMS_OWN = ["prefix"];

/** What npm takes for the beginning of an option of its own. */
const BEGINNINGS: Readonly<Record<string, string>> = { replace: "replace-registry-host" };

/**
 * What to type where npm has kept options to itself: it takes those before `--` for its own, and leaves a trace of each in a
 * variable. PowerShell takes the first `--` away before npm sees it: https://github.com/npm/cli/issues/4903
 *
 * @param args what the command was given
 * @returns undefined where none is lost
 */
export function lostOptions(
  name: string,
  { options }: Pick<Command, "options">,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): string | undefined {
  const lost = options.flatMap(({ long, flags, required }) => {
    const key = long?.slice(2) ?? "";
    const [value] = [key, BEGINNINGS[key] ?? key].flatMap(
      (one) => env[`npm_config_${one.replaceAll("-", "_")}`] ?? [],
    );
    const isGiven = args.some((arg) => arg === long || arg.startsWith(`${long}=`));
    if (!long || value === undefined || isGiven || NPMS_OWN.includes(key)) {
      return [];
    }
    // Where the option takes none, what npm took for its value was an argument. npm 11 leaves values among the arguments.
    const isBare = value === "" || value === "true";
    const text = isBare ? (required ? flags : long) : `${long} ${word(value)}`;
    return [{ long, text, isValueAstray: isBare && required }];
  });
  if (lost.length === 0) {
    return undefined;
  }
  const others = lost.some(({ isValueAstray }) => isValueAstray) ? ["..."] : args.map(word);
  const all = [...others, ...lost.map(({ text }) => text)].join(" ");
  return (
    `npm took ${lost.map(({ long }) => long).join(", ")} for its own, as it does without -- before it: nothing was done; ` +
    `npm run ${name} -- ${all}; in PowerShell npm run ${name} '--' ${all}`
  );
}

function word(text: string): string {
  return /^[\w./:@=,+-]+$/.test(text) ? text : JSON.stringify(text);
}
