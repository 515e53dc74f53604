import type { ChildProcess } from "node:child_process";
import { Failure } from "../terminal/failure";
import { type ProcessResult, capture } from "../process/run";
import { type EndSignal, whileHandling } from "../process/signals";
import type { SynthesizedStack } from "../assembly/stacks";
import { tell } from "../terminal/output";
import { readableLine } from "./messages";
import { terraformEnv, terraformProgram } from "./program";
import { RunLog } from "./run-log";

/** Somebody wants the command to end: nothing more is begun. */
export class Interrupted extends Error {}

/** How often it is checked whether the parent process is still there, in milliseconds. */
const PARENT_INTERVAL = 500;

/** A signal that follows so soon, in milliseconds, is the same one again: npm and the terminal both send it. */
const SAME_SIGNAL = 200;

/** What these write to their standard output is a state or a plan as data: long, and not for a log. */
const UNLOGGED = ["state", "show"];

/**
 * Everything that one command has Terraform do. Terraform runs in process groups of its own, so that Ctrl-C reaches this
 * process alone, which then has every Terraform that runs end in good order, once, and begins no other.
 */
export class TerraformRun {
  /** What has told the command to end; undefined as long as nothing has. */
  public signal: EndSignal | undefined;

  /** Is aborted with {@link signal}, for questions that are being asked. */
  public readonly aborted = new AbortController();

  private readonly running = new Map<ChildProcess, Promise<unknown>>();
  private hasFailed = false;
  private lastSignal = -Infinity;

  private constructor(private readonly log: RunLog) {}

  /** Whether Terraform has failed or was told to end: its log is then kept. */
  public get isLogNeeded(): boolean {
    return this.hasFailed || this.signal !== undefined;
  }

  /** Path of the file that has all that Terraform says. */
  public get logPath(): string {
    return this.log.path;
  }

  /** Runs a command's work, with a log that is removed behind it where nobody needs it. */
  public static async during(
    environment: string,
    command: string,
    work: (run: TerraformRun) => Promise<void>,
  ): Promise<void> {
    const log = new RunLog(environment, command);
    const run = new TerraformRun(log);
    try {
      await run.whileWatching(() => work(run));
    } catch (error) {
      throw error instanceof Failure && run.isLogNeeded
        ? new Failure(`${error.message}\nall that Terraform said is in ${log.path}`)
        : error;
    } finally {
      log.close(run.isLogNeeded);
    }
    if (run.signal !== undefined) {
      // Somebody may still wait for an answer of AWS.
      process.exit();
    }
  }

  /**
   * Runs Terraform in a stack's folder to its end.
   *
   * @param line is given each line that it writes, as a person reads it
   * @throws Interrupted where the command has been told to end: before, so that nothing is run, or while Terraform ran, which
   * then did not do it all.
   */
  public async terraform(
    { name, folder }: SynthesizedStack,
    args: readonly string[],
    line: (text: string) => void = () => undefined,
  ): Promise<ProcessResult> {
    this.refuseEnded();
    this.log.write(name, `$ terraform ${args.join(" ")}`);
    let child: ChildProcess | undefined;
    const ended = capture(terraformProgram(), args, {
      cwd: folder,
      env: terraformEnv(),
      detached: true,
      started: (one) => {
        child = one;
      },
      line: (raw, stream) => {
        const text = readableLine(raw);
        if (stream === "stderr" || !UNLOGGED.includes(args[0] ?? "")) {
          this.log.write(name, text);
        }
        line(text);
      },
    });
    if (child !== undefined) {
      this.running.set(child, ended);
    }
    try {
      const result = await ended;
      if (result.status !== 0 && this.signal !== undefined) {
        throw new Interrupted();
      }
      // 2 is a plan's word for changes.
      this.hasFailed ||= result.status !== 0 && result.status !== 2;
      return result;
    } finally {
      if (child !== undefined) {
        this.running.delete(child);
      }
    }
  }

  /** Makes sure that nothing is begun any more: throws Interrupted where the command has been told to end. */
  public refuseEnded(): void {
    if (this.signal !== undefined) {
      throw new Interrupted();
    }
  }

  /** Waits for something that is not Terraform's, and no longer than until the command is told to end. */
  public async orEnd<T>(work: Promise<T>): Promise<T> {
    this.refuseEnded();
    const { signal } = this.aborted;
    return Promise.race([
      work,
      new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(new Interrupted()), { once: true });
      }),
    ]);
  }

  /** Passes a signal on: the first ends Terraform in good order, a second makes it give up. */
  public interrupt(signal: EndSignal): void {
    const now = performance.now();
    if (now - this.lastSignal < SAME_SIGNAL) {
      return;
    }
    this.lastSignal = now;
    if (this.signal === undefined && this.running.size > 0) {
      tell("ending: Terraform finishes what it has begun; a second Ctrl-C makes it give up");
    }
    // A terminal that is lost has nobody to see another status.
    this.signal ??= signal === "SIGHUP" ? "SIGTERM" : signal;
    this.aborted.abort();
    // It takes each of them for the same request, and knows no other.
    [...this.running.keys()].forEach((child) => child.kill("SIGINT"));
  }

  private async whileWatching(work: () => Promise<void>): Promise<void> {
    // A shell between npm and this process does not pass SIGTERM on: it dies, and leaves this process alone.
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid !== parent && this.signal === undefined) {
        this.interrupt("SIGTERM");
      }
    }, PARENT_INTERVAL);
    watch.unref();
    try {
      await whileHandling(
        (signal) => this.interrupt(signal),
        async () => {
          try {
            await work();
          } finally {
            // A signal must not find this process without a handler as long as Terraform works.
            await Promise.allSettled(this.running.values());
          }
        },
      );
    } finally {
      clearInterval(watch);
    }
  }
}

/** Waits for everything, whatever becomes of each, and only then throws what was thrown first. */
export async function sideBySide<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
