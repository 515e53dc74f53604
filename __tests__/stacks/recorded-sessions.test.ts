import { JOURNAL_PROFILE } from "../../modules/facts/command-journal";
import { matchesPattern } from "../support/filter-pattern";
import journalVectors from "../support/journal-vectors.json";
import { CASES, type Kind } from "../support/journal/cases";
import type { JournalVector } from "../support/journal/record";
import labVectors from "../support/lab-vectors.json";
import { agentEvent } from "../support/recorded";
import vectors from "../support/rm-vectors.json";
import { MINIMAL, synthEnvironment } from "../support/synth";

const filtersOf = (commandJournal: boolean) => {
  const filters = synthEnvironment({ ...MINIMAL, sessions: { commandJournal } }).sessions.resources(
    "aws_cloudwatch_log_metric_filter",
  );
  // Terraform reads the pattern as a template, which turns $${ into ${.
  const pattern = (id: string): string => filters[id]?.pattern.replace(/([$%])\1\{/g, "$1{") as string;
  return { rm: pattern("alarm_command-rm-filter"), evasion: pattern("alarm_evasion-filter") };
};

const eventOf = (...lines: readonly string[]): string => agentEvent("alice-0123456789abcdef0", ...lines);

/** Whether an alarm would ring in a session. */
const rings = (pattern: string, { events }: { readonly events: readonly string[] }): boolean =>
  events.some((event) => matchesPattern(pattern, event));

describe("with a journal of commands", () => {
  const patterns = filtersOf(true);
  const ofKind = (kind: Kind) => (journalVectors as JournalVector[]).filter((one) => one.kind === kind);
  const ringing = (filter: "rm" | "evasion", kind: Kind): string[] =>
    ofKind(kind)
      .filter((one) => rings(patterns[filter], one))
      .map(({ name }) => name);
  const names = (kind: Kind): string[] => ofKind(kind).map(({ name }) => name);

  test("there are vectors of every kind", () => {
    expect(journalVectors.map(({ kind, name }) => [kind, name])).toEqual(
      CASES.map(({ kind, name }) => [kind, name]),
    );
    expect(journalVectors.length).toBeGreaterThan(140);
  });

  test("every use rings, but for those that the pages name", () => {
    expect(ringing("rm", "ran")).toEqual(names("ran"));
    expect(ringing("rm", "missed")).toEqual([]);
  });

  test("what is typed and not run, or printed, rings nothing", () => {
    expect(ringing("rm", "shown")).toEqual([]);
    expect(ringing("evasion", "shown")).toEqual([]);
  });

  test("ordinary work rings nothing", () => {
    expect(ringing("rm", "ordinary")).toEqual([]);
    expect(ringing("evasion", "ordinary")).toEqual([]);
  });

  test("every evasion rings as one, and of uses only those that are hidden", () => {
    expect(ringing("evasion", "evasion")).toEqual(names("evasion"));
    expect(ringing("evasion", "ran")).toEqual(["echo switched off"]);
  });

  test("a printed line of a journal cannot be told from a true one by a filter", () => {
    expect(ringing("rm", "forged")).toEqual(names("forged"));
  });

  test("the line that is typed first rings nothing", () => {
    const event = eventOf(...JOURNAL_PROFILE.split("\n").map((line) => `sh-5.2$ ${line}`));
    expect([rings(patterns.rm, { events: [event] }), rings(patterns.evasion, { events: [event] })]).toEqual([
      false,
      false,
    ]);
  });

  test("a journal without a word rings as well", () => {
    const ran = (command: string) => rings(patterns.rm, { events: [eventOf(`#ran    12  ${command}`)] });
    expect(["rm f", "ls | xargs rm", "cd x; rm f", "echo rm", "ls /bin/rm"].map(ran)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(rings(patterns.evasion, { events: [eventOf("#ran ")] })).toBe(true);
  });

  test.each(["[root@ip-10-0-0-1 ~]# rm f", "sh-4.2$ ls && rm f", "\u001b]0;me@host: ~\u0007me@host:~$ rm f"])(
    "at a prompt that may have no journal, what is shown counts: %j",
    (line) => {
      expect(rings(patterns.rm, { events: [eventOf(line)] })).toBe(true);
    },
  );
});

describe("without a journal, as the real agent recorded sessions", () => {
  const patterns = filtersOf(false);
  const outcome = (kind: string, filter: "rm" | "evasion") =>
    labVectors.filter((one) => one.kind === kind && rings(patterns[filter], one)).map(({ name }) => name);

  test("of 57 sessions, what rings", () => {
    expect(labVectors).toHaveLength(57);
    const counts = ["ran", "other way", "shown, not run", "ordinary"].map((kind) => [
      kind,
      labVectors.filter((one) => one.kind === kind).length,
      outcome(kind, "rm").length,
      outcome(kind, "evasion").length,
    ]);
    // Kind, sessions, alarms on rm, alarms on evasion.
    expect(counts).toEqual([
      ["ran", 33, 32, 0],
      ["other way", 10, 1, 9],
      ["shown, not run", 9, 5, 0],
      ["ordinary", 5, 1, 0],
    ]);
  });
});

/**
 * Terminal sessions that were really typed, in the agent's own log format: what the synthesized pattern for `rm` makes
 * of each without a journal. `pos` must be found, `neg` must not; what evades it and what is taken for a use is written
 * down as it is.
 */
const patterns = filtersOf(false);

const found = (pattern: string, name: string): boolean =>
  vectors
    .filter((vector) => vector.name === name)
    .some(({ events }) => events.some((event) => matchesPattern(pattern, event)));

const names = (kind: string): string[] =>
  vectors.filter((vector) => vector.kind === kind).map(({ name }) => name);

test("the vectors are all there", () => {
  expect(vectors).toHaveLength(39);
  expect(names("pos")).toHaveLength(17);
});

test.each(names("pos"))("rm is found: %s", (name) => {
  expect(found(patterns.rm, name)).toBe(true);
});

test("what is not rm is not taken for it, but for a file of that name at the end of a line", () => {
  expect(Object.fromEntries(names("neg").map((name) => [name, found(patterns.rm, name)]))).toEqual({
    rmdir: false,
    terraform: false,
    "--rm": false,
    "rm-foo": false,
    alarm: false,
    "file called rm listing": true,
  });
});

test("what evades the command's pattern, and which of that the evasion filter sees", () => {
  const outcome = names("evade").map((name) => [
    name,
    { rm: found(patterns.rm, name), evasion: found(patterns.evasion, name) },
  ]);
  expect(Object.fromEntries(outcome)).toEqual({
    "history up": { rm: true, evasion: false },
    "bang bang": { rm: true, evasion: false },
    "tab completion cmd": { rm: true, evasion: false },
    "backslash split": { rm: true, evasion: false },
    glob: { rm: false, evasion: true },
    alias: { rm: true, evasion: false },
    "stty -echo": { rm: false, evasion: true },
    "python unlink": { rm: false, evasion: true },
    "find -delete": { rm: false, evasion: true },
    "unlink cmd": { rm: false, evasion: true },
    "script file": { rm: false, evasion: false },
  });
});

test("mentions of rm are taken for uses", () => {
  expect(names("fp").map((name) => found(patterns.rm, name))).toEqual(names("fp").map(() => true));
});
