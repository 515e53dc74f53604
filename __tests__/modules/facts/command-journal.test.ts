import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  INSTALL_JOURNAL,
  JOURNAL_PROFILE,
  journalLine,
  journalWord,
} from "../../../modules/facts/command-journal";
import { hasTerminals, type Shell, recordedOf, shownOf } from "../../support/journal/terminals";
import { journalFile } from "../../support/journal/journal-file";

test.each([
  ["#ran 4711    12  rm f ", { word: "4711", number: 12, command: "rm f" }],
  ["#ran    12  rm f", { word: "", number: 12, command: "rm f" }],
  ["#ran 4711    12*  rm f", { word: "4711", number: 12, command: " rm f" }],
  ["#ran 4711 123456  5  x ", { word: "4711", number: 123456, command: "5  x" }],
  ["#ran 4711  ", { word: "4711", number: undefined, command: "" }],
  ["#ran 4711 ", { word: "4711", number: undefined, command: "" }],
  ["#ran ", { word: "", number: undefined, command: "" }],
  ["#ran 4711 $({ LC_ALL=C", { word: "4711", number: undefined, command: "" }],
  ["sh-5.2$ #ran 4711    12  rm f", undefined],
])("%j is read", (line, read) => {
  expect(journalLine(line)).toEqual(read);
});

test("the notice says the word, and what is typed does not", () => {
  expect(journalWord("# This session is recorded: 4711")).toBe("4711");
  expect(JOURNAL_PROFILE.split("\n").map((line) => journalWord(`sh-5.2$ ${line}`))).toEqual([
    undefined,
    undefined,
  ]);
});

test("there is room for a profile of one's own, and the file has no line that would end it", () => {
  expect(JOURNAL_PROFILE.length).toBeLessThanOrEqual(380);
  expect(INSTALL_JOURNAL.match(/^END$/gm)).toHaveLength(1);
});

test("the file is made at every boot, and files that shells read are told of it once", () => {
  const folder = mkdtempSync(join(tmpdir(), "journal-"));
  mkdirSync(join(folder, "profile.d"));
  writeFileSync(join(folder, "bash.bashrc"), "PS1='$ '\n");
  const script = INSTALL_JOURNAL.replaceAll("/etc/", `${folder}/`);
  for (const boot of [1, 2]) {
    expect([boot, spawnSync("/bin/sh", ["-c", script]).stderr.toString()]).toEqual([boot, ""]);
  }
  expect(readFileSync(join(folder, "profile.d/session-journal.sh"), "utf8")).toBe(journalFile());
  expect(readFileSync(join(folder, "bash.bashrc"), "utf8")).toBe(
    `PS1='$ '\n. ${folder}/profile.d/session-journal.sh\n`,
  );
  expect(readdirSync(folder).sort()).toEqual(["bash.bashrc", "profile.d"]);
  rmSync(folder, { recursive: true });
});

test("every shell reads the file without a word, where nobody types", () => {
  const shells = (["sh", "bash", "dash", "zsh"] as const).filter((shell) => hasTerminals(shell));
  for (const shell of shells) {
    const program = shell === "sh" ? "bash" : shell;
    const { stdout, stderr } = spawnSync(program, ["-c", journalFile()]);
    expect([shell, stdout.toString(), stderr.toString()]).toEqual([shell, "", ""]);
  }
});

const describeTerminals = (shells: readonly Shell[], name: string, tests: () => void): void => {
  if (hasTerminals(...shells)) {
    describe(name, tests);
  } else {
    process.stderr.write(`skipped: ${name}: no ${shells.join(" or ")}, or no python3\n`);
    describe.skip(name, tests);
  }
};

/** What a journal says was run, without the words of its sessions. */
const ran = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => journalLine(line)?.command ?? []).filter((command) => command !== "exit");

describeTerminals(["sh", "dash"], "in shells as the agent starts them", () => {
  test("the journal says what was run, in each shell, and in those started in them", () => {
    const keys = ["rn\u007fm f\n", "bash --norc\n", "true Û;rm g\n", "exit\n"];
    const recorded = recordedOf([
      { shell: "sh", profile: JOURNAL_PROFILE, keys },
      { shell: "dash", profile: JOURNAL_PROFILE, keys },
    ]);
    const all = ["rm f", "bash --norc", "true ??;rm g"];
    expect(recorded.map(ran)).toEqual([all, all]);
    for (const lines of recorded) {
      const words = new Set(lines.flatMap((line) => journalLine(line)?.word ?? []));
      expect([...words]).toEqual([lines.map(journalWord).find((word) => word !== undefined)]);
    }
  });

  test("two sessions have two words", () => {
    const session = { shell: "sh", profile: JOURNAL_PROFILE, keys: [] } as const;
    const words = recordedOf([session, session]).map((lines) => lines.map(journalWord).find(Boolean));
    expect(new Set(words).size).toBe(2);
  });

  test("people see nothing of it", () => {
    const keys = ["echo one\n", "cat <<EOF\ntwo\nEOF\n", `true ${"x".repeat(200)}\n`, "printf three\n"];
    const session = { shell: "sh", keys } as const;
    const [without, withJournal] = shownOf([
      { ...session, profile: "printf '\\033[H\\033[2J# This session is recorded: 1\\n'" },
      { ...session, profile: JOURNAL_PROFILE },
    ]).map((shown) => screen(shown.toString()));
    expect(withJournal).toEqual(without);
  });

  test("a loop costs no line a turn", () => {
    const [lines = []] = recordedOf([
      { shell: "sh", profile: JOURNAL_PROFILE, keys: ["for i in {1..100000}; do :; done\n"] },
    ]);
    expect(ran(lines)).toEqual(["for i in {1..100000}; do :; done"]);
  });

  test("the file does the same for a shell without one, and leaves one that has a journal its word", () => {
    const [lines = []] = recordedOf([
      {
        shell: "bash",
        profile: ". ./journal.sh",
        keys: ["HISTCONTROL=ignorespace\n", " echo hidden\n", "bash --norc\n", ". ./journal.sh\n", "ls\n"],
        files: { "journal.sh": journalFile() },
      },
    ]);
    expect(ran(lines)).toEqual([
      "HISTCONTROL=ignorespace",
      " echo hidden",
      "bash --norc",
      ". ./journal.sh",
      "ls",
    ]);
    expect(lines.filter((line) => journalWord(line) !== undefined)).toHaveLength(1);
  });
});

describeTerminals(["zsh"], "in zsh", () => {
  test("the file has it say what it runs", () => {
    const [lines = []] = recordedOf([
      {
        shell: "zsh",
        profile: ". ./journal.sh",
        keys: ["rn\u007fm fé\n", "for i in 1 2\ndo echo $i\ndone\n"],
        files: { "journal.sh": journalFile() },
      },
    ]);
    expect(ran(lines)).toEqual(["rm f??", "for i in 1 2 do echo $i done"]);
  });
});

/**
 * What stands on a screen of 24 lines of 80 in the end, from the clearing on: as far as shells and the journal use it. The
 * numbers of sessions are left out.
 */
function screen(shown: string): string[] {
  const rows: string[][] = [[]];
  let [row, column, wraps, conceals] = [0, 0, true, false];
  const text = shown.slice(shown.lastIndexOf("\u001b[2J") + 4);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  for (const [token] of text.matchAll(/\u001b\[[?\d;]*[A-Za-z]|\u001b.|[^]/g)) {
    const line = (rows[row] ??= []);
    if (token === "\n") {
      row += 1;
    } else if (token === "\r") {
      column = 0;
    } else if (token === "\b") {
      column -= 1;
    } else if (token.startsWith("\u001b[")) {
      const known: Record<string, () => void> = {
        "\u001b[?7l": () => (wraps = false),
        "\u001b[?7h": () => (wraps = true),
        "\u001b[8m": () => (conceals = true),
        "\u001b[28m": () => (conceals = false),
        "\u001b[A": () => (row -= 1),
        "\u001b[2K": () => line.splice(0),
        "\u001b[K": () => line.splice(column),
      };
      known[token]?.();
    } else if (token >= " ") {
      if (column >= 80 && wraps) {
        [row, column] = [row + 1, 0];
      }
      const at = Math.min(column, 79);
      const target = (rows[row] ??= []);
      target[at] = conceals ? " " : token;
      column = at + 1;
    }
  }
  const lines = rows.map((one) =>
    Array.from(one, (cell) => cell ?? " ")
      .join("")
      .trimEnd(),
  );
  return lines
    .join("\n")
    .replace(/recorded: \d+/, "recorded: N")
    .trimEnd()
    .split("\n");
}
