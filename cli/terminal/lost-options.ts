import type { Command } from "commander";

/** npm sets these for every command, whatever is typed. */
const NPMS_OWN = ["prefix"];

/** What npm takes for the beginning of an option of its own, and what that may rightly be, as in an .npmrc: no address. */
const BEGINNINGS: Readonly<Record<string, { readonly option: string; readonly own: RegExp }>> = {
  replace: { option: "replace-registry-host", own: /^(npmjs|never|always|[a-z\d-]+(\.[a-z\d-]+)+)$/i },
};

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
    const value = traceOf(key, env);
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

/** What npm has kept of an option; undefined where it was given none. */
function traceOf(key: string, env: NodeJS.ProcessEnv): string | undefined {
  const kept = (option: string): string | undefined => env[`npm_config_${option.replaceAll("-", "_")}`];
  const { option, own } = BEGINNINGS[key] ?? {};
  const longer = option === undefined ? undefined : kept(option);
  return kept(key) ?? (own?.test(longer ?? "") ? undefined : longer);
}

function word(text: string): string {
  return /^[\w./:@=,+-]+$/.test(text) ? text : JSON.stringify(text);
}
