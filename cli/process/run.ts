import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { startFailure } from "./find-program";

/** What a program said and how it ended. */
export interface ProcessResult {
  /** Exit status; 128 and more after a signal. */
  readonly status: number;
  /** The signal that ended it; undefined where it ended by itself. */
  readonly signal?: NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface CaptureOptions {
  readonly cwd?: string;
  /**
   * Its environment.
   * @default that of this process
   */
  readonly env?: NodeJS.ProcessEnv;
  /** Whether it has a process group of its own, which the terminal's Ctrl-C does not reach. */
  readonly detached?: boolean;
  /** Is given the process once it runs. */
  readonly started?: (child: ChildProcess) => void;
  /** Is given every line that it writes, while it runs, and where to. */
  readonly line?: (text: string, stream: "stdout" | "stderr") => void;
}

/** Runs a program to its end, and keeps what it says. */
export function capture(
  program: string,
  args: readonly string[],
  { started, line, env = process.env, ...options }: CaptureOptions = {},
): Promise<ProcessResult> {
  return new Promise((done, reject) => {
    const child = spawn(program, args, { ...options, env, stdio: ["ignore", "pipe", "pipe"] });
    started?.(child);
    const keep = (name: "stdout" | "stderr"): Buffer[] => {
      const chunks: Buffer[] = [];
      child[name].on("data", (chunk: Buffer) => chunks.push(chunk));
      if (line !== undefined) {
        createInterface({ input: child[name] }).on("line", (text) => line(text, name));
      }
      return chunks;
    };
    const [out, err] = [keep("stdout"), keep("stderr")];
    child.on("error", (error) => reject(startFailure(program, error)));
    child.on("close", (code, signal) => {
      done({
        status: code ?? 128,
        ...(signal !== null && { signal }),
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      });
    });
  });
}
