import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { attempt } from "../aws/errors";
import { clientConfig } from "../aws/client";
import { Failure } from "../terminal/failure";
import { readSynthesized } from "../assembly/stacks";
import { type Vector, filterPatterns, findMatches, findingsTable, isUse } from "../recordings/alarm-pattern";
import { JOURNAL_MARK } from "../../modules/facts/command-journal";
import { partsOfStackName, stackName } from "../../stacks/contract";
import { print } from "../terminal/output";

/** `npm run test-alarm-pattern`: whether the service agrees with the tests. */
export const testAlarmPattern = new Command()
  .description(
    "Has CloudWatch Logs itself match recorded sessions with an environment's filters; changes nothing",
  )
  .argument("[environment]", "name of the environment", "dev")
  .action(async (environment: string) => {
    const synthesized = readSynthesized();
    const stack = synthesized.find(({ name }) => name === stackName(environment, "sessions"));
    if (!synthesized.some(({ name }) => partsOfStackName(name).environment === environment)) {
      throw new Failure(`${environment} is not in cdktf.out: ENVIRONMENT=${environment} npm start`);
    }
    const patterns = filterPatterns(stack?.resources ?? []);
    const filter = Object.keys(patterns).find((name) => name.endsWith("-command-rm"));
    if (stack === undefined || filter === undefined) {
      throw new Failure(`${environment} watches for no rm: set sessions.watchedCommands, and run npm start`);
    }
    // What shells with a journal recorded, where the filter looks for one.
    const recorded = patterns[filter]?.includes(JOURNAL_MARK) ? "journal-vectors" : "rm-vectors";
    const path = join(__dirname, `../../__tests__/support/${recorded}.json`);
    const vectors = JSON.parse(readFileSync(path, "utf8")) as Vector[];
    const { CloudWatchLogsClient } = await import("@aws-sdk/client-cloudwatch-logs");
    const client = new CloudWatchLogsClient(clientConfig(stack.region));
    const findings = await attempt({ action: "logs:TestMetricFilter", region: stack.region }, () =>
      findMatches(client, patterns, vectors),
    );
    print(findingsTable(findings, filter));
    const missed = findings.some((finding) => isUse(finding) && !finding.matches[filter]);
    process.exitCode = missed ? 1 : 0;
  });
