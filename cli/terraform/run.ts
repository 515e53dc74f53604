import type { ChildProcess } from "node:child_process";
import { Failure } from "../failure";
import { type ProcessResult, capture } from "../processes";
import { type EndSignal, whileHandling } from "../signals";
import type { SynthesizedStack } from "../synthesized";
import { readableLine } from "./messages";
import { terraformEnv, terraformProgram } from "./program";
import { RunLog } from "./run-log";

/** Somebody wants the command to end: nothing more is begun. */
export class Interrupted extends Error {}

/** How often it is checked whether the parent process is still there, in milliseconds. */
const PARENT_INTERVAL = 500;

/** What these write is a state or a plan as data: long, and not for a log. */
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

  private readonly running = new Set<ChildProcess>();
  private hasFailed = false;

  private constructor(private readonly log: RunLog) {}

  /** Whether Terraform has failed or was told to end: its log is then kept. */
  public get isLogNeeded(): boolean {
    return this.hasFailed || this.signal !== undefined;
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
  }

  /** Path of the file that has all that Terraform says. */
  public get logPath(): string {
    return this.log.path;
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
    if (this.signal !== undefined) {
      throw new Interrupted();
    }
    this.log.write(name, `$ terraform ${args.join(" ")}`);
    let child: ChildProcess | undefined;
    try {
      const result = await capture(terraformProgram(), args, {
        cwd: folder,
        env: terraformEnv(),
        detached: true,
        started: (one) => {
          child = one;
          this.running.add(one);
        },
        line: (raw) => {
          const text = readableLine(raw);
          if (!UNLOGGED.includes(args[0] ?? "")) {
            this.log.write(name, text);
          }
          line(text);
        },
      });
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

  /** Passes a signal on: the first ends Terraform in good order, a second makes it give up. */
  public interrupt(signal: EndSignal): void {
    this.signal ??= signal;
    this.aborted.abort();
    // It takes each of them for the same request, and knows no other.
    this.running.forEach((child) => child.kill("SIGINT"));
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
      await whileHandling((signal) => this.interrupt(signal), work);
    } finally {
      clearInterval(watch);
    }
  }
}
