import { JOURNAL_PROFILE, journalLine, journalWord } from "../../modules/facts/command-journal";
import { Failure } from "../terminal/failure";
import { paint, print, table, tell } from "../terminal/output";
import { sanitize, sanitizeJson } from "../terminal/sanitize";
import { localTime } from "../terminal/times";
import type { RecordedEvent, Recordings } from "./log-group";
import { type InstanceNames, who } from "./report";

/** A command that a session's shell said it would run, or what is to be said of its journal. */
export interface RanCommand {
  readonly session: string;
  readonly time: Date;
  readonly owner: string | undefined;
  readonly instanceId: string | undefined;
  /** As it was typed in the end; undefined where a note stands by itself. */
  readonly command: string | undefined;
  /** What keeps the journal from being whole, or the line from being certain. */
  readonly note: string | undefined;
}

/** How commands are printed, and which. */
export interface CommandsOptions {
  readonly since?: Date;
  /** A text that commands contain. */
  readonly search?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
}

const UNCERTAIN = "printed, or of a shell that was not announced";
const NO_JOURNAL = "no journal: what was run is not known";

/** Reads the journal of one session, event by event. */
export class Journal {
  private readonly words = new Set<string>();
  private last: { readonly word: string; readonly number: number; readonly command: string } | undefined;
  private off = false;
  private first: RecordedEvent | undefined;

  /** What an event's lines say was run. */
  public read(event: RecordedEvent): RanCommand[] {
    this.first ??= event;
    return event.lines.flatMap((line) => this.readLine(event, line) ?? []);
  }

  /** What is to be said of the session as a whole, where it has no journal at all. */
  public verdict(): RanCommand[] {
    return this.first === undefined || this.last !== undefined || this.off
      ? []
      : [this.entry(this.first, undefined, NO_JOURNAL)];
  }

  private readLine(event: RecordedEvent, line: string): RanCommand | undefined {
    const announced = journalWord(line);
    if (announced !== undefined) {
      this.words.add(announced);
      return undefined;
    }
    const said = journalLine(line);
    if (said === undefined) {
      return undefined;
    }
    const { word, number, command } = said;
    const last = this.last;
    if (number === undefined) {
      return this.switchedOff(event);
    }
    // History has no new line: it was switched off by the last one, or left something out.
    if (last?.word === word && last.number === number && last.command === command) {
      return this.switchedOff(event);
    }
    this.off = false;
    this.last = { word, number, command };
    return this.entry(event, command, this.words.has(word) ? undefined : UNCERTAIN);
  }

  /** Once, until it goes on. */
  private switchedOff(event: RecordedEvent): RanCommand | undefined {
    if (this.off) {
      return undefined;
    }
    this.off = true;
    const by = this.last === undefined ? "" : ` by: ${this.last.command}`;
    return this.entry(event, undefined, `journal incomplete from here, switched off${by}`);
  }

  private entry(event: RecordedEvent, command: string | undefined, note: string | undefined): RanCommand {
    const { session, time, owner, instanceId } = event;
    return { session, time, owner, instanceId, command, note };
  }
}

/** What was run, of a session or of all, oldest first; sessions whose journal is not whole are said to be so. */
export async function ranCommands(
  recordings: Pick<Recordings, "readAll">,
  session: string | undefined,
  { since, search }: Pick<CommandsOptions, "since" | "search">,
): Promise<RanCommand[]> {
  const journals = new Map<string, Journal>();
  const found: RanCommand[] = [];
  // From the beginning, where a session says by which word one knows its lines.
  for await (const events of recordings.readAll(session === undefined ? since : undefined, session)) {
    for (const event of events) {
      const journal = journals.get(event.session) ?? new Journal();
      journals.set(event.session, journal);
      found.push(...journal.read(event));
    }
  }
  found.push(...[...journals.values()].flatMap((journal) => journal.verdict()));
  return found
    .filter(({ time }) => since === undefined || time >= since)
    .filter(({ command }) => search === undefined || command === undefined || command.includes(search))
    .sort((one, other) => one.time.getTime() - other.time.getTime());
}

/** Prints what was run: as a table, as lines of JSON or as CSV. */
export async function printCommands(
  recordings: Recordings,
  session: string | undefined,
  names: InstanceNames,
  options: CommandsOptions,
): Promise<void> {
  if (options.search === "") {
    throw new Failure("--search is given an empty text: say what is looked for");
  }
  const ran = await ranCommands(recordings, session, options);
  const nameOf = ({ instanceId = "" }: RanCommand): string => names.get(instanceId) ?? instanceId;
  if (options.json) {
    ran.forEach((one) => print(sanitizeJson({ ...one, instance: names.get(one.instanceId ?? "") })));
  } else if (options.csv) {
    const rows = ran.map((one) => [
      one.time.toISOString(),
      one.owner ?? "",
      nameOf(one),
      one.session,
      one.command ?? "",
      one.note ?? "",
    ]);
    print([["time", "who", "instance", "session", "command", "note"], ...rows].map(csvLine).join("\n"));
  } else if (ran.length > 0) {
    const rows = ran.map((one) => [
      localTime(one.time),
      one.owner === undefined ? "-" : who(one.owner),
      nameOf(one) || "-",
      [...(one.command === undefined ? [] : [one.command]), ...(one.note ? [`(${one.note})`] : [])].join(
        "  ",
      ),
    ]);
    print(
      table(
        ["when", "who", "instance", "command"],
        rows.map((row) => row.map(sanitize)),
      ),
    );
  } else {
    tell(
      options.search === undefined ? "nothing was run" : `no command contains ${sanitize(options.search)}`,
    );
  }
}

/** The lines of an event as people read them: what was run stands out, and what was typed to begin a journal is left out. */
export function readableLines(lines: readonly string[]): string[] {
  const typed = JOURNAL_PROFILE.split("\n");
  return lines
    .filter((line, index) => line !== "" || !isJournal(lines[index + 1]))
    .filter((line) => !typed.some((one) => line.endsWith(one)))
    .map((line) => {
      const said = journalLine(line);
      return said?.number === undefined ? sanitize(line) : paint.bold(`ran  ${sanitize(said.command)}`);
    });
}

function isJournal(line: string | undefined): boolean {
  return line !== undefined && journalLine(line) !== undefined;
}

/** Each field in quotes; one that a spreadsheet would calculate is marked as a text. */
function csvLine(fields: readonly string[]): string {
  return fields
    .map(sanitize)
    .map((field) => (/^[=+@-]/.test(field) ? `'${field}` : field))
    .map((field) => `"${field.replaceAll('"', '""')}"`)
    .join(",");
}
