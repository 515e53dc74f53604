import { Journal, type RanCommand, ranCommands, readableLines } from "../../../cli/recordings/commands";
import type { RecordedEvent } from "../../../cli/recordings/log-group";
import { JOURNAL_PROFILE } from "../../../modules/facts/command-journal";
import vectors from "../../support/journal-vectors.json";

const event = (lines: readonly string[], session = "alice-1", second = 0): RecordedEvent => ({
  session,
  id: undefined,
  time: new Date(Date.UTC(2026, 0, 1, 12, 0, second)),
  owner: "arn:aws:sts::111122223333:assumed-role/Operator/alice",
  instanceId: "i-0123456789abcdef0",
  user: "ssm-user",
  lines,
  written: undefined,
});

/** What a recorded vector says was run: commands, and notes in parentheses. */
function readVector(name: string): string[] {
  const { events } = vectors.find((one) => one.name === name) as (typeof vectors)[number];
  const journal = new Journal();
  const ran = events.flatMap((one) => journal.read(event(JSON.parse(one).sessionData)));
  return [...ran, ...journal.verdict()].flatMap(described).filter((one) => one !== "exit");
}

const described = ({ command, note }: RanCommand): string[] => [
  ...(command === undefined ? [] : [command]),
  ...(note === undefined ? [] : [`(${note})`]),
];

test.each([
  ["corrected by backspace", ["rm f"]],
  ["vi mode", ["set -o vi", "rm f"]],
  ["reverse search", ["rm f", "rm f"]],
  ["pasted with brackets", ["touch f", "rm f", "ls"]],
  ["here-document", ["cat <<EOF one rm two EOF"]],
  ["child bash", ["bash --norc", "rm f"]],
  ["zsh: loop over several lines", ["for i in 1 2 do rm -f $i done"]],
  ["same line twice", ["ls", "ls"]],
])("%s: what was run", (name, commands) => {
  expect(readVector(name)).toEqual(commands);
});

test.each([
  [
    "history switched off",
    ["set +o history", "(journal incomplete from here, switched off by: set +o history)"],
  ],
  [
    "history disabled",
    ["enable -n history", "(journal incomplete from here, switched off by: enable -n history)"],
  ],
  [
    "function of the journal's own name",
    ["builtin() { :; }", "(journal incomplete from here, switched off by: builtin() { :; })"],
  ],
  [
    "history that leaves out",
    [
      "bash --norc",
      "HISTCONTROL=ignorespace",
      "(journal incomplete from here, switched off by: HISTCONTROL=ignorespace)",
    ],
  ],
])("%s: the line that did it is said, once", (name, said) => {
  expect(readVector(name)).toEqual(said);
});

test("a printed line of a journal is told from true ones", () => {
  expect(readVector("line of a file")).toEqual([
    "cat forged",
    "rm -rf /",
    "(printed, or of a shell that was not announced)",
  ]);
});

test("what was run in all sessions, and those without a journal", async () => {
  const pages = [
    [
      event(["# This session is recorded: 7", "$ ls", "", "#ran 7     3  ls "], "alice-1", 0),
      event(["# This session is recorded: ", "$ rm f"], "bob-2", 1),
    ],
    [event(["$ rm f", "", "#ran 7     4  rm f "], "alice-1", 60)],
  ];
  const recordings = {
    async *readAll() {
      yield* pages;
    },
  };
  const read = async (options: { search?: string; since?: Date }) =>
    (await ranCommands(recordings, undefined, options)).map((one) => [one.session, ...described(one)]);
  expect(await read({})).toEqual([
    ["alice-1", "ls"],
    ["bob-2", "(no journal: what was run is not known)"],
    ["alice-1", "rm f"],
  ]);
  expect(await read({ search: "rm" })).toEqual([
    ["bob-2", "(no journal: what was run is not known)"],
    ["alice-1", "rm f"],
  ]);
  expect(await read({ since: new Date(Date.UTC(2026, 0, 1, 12, 0, 30)) })).toEqual([["alice-1", "rm f"]]);
});

test("a transcript shows commands as such, and not how the journal began", () => {
  const typed = JOURNAL_PROFILE.split("\n");
  const lines = [
    ...typed,
    ...typed.map((line) => `sh-5.2$ ${line}`),
    "# This session is recorded: 7",
    "sh-5.2$ rn\bm f",
    "",
    "#ran 7     3  rm f ",
    "",
    "rm: cannot remove 'f'",
  ];
  expect(readableLines(lines)).toEqual([
    "# This session is recorded: 7",
    "sh-5.2$ rm f",
    "ran  rm f",
    "",
    "rm: cannot remove 'f'",
  ]);
});
