import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { JOURNAL_PROFILE, journalWord } from "../../../modules/facts/command-journal";
import { agentEvent } from "../recorded";
import { agentLines } from "./agent-lines";
import { CASES, FILES, type JournalCase, type Kind } from "./cases";
import { shownOf } from "./terminals";
import { journalFile } from "./journal-file";

/** A recorded session, as SSM Agent would write it. */
export interface JournalVector {
  readonly kind: Kind;
  readonly name: string;
  readonly events: readonly string[];
}

/** Types the cases, and says what would be recorded. */
function recordCases(cases: readonly JournalCase[]): JournalVector[] {
  const shown = shownOf(
    cases.map((one) => ({
      ...one,
      // A file of the image has it for zsh.
      profile: one.shell === "zsh" ? ". ./journal.sh" : JOURNAL_PROFILE,
      files: { ...FILES, "journal.sh": journalFile() },
    })),
  );
  return cases.map(({ kind, name }, index) => {
    const lines = agentLines(shown[index] as Buffer);
    // What is typed first is the same in all.
    const start = lines.findIndex((line) => journalWord(line) !== undefined);
    return { kind, name, events: [agentEvent("alice-0123456789abcdef0", ...lines.slice(start))] };
  });
}

/** Run by itself: writes the file that the tests read. */
if (require.main === module) {
  const path = join(__dirname, "../journal-vectors.json");
  void format(JSON.stringify(recordCases(CASES)), { parser: "json", printWidth: 110 }).then((text) => {
    writeFileSync(path, text);
  });
}
