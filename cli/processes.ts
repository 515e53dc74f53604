import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";

/** What a program said and how it ended. */
export interface ProcessResult {
  /** Exit status; 128 and more after a signal. */
  readonly status: number;
  /** What it wrote to its standard output. */
  readonly stdout: string;
  /** What it wrote to its standard error. */
  readonly stderr: string;
}

/** Where a program is on the PATH, absolute, as it may be run in another folder; undefined where it is not. */
export function findProgram(name: string): string | undefined {
  if (name.includes("/")) {
    return isExecutable(name) ? resolve(name) : undefined;
  }
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => resolve(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end, and keeps what it says. With `show` its standard output goes to ours in place of that, and
 * its standard error to both.
 */
export function capture(
  program: string,
  args: readonly string[],
  {
    show = false,
    ...options
  }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly show?: boolean } = {},
): Promise<ProcessResult> {
  return new Promise((done, reject) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", show ? "inherit" : "pipe", "pipe"] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => {
      err.push(chunk);
      if (show) {
        process.stderr.write(chunk);
      }
    });
    child.on("error", reject);
    child.on("close", (code) => {
      done({
        status: code ?? 128,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      });
    });
  });
}
