import { Command } from "commander";
import { type EnvironmentOptions, instanceOf } from "../assembly/environment-command";
import type { DiagnosedCheck } from "../doctor/finding";
import { progress } from "../terminal/progress";
import { plural, print, table } from "../terminal/output";
import { COLOURS } from "../instance/verify";
import { sanitizeJson } from "../terminal/sanitize";

interface Options extends EnvironmentOptions {
  readonly json?: boolean;
}

/** `npm run doctor`: why an instance cannot be reached. */
export const doctor = new Command()
  .description(
    "Tells why an instance cannot be reached: reads the account as it is, from the instance's state to your own " +
      "permissions, and says what to do. Changes nothing.",
  )
  .argument("[instance]", "name of the instance; asked where there are several")
  .option("--environment <name>", "name of the environment")
  .option("--json", "prints JSON in place of lines")
  .action(async (instance: string | undefined, options: Options) => {
    const chosen = await instanceOf(instance, options);
    const { name } = chosen.instance;
    const checks = await progress(`examining ${name} of ${chosen.environment.name}`, async () => {
      // The clients take a while to load, and help needs none.
      const { diagnose } = await import("../doctor/diagnosis");
      return diagnose(chosen);
    });
    print(
      options.json
        ? sanitizeJson({ environment: chosen.environment.name, instance: name, checks }, 2)
        : diagnosis(name, checks),
    );
    if (checks.some(({ result }) => result !== "pass")) {
      process.exitCode = 1;
    }
  });

/** Checks as lines, each with what to do below it, and what they come to. */
export function diagnosis(instance: string, checks: readonly DiagnosedCheck[]): string {
  const rows = checks.map(({ check, result, seen }) => [check, result, seen]);
  const [head = "", ...lines] = table(["check", "result", "seen"], rows).split("\n");
  const indent = " ".repeat(head.indexOf("seen"));
  const shown = lines.flatMap((line, index) => {
    const { result, fix } = checks[index] as DiagnosedCheck;
    return [COLOURS[result](line), ...(fix === undefined ? [] : [`${indent}-> ${fix}`])];
  });
  return [head, ...shown, "", conclusion(instance, checks)].join("\n");
}

function conclusion(instance: string, checks: readonly DiagnosedCheck[]): string {
  const failed = checks.filter(({ result }) => result === "FAIL");
  const unknown = checks.filter(({ result }) => result === "unknown").length;
  const beside = unknown === 0 ? "" : `; ${plural(unknown, "check")} could not be made`;
  const [first] = failed;
  return first === undefined
    ? `${instance}: nothing is wrong that can be seen${beside}`
    : `${instance}: ${plural(failed.length, "check")} failed${beside}: begin with the first, ${first.check}, which may be the cause of others`;
}
