import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { isatty } from "node:tty";
import { descendants, endTree } from "./descendants";
import { startFailure } from "./find-program";
import type { ProcessResult } from "./run";
import { type EndSignal, whileHandling } from "./signals";

/**
 * Hands the terminal over to a program until it ends. Ctrl-C is the program's affair. What it writes to its standard
 * error is kept back, so that the caller can say it better.
 */
export async function runInForeground(
  program: string,
  args: readonly string[],
  env = process.env,
): Promise<Omit<ProcessResult, "stdout">> {
  const child = spawn(program, args, { env, stdio: ["inherit", "inherit", "pipe"] });
  const kept: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => kept.push(chunk));
  const ended = new Promise<number>((resolve, reject) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void =>
      resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]);
    child.on("error", (error) => reject(startFailure(program, error)));
    child.on("close", end);
    // One that was told to end may leave others behind, who keep its standard error open, and us waiting for it.
    child.on("exit", (code, signal) => {
      if (signal !== null) {
        child.stderr.destroy();
        end(code, signal);
      }
    });
  });
  const restore = keepTerminal();
  try {
    const status = await whileHandling(
      (signal) => signal !== "SIGINT" && endAll(child, signal),
      () => ended,
    );
    return { status, stderr: Buffer.concat(kept).toString() };
  } finally {
    restore();
  }
}

/** A program does not pass a request to end on to those that it has started, which would go on with the terminal. */
function endAll(child: ChildProcess, signal: EndSignal): void {
  if (child.pid === undefined) {
    return;
  }
  if (process.platform === "win32") {
    endTree(child.pid);
    return;
  }
  const others = descendants(child.pid);
  child.kill(signal);
  for (const pid of others) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended just now.
    }
  }
}

/**
 * Keeps the terminal's settings, to bring them back whatever the program does. Meanwhile the keys that stop a job or
 * end it with a dump are no signals: they would hit npm and this process, while the plugin sends them on as it does
 * every other key.
 */
function keepTerminal(): () => void {
  const stty = (...args: readonly string[]): string =>
    spawnSync("stty", args, { stdio: ["inherit", "pipe", "ignore"], encoding: "utf8" }).stdout ?? "";
  // Asked of the descriptor: a pipe that was touched as process.stdin would not wait for its keys, and the program fail.
  const settings = isatty(0) ? stty("-g").trim() : "";
  if (settings === "") {
    return () => undefined;
  }
  stty("susp", "undef", "quit", "undef");
  if (process.platform === "darwin") {
    // Ctrl-Y stops a job as well there, and other systems refuse the word.
    stty("dsusp", "undef");
  }
  return () => void stty(settings);
}
