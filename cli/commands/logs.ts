import { Command, InvalidArgumentError, Option } from "commander";
import { type EnvironmentOptions, environmentOf } from "../assembly/environment-command";
import { clientConfig, patientConfig } from "../aws/client";
import { instanceNames } from "../instance/names";
import { followAll } from "../recordings/follow";
import { printCommands } from "../recordings/commands";
import { SessionHistory } from "../recordings/history";
import { Recordings, recordedEnvironment } from "../recordings/log-group";
import { type InstanceNames, sessionJson, sessionsTable } from "../recordings/report";
import { type EnvironmentSession, findSession, recentSessions } from "../recordings/sessions";
import {
  type TranscriptOptions,
  printEvent,
  search,
  transcript,
  untilInterrupted,
} from "../recordings/transcript";
import { Failure } from "../terminal/failure";
import { print, tell } from "../terminal/output";
import { sanitizeJson } from "../terminal/sanitize";
import { milliseconds } from "../terminal/times";

interface Options extends EnvironmentOptions, TranscriptOptions {
  readonly limit: number;
  readonly search?: string;
  readonly commands?: boolean;
  readonly csv?: boolean;
}

/** `npm run logs`: the sessions of an environment, and what was recorded of them. */
export const logs = new Command()
  .description("Lists the sessions of an environment, newest first; or prints what was recorded of one.")
  .argument("[session]", "id of a session, the beginning of it, or last")
  .option("--environment <name>", "name of the environment")
  .option("--limit <count>", "how many sessions are listed", count, 20)
  .option("--since <duration>", "nothing older than this, such as 2h or 7d", ago)
  .addOption(new Option("--search <text>", "prints the lines that contain this, of all sessions or of one"))
  .addOption(
    new Option(
      "--commands",
      "prints what was run, of all sessions or of one; --search looks there alone",
    ).conflicts("follow"),
  )
  .option("--csv", "prints commands as CSV")
  .addOption(
    new Option("--follow", "prints what comes, of all sessions or of one until it has ended").conflicts(
      "search",
    ),
  )
  .option("--json", "prints JSON: sessions as a list, events and lines each as a line")
  .action(async (wanted: string | undefined, options: Options) => {
    const environment = recordedEnvironment(await environmentOf(undefined, options));
    const [{ CloudWatchLogsClient }, { SSMClient }] = await Promise.all([
      import("@aws-sdk/client-cloudwatch-logs"),
      import("@aws-sdk/client-ssm"),
    ]);
    const config = (options.follow ? patientConfig : clientConfig)(environment.region);
    const recordings = new Recordings(new CloudWatchLogsClient(config), environment);
    const history = new SessionHistory(new SSMClient(config), environment);
    if (options.csv && !options.commands) {
      throw new Failure("--csv is for commands: add --commands");
    }
    if (wanted === undefined && options.search === undefined && !options.follow && !options.commands) {
      const [sessions, names] = await Promise.all([
        recentSessions(history, recordings, options),
        instanceNames(environment),
      ]);
      list(sessions, names, options);
      return;
    }
    const session = wanted === undefined ? undefined : await findSession(history, recordings, wanted);
    if (session?.recorded === false && !options.follow) {
      throw new Failure(`nothing is recorded of ${session.id} yet, which is active: --follow waits for it`);
    }
    if (options.commands) {
      await printCommands(recordings, session?.id, await instanceNames(environment), options);
      return;
    }
    if (options.search !== undefined) {
      await search(recordings, options.search, session, options);
      return;
    }
    if (session !== undefined) {
      await transcript(recordings, history, session, await instanceNames(environment), options);
      return;
    }
    tell(`${environment.name}: all sessions; Ctrl-C ends this`);
    await untilInterrupted(async () => {
      for await (const events of followAll(recordings, options.since ?? new Date())) {
        events.forEach((event) => printEvent(event, options, `${event.session}  `));
      }
    });
  });

function list(sessions: readonly EnvironmentSession[], names: InstanceNames, { json }: Options): void {
  if (json) {
    print(
      sanitizeJson(
        sessions.map((session) => sessionJson(session, names)),
        2,
      ),
    );
  } else if (sessions.length > 0) {
    print(sessionsTable(sessions, names, new Date()));
  } else {
    tell("no sessions: npm run connect opens one");
  }
}

function count(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) {
    throw new InvalidArgumentError("allowed: a whole number from 1 to 9999");
  }
  return Number(text);
}

function ago(text: string): Date {
  const length = milliseconds(text);
  if (length === undefined) {
    throw new InvalidArgumentError("allowed: a number with s, m, h, d or w, such as 2h or 7d");
  }
  // AWS knows no time before 1970.
  return new Date(Math.max(0, Date.now() - length));
}
