import { whileHandling } from "../process/signals";
import { Failure } from "../terminal/failure";
import { print, tell } from "../terminal/output";
import { sanitize, sanitizeJson } from "../terminal/sanitize";
import { localTime } from "../terminal/times";
import { followSession } from "./follow";
import { readableLines } from "./commands";
import type { SessionHistory } from "./history";
import type { RecordedEvent, Recordings } from "./log-group";
import { type InstanceNames, headline } from "./report";
import type { EnvironmentSession } from "./sessions";

/** What is printed of recordings, and how. */
export interface TranscriptOptions {
  readonly since?: Date;
  /** Whether what is still to come is printed. */
  readonly follow?: boolean;
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
 * Prints the lines that contain a text. They are searched here, as people see them: what is stored has escaped
 * characters and backspaces between them, so that a filter of CloudWatch Logs would miss lines.
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
        const shown = `${sanitize(id)}  ${localTime(time)}  ${line}`;
        print(json ? sanitizeJson({ session: id, time, line }) : shown);
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
    const readable = readableLines(lines);
    if (readable.length > 0) {
      print(readable.map((line) => `${sanitize(prefix)}${line}`).join("\n"));
    }
  }
}

/** Does something until somebody ends it with a signal, which is then no error. */
export function untilInterrupted(work: () => Promise<void>): Promise<void> {
  return whileHandling(() => process.exit(0), work);
}
