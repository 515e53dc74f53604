import { type EnvironmentOptions, environmentCommand } from "../assembly/environment-command";
import { InvalidArgumentError } from "commander";
import { environmentName, named } from "../assembly/choose";
import { costReport, costText } from "../cost/report";
import { readEnvironments } from "../assembly/environments";
import { print } from "../terminal/output";

interface Options extends EnvironmentOptions {
  readonly logGb: number;
  readonly flowLogGb: number;
  readonly endpointGb: number;
  readonly json?: boolean;
}

/** `npm run cost`: what environments cost a month, by their JSON and a list of prices. */
export const cost = environmentCommand(
  "Estimates what an environment costs a month, or each of them. Asks nobody: prices are a list.",
  "name of the environment; without it, all",
)
  .option("--log-gb <number>", "recordings of sessions, in GB a month", gigabytes, 1)
  .option("--flow-log-gb <number>", "flow logs, in GB a month", gigabytes, 1)
  .option("--endpoint-gb <number>", "traffic through the endpoints, in GB a month", gigabytes, 1)
  .option("--json", "prints the estimates as JSON")
  .action((argument: string | undefined, options: Options) => {
    const all = readEnvironments();
    const wanted = environmentName(argument, options.environment);
    const chosen = wanted === undefined ? all : [named(all, wanted, "environment", "cdktf.out")];
    const reports = chosen.map((environment) => costReport(environment, options));
    print(options.json ? JSON.stringify(reports, undefined, 2) : costText(reports));
  });

function gigabytes(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number < 0) {
    throw new InvalidArgumentError("allowed: a number from 0, such as 0.5");
  }
  return number;
}
