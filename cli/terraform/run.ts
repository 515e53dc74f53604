import type { ChildProcess } from "node:child_process";
import { Failure } from "../terminal/failure";
import { type ProcessResult, capture } from "../process/run";
import { type EndSignal, whileHandling } from "../process/signals";
import type { SynthesizedStack } from "../assembly/stacks";
import { tell } from "../terminal/output";
import { readableLine } from "./messages";
import { terraformEnv, terraformProgram } from "./program";
import { RunLog } from "./run-log";

/** Somebody wants the command to end, so nothing more is begun. */
export class Interrupted extends Error {}

/** How often it is checked whether the parent process is still there, in milliseconds. */
const PARENT_INTERVAL = 500;

/** A signal that follows within this time, in milliseconds, is the same one: npm and the terminal both send it. */
const SAME_SIGNAL = 200;

/** The standard output of these commands is a state or a plan as data, which is too long for a log. */
const UNLOGGED = ["state", "show"];

/**
 * Everything that one command has Terraform do. Terraform runs in process groups of its own, so Ctrl-C reaches only this
 * process, which then ends every running Terraform in good order, once, and begins no other.
 */
export class TerraformRun {
  /** What has told the command to end; undefined until then. */
  public signal: EndSignal | undefined;

  /** Is aborted together with {@link signal}, for questions that are being asked. */
  public readonly aborted = new AbortController();

  private readonly told = new Set<string>();
  private lastAlone: Promise<unknown> = Promise.resolve();
  private readonly running = new Map<ChildProcess, Promise<unknown>>();
  private readonly failed = new Set<string>();
  private lastSignal = -Infinity;

  private constructor(private readonly log: RunLog) {}

  private get isLogNeeded(): boolean {
    return this.failed.size > 0 || this.signal !== undefined;
  }

  /** Runs a command's work with a log, which is removed afterwards if nobody needs it. */
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
      // Something may still wait for an answer of AWS.
      process.exit();
    }
  }

  /** Says where the log is, if it is kept, because Terraform has failed or was told to end. */
  public tellLog(): void {
    if (this.isLogNeeded) {
      tell(`all that Terraform said is in ${this.log.path}`);
    }
  }

  /** Runs Terraform in a stack's folder to its end. Throws Interrupted if the command was told to end, before or during it. */
  public async terraform(
    stack: SynthesizedStack,
    args: readonly string[],
    line?: (text: string) => void,
  ): Promise<ProcessResult> {
    let lastAlone: Promise<unknown> | undefined;
    while (lastAlone !== this.lastAlone) {
      lastAlone = this.lastAlone;
      await lastAlone;
    }
    return this.start(stack, args, line);
  }

  /**
   * Does work while no other Terraform of this run is at work: its cache of providers is not made for several at once, and
   * a program cannot be replaced while it runs.
   *
   * @param work is given what runs Terraform meanwhile
   */
  public alone<T>(work: (terraform: TerraformRun["terraform"]) => Promise<T>): Promise<T> {
    const done = this.lastAlone
      .then(() => Promise.allSettled(this.running.values()))
      .then(() => work((...args) => this.start(...args)));
    this.lastAlone = done.catch(() => undefined);
    return done;
  }

  /** Says something that holds for all stacks when the first of them meets it. */
  public tellOnce(text: string): void {
    if (!this.told.has(text)) {
      this.told.add(text);
      tell(text);
    }
  }

  /** Forgets that Terraform has failed with a stack: nobody needs to read why. */
  public forgetFailure({ name }: SynthesizedStack): void {
    this.failed.delete(name);
  }

  /** Throws Interrupted if the command was told to end, so that nothing is begun any more. */
  public refuseEnded(): void {
    if (this.signal !== undefined) {
      throw new Interrupted();
    }
  }

  /** Waits for work that is not Terraform's, but only until the command is told to end. */
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

  /** Passes a signal on: the first one ends Terraform in good order, the second one makes it give up. */
  public interrupt(signal: EndSignal): void {
    const now = performance.now();
    if (now - this.lastSignal < SAME_SIGNAL) {
      return;
    }
    this.lastSignal = now;
    if (this.signal === undefined && this.running.size > 0) {
      tell("ending: Terraform finishes what it has begun; a second Ctrl-C makes it give up");
    }
    // If the terminal is lost, nobody sees another status.
    this.signal ??= signal === "SIGHUP" ? "SIGTERM" : signal;
    this.aborted.abort();
    // Terraform takes all of them for the same request, and knows no other.
    this.running.forEach((_, child) => child.kill("SIGINT"));
  }

  private async start(
    { name, folder }: SynthesizedStack,
    args: readonly string[],
    line?: (text: string) => void,
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
        line?.(text);
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
      // With 2, a plan says that there are changes.
      if (result.status !== 0 && result.status !== 2) {
        this.failed.add(name);
      }
      return result;
    } finally {
      if (child !== undefined) {
        this.running.delete(child);
      }
    }
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
        // A signal must find a handler in this process as long as Terraform works.
        () => work().finally(() => Promise.allSettled(this.running.values())),
      );
    } finally {
      clearInterval(watch);
    }
  }
}

/** The result of some work; undefined if the command was told to end before it was done. */
export async function unlessInterrupted<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Interrupted) {
      return undefined;
    }
    throw error;
  }
}

/** Waits until all work has ended, however it did, and only then throws the first error. */
export async function sideBySide<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
