import { Command, InvalidArgumentError, Option } from "commander";
import { clientConfig, patientConfig } from "../aws/client";
import { chooseEnvironment } from "../assembly/choose";
import { readEnvironments } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { followAll, followSession } from "../recordings/follow";
import { readOutputs } from "../terraform/outputs";
import {
  type RecordedEnvironment,
  type RecordedEvent,
  Recordings,
  recordedEnvironment,
} from "../recordings/log-group";
import { SessionHistory } from "../recordings/history";
import { type InstanceNames, headline, sessionJson, sessionsTable } from "../recordings/report";
import { type EnvironmentSession, findSession, recentSessions } from "../recordings/sessions";
import { whileHandling } from "../process/signals";
import { print, tell } from "../terminal/output";
import { localTime, milliseconds } from "../terminal/times";
import { visible, visibleJson } from "../terminal/sanitize";

interface Options {
  readonly environment?: string;
  readonly limit: number;
  readonly since?: Date;
  readonly follow?: boolean;
  readonly search?: string;
  readonly json?: boolean;
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
    new Option("--follow", "prints what comes, of all sessions or of one until it has ended").conflicts(
      "search",
    ),
  )
  .option("--json", "prints JSON: sessions as a list, events and lines each as a line")
  .action(async (wanted: string | undefined, options: Options) => {
    const environment = recordedEnvironment(await chooseEnvironment(readEnvironments(), options.environment));
    const [{ CloudWatchLogsClient }, { SSMClient }] = await Promise.all([
      import("@aws-sdk/client-cloudwatch-logs"),
      import("@aws-sdk/client-ssm"),
    ]);
    const config = (options.follow ? patientConfig : clientConfig)(environment.region);
    const recordings = new Recordings(new CloudWatchLogsClient(config), environment);
    const history = new SessionHistory(new SSMClient(config), environment);
    if (wanted === undefined && options.search === undefined && !options.follow) {
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
      visibleJson(
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

async function transcript(
  recordings: Recordings,
  history: SessionHistory,
  session: EnvironmentSession,
  names: InstanceNames,
  options: Options,
): Promise<void> {
  let headed = options.json;
  const show = (events: readonly RecordedEvent[]): void => {
    if (!headed) {
      print(`${headline(session, events[0], names, new Date())}\n`);
      headed = true;
    }
    events.forEach((event) => printEvent(event, options));
  };
  if (options.follow) {
    await untilInterrupted(async () => {
      for await (const events of followSession(recordings, history, session.id, options.since)) {
        show(events);
      }
    });
    return;
  }
  for await (const { events, atEnd } of recordings.read(session.id, options.since)) {
    show(events);
    if (atEnd) {
      return;
    }
  }
}

/**
 * The text is looked for in the lines as people see them, here: in what is stored, JSON has escaped characters of it, and
 * backspaces stand between them, so that a filter of CloudWatch Logs would miss lines.
 */
async function search(
  recordings: Recordings,
  text: string,
  session: EnvironmentSession | undefined,
  { since, json }: Options,
): Promise<void> {
  if (text === "") {
    throw new Failure("--search is given an empty text: say what is looked for");
  }
  let found = false;
  for await (const events of recordings.readAll(since, session?.id)) {
    for (const { session: id, time, lines } of events) {
      for (const line of lines.map(visible).filter((one) => one.includes(text))) {
        found = true;
        print(
          json ? visibleJson({ session: id, time, line }) : `${visible(id)}  ${localTime(time)}  ${line}`,
        );
      }
    }
  }
  if (!found) {
    tell(`no line contains ${visible(text)}`);
  }
}

function printEvent({ session, time, lines, written }: RecordedEvent, { json }: Options, prefix = ""): void {
  if (json) {
    print(visibleJson({ session, time, event: written }));
  } else if (lines.length > 0) {
    print(lines.map((line) => `${visible(prefix)}${visible(line)}`).join("\n"));
  }
}

/** What goes on until somebody ends it has been done when it is ended. */
function untilInterrupted(work: () => Promise<void>): Promise<void> {
  return whileHandling(() => process.exit(0), work);
}

/** Names are a help: who cannot read the state sees ids. */
async function instanceNames({ instancesStack }: RecordedEnvironment): Promise<InstanceNames> {
  try {
    const ids = ((await readOutputs(instancesStack))?.instance_ids ?? {}) as Readonly<Record<string, string>>;
    return new Map(Object.entries(ids).map(([name, id]) => [id, name]));
  } catch (error) {
    if (error instanceof Failure) {
      return new Map();
    }
    throw error;
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
