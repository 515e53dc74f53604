import { Command } from "commander";
import { clientConfig } from "../aws/client";
import { type ChosenInstance, chooseEnvironment, chooseInstance } from "../assembly/choose";
import { readEnvironments } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { patience } from "../instance/wait-until-online";
import { progress } from "../terminal/progress";
import { timeoutSeconds } from "../session/options";
import { print, table } from "../terminal/output";
import { COLOURS, type Check, verifyInstance } from "../instance/verify";
import { visibleJson } from "../terminal/sanitize";

interface Options {
  readonly environment?: string;
  readonly timeout: number;
  readonly json?: boolean;
}

/** What was found of an instance. */
export interface Verified {
  /** Its name. */
  readonly instance: string;
  /** Its checks. */
  readonly checks: readonly Check[];
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
    const environments = readEnvironments();
    const chosen: ChosenInstance[] =
      instance === undefined
        ? await allInstances(environments, options.environment)
        : [await chooseInstance(environments, { ...options, instance })];
    const verified = await progress(`asking ${chosen.map((one) => one.instance.name).join(", ")}`, (say) =>
      verifyAll(chosen, options.timeout, say),
    );
    print(options.json ? visibleJson(verified, 2) : verifiedTable(verified));
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

async function allInstances(
  environments: Parameters<typeof chooseEnvironment>[0],
  wanted: string | undefined,
): Promise<ChosenInstance[]> {
  const environment = await chooseEnvironment(environments, wanted);
  return environment.instances.map((instance) => ({ environment, instance }));
}

/** What cannot even be looked up is a check that failed, where others can. */
async function verifyAll(
  chosen: readonly ChosenInstance[],
  timeout: number,
  say: (text: string) => void,
): Promise<Verified[]> {
  const [{ EC2Client }, { SSMClient }] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("@aws-sdk/client-ssm"),
  ]);
  const config = clientConfig(chosen[0]?.environment.region ?? "");
  const options = {
    ec2: new EC2Client(config),
    ssm: new SSMClient(config),
    patience: patience(timeout),
    say,
  };
  const results = await Promise.allSettled(chosen.map((one) => verifyInstance(one, options)));
  const reasons = results.map((result) =>
    result.status === "rejected" ? (result.reason as Error) : undefined,
  );
  const mistake = reasons.find((reason) => reason !== undefined && !(reason instanceof Failure));
  if (mistake !== undefined || reasons.every((reason) => reason !== undefined)) {
    throw mistake ?? reasons[0];
  }
  return results.map((result, index) => ({
    instance: chosen[index]?.instance.name ?? "",
    checks:
      result.status === "fulfilled"
        ? result.value
        : [{ check: "running", result: "FAIL", seen: (reasons[index] as Error).message }],
  }));
}
