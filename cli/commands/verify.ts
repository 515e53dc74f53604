import { Command } from "commander";
import type { ChosenInstance } from "../assembly/choose";
import { type EnvironmentOptions, environmentOf, instanceOf } from "../assembly/environment-command";
import { progress } from "../terminal/progress";
import { timeoutSeconds } from "../session/options";
import { print, table } from "../terminal/output";
import { COLOURS, type Check } from "../instance/verify";
import { type Verified, verifyAll } from "../instance/verify-all";
import { sanitizeJson } from "../terminal/sanitize";

interface Options extends EnvironmentOptions {
  readonly timeout: number;
  readonly json?: boolean;
}

/** `npm run verify`: whether instances are as they should be, as far as they can say it themselves. */
export const verify = new Command()
  .description(
    "Checks instances: running, Online in Systems Manager, with the deployed profile, and no metadata without a token. " +
      "Runs a script on them with Run Command, which changes nothing.",
  )
  .argument("[instance]", "name of the instance; all of the environment without")
  .option("--environment <name>", "name of the environment")
  .option("--timeout <seconds>", "how long it is waited for them to be Online", timeoutSeconds, 120)
  .option("--json", "prints JSON in place of a table")
  .action(async (instance: string | undefined, options: Options) => {
    const chosen =
      instance === undefined ? await allInstances(options) : [await instanceOf(instance, options)];
    const verified = await progress(`asking ${chosen.map((one) => one.instance.name).join(", ")}`, (say) =>
      verifyAll(chosen, options.timeout, say),
    );
    print(options.json ? sanitizeJson(verified, 2) : verifiedTable(verified));
    if (verified.some(({ checks }) => checks.some(({ result }) => result !== "pass"))) {
      process.exitCode = 1;
    }
  });

/** Checks as a table, for each instance. */
export function verifiedTable(verified: readonly Verified[]): string {
  const rows = verified.flatMap(({ instance, checks }) =>
    checks.map(({ check, result, seen }) => [instance, check, result, seen]),
  );
  const [head = "", ...lines] = table(["instance", "check", "result", "seen"], rows).split("\n");
  return [head, ...lines.map((line, index) => COLOURS[rows[index]?.[2] as Check["result"]](line))].join("\n");
}

async function allInstances(options: EnvironmentOptions): Promise<ChosenInstance[]> {
  const environment = await environmentOf(undefined, options);
  return environment.instances.map((instance) => ({ environment, instance }));
}
