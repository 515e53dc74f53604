import { whileHandling } from "../process/signals";
import { Failure } from "../terminal/failure";
import { print, tell } from "../terminal/output";
import { sanitize, sanitizeJson } from "../terminal/sanitize";
import { localTime } from "../terminal/times";
import { followSession } from "./follow";
import type { SessionHistory } from "./history";
import type { RecordedEvent, Recordings } from "./log-group";
import { type InstanceNames, headline } from "./report";
import type { EnvironmentSession } from "./sessions";

/** What is printed of recordings, and how. */
export interface TranscriptOptions {
  /** Nothing older than this. */
  readonly since?: Date;
  /** Whether what comes is printed. */
  readonly follow?: boolean;
  /** Whether events and lines are JSON. */
  readonly json?: boolean;
}

/** Prints what was recorded of a session, or follows it until it has ended. */
export async function transcript(
  recordings: Recordings,
  history: SessionHistory,
  session: EnvironmentSession,
  names: InstanceNames,
  options: TranscriptOptions,
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
 * Prints the lines that contain a text. It is looked for in the lines as people see them, here: in what is stored, JSON has escaped characters of it, and
 * backspaces stand between them, so that a filter of CloudWatch Logs would miss lines.
 */
export async function search(
  recordings: Recordings,
  text: string,
  session: EnvironmentSession | undefined,
  { since, json }: TranscriptOptions,
): Promise<void> {
  if (text === "") {
    throw new Failure("--search is given an empty text: say what is looked for");
  }
  let found = false;
  for await (const events of recordings.readAll(since, session?.id)) {
    for (const { session: id, time, lines } of events) {
      for (const line of lines.map(sanitize).filter((one) => one.includes(text))) {
        found = true;
        print(
          json ? sanitizeJson({ session: id, time, line }) : `${sanitize(id)}  ${localTime(time)}  ${line}`,
        );
      }
    }
  }
  if (!found) {
    tell(`no line contains ${sanitize(text)}`);
  }
}

/** Prints one event as JSON or as its lines. */
export function printEvent(
  { session, time, lines, written }: RecordedEvent,
  { json }: TranscriptOptions,
  prefix = "",
): void {
  if (json) {
    print(sanitizeJson({ session, time, event: written }));
  } else if (lines.length > 0) {
    print(lines.map((line) => `${sanitize(prefix)}${sanitize(line)}`).join("\n"));
  }
}

/** What goes on until somebody ends it has been done when it is ended. */
export function untilInterrupted(work: () => Promise<void>): Promise<void> {
  return whileHandling(() => process.exit(0), work);
}
