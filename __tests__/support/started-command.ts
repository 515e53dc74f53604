import { spawn } from "node:child_process";
import type { Workspace } from "./cli";

/** A command that runs, in a process group of its own. */
export interface StartedCommand {
  /** Sends a signal to the command alone, or to its group as a terminal does. */
  readonly signal: (name: NodeJS.Signals, whom?: "group") => void;
  /** Waits until it has said something. */
  readonly said: (text: string) => Promise<void>;
  /** How it ended. */
  readonly ended: Promise<{ readonly status: number | null; readonly stderr: string }>;
}

/** Starts a command of the project as a process that a test can signal. */
export function startCommand(workspace: Workspace, ...args: readonly string[]): StartedCommand {
  const [program, all, options] = workspace.command(...args);
  const child = spawn(program, all, { ...options, detached: true, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    signal: (name, whom) => process.kill((whom === "group" ? -1 : 1) * Number(child.pid), name),
    said: async (text) => {
      while (!stderr.includes(text) && child.exitCode === null) {
        await new Promise((again) => setTimeout(again, 20));
      }
    },
    ended: new Promise((done) => child.on("close", (status) => done({ status, stderr }))),
  };
}

/** The last two lines that a command says, but for that of its log. */
export function lastLines(stderr: string): string[] {
  return stderr
    .trim()
    .split("\n")
    .filter((line) => !line.startsWith("all that Terraform said"))
    .slice(-2);
}
