import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type CliError, cliError } from "./aws-cli";

/** How long a tunnel waits, in milliseconds. */
export interface TunnelTimes {
  /** Before it is opened again for the first time; twice as long each time after. */
  readonly firstDelay: number;
  /** The longest it waits before that. */
  readonly longestDelay: number;
  /** How long it must have been open for the delays to begin anew. */
  readonly settled: number;
  /** How long its program may take to end in good order. */
  readonly ending: number;
}

/** What people wait for. */
export const TUNNEL_TIMES: TunnelTimes = {
  firstDelay: 1_000,
  longestDelay: 30_000,
  settled: 60_000,
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
  /** The AWS CLI. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Is told what happens. */
  readonly onEvent: (event: TunnelEvent) => void;
  /** Says an error of the AWS CLI in a person's words. */
  readonly explain: (error: CliError) => string;
  /**
   * How long it waits.
   * @default TUNNEL_TIMES
   */
  readonly times?: TunnelTimes;
}

/** Errors that pass: the instance starts again, or the network comes back. */
const PASSING =
  /^(TargetNotConnected|Throttling\w*|InternalServerError|InternalFailure|ServiceUnavailable\w*|RequestTimeout\w*)$/;

const NETWORK = /could not connect to the endpoint|connection was closed|timeout on endpoint|the plugin /i;

/** What the plugin says while all is well. */
const NEWS = /^(Starting session |Port \d+ opened |Waiting for connections|Connection accepted |\s*$)/;

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
    while (!this.stopped) {
      onEvent({ event: "opening" });
      const { openFor, reason, lasting } = await this.open();
      if (this.stopped) {
        break;
      }
      if (lasting) {
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
    this.signal("SIGINT");
    setTimeout(() => this.signal("SIGKILL"), this.times.ending).unref();
  }

  /** The AWS CLI leaves Ctrl-C to its plugin, so both must hear it: they are a group of their own. */
  private signal(signal: NodeJS.Signals): void {
    if (this.child?.pid === undefined) {
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

  /** Opens it once, until its program ends. */
  private open(): Promise<{ openFor: number; reason: string; lasting: boolean }> {
    const { program, args, explain } = this.props;
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
      this.child = child;
      let [opened, stderr, last] = [Number.NaN, "", "it ended"];
      createInterface({ input: child.stdout }).on("line", (line) => {
        const sessionId = this.read(line);
        opened = sessionId === undefined ? opened : Date.now();
        last = NEWS.test(line) ? last : line.trim();
      });
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.on("error", reject);
      child.on("close", (status) => {
        this.child = undefined;
        const error = status === 0 ? undefined : cliError(stderr);
        const inUse = /address already in use/.test(last);
        resolve({
          openFor: Date.now() - opened,
          reason: error === undefined ? last : explain(error),
          lasting:
            inUse || (error !== undefined && !PASSING.test(error.name) && !NETWORK.test(error.message)),
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
