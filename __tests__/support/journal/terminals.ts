import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findProgram } from "../../../cli/process/find-program";
import { agentLines } from "./agent-lines";

/** Shells that cases run. */
export type Shell = "sh" | "bash" | "zsh" | "dash";

/** What is typed into a shell on a terminal of its own. */
export interface TypedSession {
  readonly shell: Shell;
  /** Typed as soon as the shell runs, as the agent does with the shell profile of a Session document. */
  readonly profile: string;
  /** Texts that are typed one after the other, each once nothing is shown any more. */
  readonly keys: readonly string[];
  /** @default 80 */
  readonly columns?: number;
  /** Texts of files in the folder that the shell runs in, by their names. */
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Whether Python can make a terminal, and the shells are there. */
export function hasTerminals(...shells: readonly Shell[]): boolean {
  const programs = shells.map(programOf);
  return (
    spawnSync("python3", ["-c", "import pty"]).status === 0 &&
    programs.every((one) => findProgram(one) !== undefined)
  );
}

/** All that the terminals showed. */
export function shownOf(sessions: readonly TypedSession[]): Buffer[] {
  const cases = sessions.map(({ shell, ...session }) => ({
    ...session,
    program: findProgram(programOf(shell)),
    // Neither reads what this machine has set up for its shells.
    argv: { sh: ["sh"], bash: ["bash", "--norc"], zsh: ["zsh", "-f"], dash: ["sh"] }[shell],
  }));
  // Isolated: the script bears no module's name, and the folder it is in has none.
  const { stdout, stderr, status } = spawnSync("python3", ["-I", join(__dirname, "terminals.py")], {
    input: JSON.stringify(cases),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) {
    throw new Error(stderr);
  }
  return (JSON.parse(stdout) as string[]).map((one) => Buffer.from(one, "base64"));
}

/** What the agent would record of each. */
export function recordedOf(sessions: readonly TypedSession[]): string[][] {
  return shownOf(sessions).map(agentLines);
}

/** On Amazon Linux `sh` is bash. */
function programOf(shell: Shell): string {
  return shell === "sh" ? "bash" : shell;
}
