import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { isPassing } from "../aws/errors";
import { endTree } from "../process/descendants";
import { startFailure } from "../process/find-program";
import { type CliError, cliError } from "./start-session";

/** How long a tunnel waits, in milliseconds. */
export interface TunnelTimes {
  /** Before it is opened again for the first time; twice as long each time after. */
  readonly firstDelay: number;
  /** The longest it waits before that. */
  readonly longestDelay: number;
  /** How long it must have been open for the delays to begin anew. */
  readonly settled: number;
  /** How long its program may take to open it. */
  readonly opening: number;
  /** How long its program may take to end in good order. */
  readonly ending: number;
}

/** What people wait for. */
const TUNNEL_TIMES: TunnelTimes = {
  firstDelay: 1_000,
  longestDelay: 30_000,
  settled: 60_000,
  opening: 30_000,
  ending: 5_000,
};

/** What happens to a tunnel. */
export type TunnelEvent =
  | { readonly event: "opening" }
  | { readonly event: "open"; readonly sessionId: string }
  | { readonly event: "unreachable" }
  | { readonly event: "dropped"; readonly reason: string; readonly seconds: number }
  | { readonly event: "failed"; readonly reason: string }
  | { readonly event: "closed" };

/** A program that opens a tunnel, and what to make of it. */
export interface TunnelProps {
  readonly program: string;
  readonly args: readonly string[];
  readonly onEvent: (event: TunnelEvent) => void;
  /** Says what keeps it from being opened on this machine; undefined where nothing does. */
  readonly obstacle: () => Promise<string | undefined>;
  readonly explain: (error: CliError) => string;
  /**
   * How long it waits.
   * @default TUNNEL_TIMES
   */
  readonly times?: TunnelTimes;
}

/** What came of opening it once. */
interface Attempt {
  /** Milliseconds that it was open; not a number where it never was. */
  readonly openFor: number;
  readonly reason: string;
  /** Whether another attempt would end like this one. */
  readonly lasting: boolean;
  readonly started: boolean;
}

/** How many sessions may be started before one is ever open. */
const MAX_NEVER_OPENED = 5;

/** What the plugin says while all is well. */
const NEWS = /^(Starting session |Port \d+ opened |Waiting for connections|Connection accepted |\s*$)/;

/** The instance starts again, the network comes back, or the plugin was ended. */
function passes(error: CliError): boolean {
  return error.name === "TargetNotConnected" || isPassing(error) || error.message.includes("the plugin ");
}

/** One tunnel: opened again whenever it drops, until it is stopped or can never be open. */
export class Tunnel {
  /** Whether it has been open. */
  public wasOpen = false;

  private readonly times: TunnelTimes;
  private child: ChildProcess | undefined;
  private stopped = false;
  private wake: () => void = () => undefined;

  constructor(private readonly props: TunnelProps) {
    this.times = props.times ?? TUNNEL_TIMES;
  }

  /** Keeps it open: true where it was stopped, false where it can never be open. */
  public async run(): Promise<boolean> {
    const { onEvent } = this.props;
    let delay = this.times.firstDelay;
    let neverOpened = 0;
    while (!this.stopped) {
      onEvent({ event: "opening" });
      const { openFor, reason, lasting, started } = await this.attempt();
      if (this.stopped) {
        break;
      }
      // One that has been open will be again. Where none ever is, each session is a notice to those who watch.
      neverOpened += Number(started && !this.wasOpen);
      if (lasting || neverOpened === MAX_NEVER_OPENED) {
        onEvent({ event: "failed", reason });
        return false;
      }
      delay = openFor >= this.times.settled ? this.times.firstDelay : delay;
      onEvent({ event: "dropped", reason, seconds: delay / 1000 });
      await this.sleep(delay);
      delay = Math.min(delay * 2, this.times.longestDelay);
    }
    onEvent({ event: "closed" });
    return true;
  }

  /** Has it end in good order; {@link run} returns when it has. */
  public stop(): void {
    this.stopped = true;
    this.wake();
    this.end();
  }

  private end(): void {
    this.signal("SIGINT");
    const { child } = this;
    setTimeout(() => this.child === child && this.signal("SIGKILL"), this.times.ending).unref();
  }

  /** The AWS CLI leaves Ctrl-C to its plugin, so both must hear it: they are a group of their own. */
  private signal(signal: NodeJS.Signals): void {
    if (this.child?.pid === undefined) {
      return;
    }
    if (process.platform === "win32") {
      endTree(this.child.pid);
      return;
    }
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // It ended just now.
    }
  }

  private async sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((done) => {
      const timer = setTimeout(done, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  private async attempt(): Promise<Attempt> {
    const obstacle = await this.props.obstacle();
    return obstacle === undefined && !this.stopped
      ? this.open()
      : { openFor: Number.NaN, reason: obstacle ?? "", lasting: true, started: false };
  }

  /** Opens it once, until its program ends. */
  private open(): Promise<Attempt> {
    const { program, args, explain } = this.props;
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        env: process.env,
        // Windows has no groups: there it would be a window of its own.
        detached: process.platform !== "win32",
        windowsHide: true,
        stdio: ["ignore", "pipe", "pipe"],
      });
      this.child = child;
      let [opened, started, stderr, last] = [Number.NaN, false, "", "it ended"];
      // The plugin waits for good where another program has taken the port meanwhile, and says nothing.
      let late: string | undefined;
      const overdue = setTimeout(() => {
        late = `not open after ${this.times.opening / 1000} s`;
        this.end();
      }, this.times.opening);
      createInterface({ input: child.stdout }).on("line", (line) => {
        const sessionId = this.read(line);
        if (sessionId !== undefined) {
          opened = Date.now();
          clearTimeout(overdue);
        }
        started ||= line.startsWith("Starting session ");
        last = NEWS.test(line) ? last : line.trim();
      });
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.on("error", (error) => reject(startFailure(program, error)));
      child.on("close", (status) => {
        this.child = undefined;
        clearTimeout(overdue);
        const error = status === 0 || late !== undefined ? undefined : cliError(stderr);
        const inUse = /address already in use/.test(last);
        resolve({
          openFor: Date.now() - opened,
          reason: error === undefined ? (late ?? last) : explain(error),
          lasting: inUse || (error !== undefined && !passes(error)),
          started,
        });
      });
    });
  }

  /** Reads a line of the plugin: the session's id where it says that the port is open. */
  private read(line: string): string | undefined {
    const [, sessionId] = /^Port \d+ opened for sessionId (.*?)\.?$/.exec(line.trim()) ?? [];
    if (sessionId !== undefined) {
      this.wasOpen = true;
      this.props.onEvent({ event: "open", sessionId });
    }
    if (line.startsWith("Connection to destination port failed")) {
      this.props.onEvent({ event: "unreachable" });
    }
    return sessionId;
  }
}
