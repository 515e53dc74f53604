import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Workspace } from "./cli";

/** What a person sees of a command, and how it ended. */
export interface PtyResult {
  readonly status: number | null;
  readonly shown: string;
}

/** `describe` where Python can make a terminal; elsewhere a skip, with a notice. */
export function describePty(name: string, tests: () => void): void {
  if (spawnSync("python3", ["-c", "import pty"]).status === 0) {
    describe(name, tests);
  } else {
    process.stderr.write(`skipped: ${name}: no python3 with pty\n`);
    describe.skip(name, tests);
  }
}

/**
 * Runs a command of the project on a terminal.
 *
 * @param script what to wait for and what to type then, in order
 */
export function runOnTerminal(
  workspace: Workspace,
  args: readonly string[],
  script: readonly (readonly [string, string])[] = [],
): Promise<PtyResult> {
  return new Promise((done) => {
    const [program, all, options] = workspace.command(...args);
    // Isolated: the script bears the name of the module it imports. A Python that puts folders of its own on the PATH
    // would hide the workspace's programs.
    const python = [
      "-I",
      join(__dirname, "pty.py"),
      JSON.stringify(script),
      "env",
      `PATH=${options.env.PATH}`,
    ];
    const child = spawn("python3", [...python, program, ...all], {
      ...options,
      // Python itself is looked up as ever.
      env: { ...options.env, PATH: process.env.PATH, TERM: "xterm" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let shown = "";
    child.stdout.on("data", (chunk: Buffer) => (shown += chunk.toString()));
    child.on("close", (status) => done({ status, shown }));
  });
}
