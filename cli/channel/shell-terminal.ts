import type { ReadStream, WriteStream } from "node:tty";
import type { DataChannel } from "./data-channel";
import { EscapeKeys } from "./escape-keys";

/** What a shell is typed on and shown on: a terminal, or files and pipes. */
export interface ShellStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
}

/** The size where there is no terminal, as AWS's plugin has it: no line is cut. */
const NO_TERMINAL = { cols: 300, rows: 100 } as const;

/** What ends a shell's input. */
const END_OF_INPUT = Buffer.from([4]);

const HELP =
  "\r\n~.  leaves the session, and ends it\r\n~~  types a ~\r\n~?  shows this\r\n(each after Enter)\r\n";

/** A shell's terminal: takes keys as they are typed while a session is open, and gives the terminal back afterwards. */
export class ShellTerminal {
  private readonly escape = new EscapeKeys();
  private readonly isTerminal: boolean;

  constructor(
    private readonly channel: DataChannel,
    private readonly streams: ShellStreams,
    /** The person wants to leave. */
    private readonly onLeave: () => void,
  ) {
    this.isTerminal = streams.input.isTTY === true;
  }

  /** Takes keys from now on, and tells the terminal's size. */
  public begin(): void {
    const { input, output } = this.streams;
    if (this.isTerminal) {
      (input as ReadStream).setRawMode(true);
    }
    input.on("data", this.onKeys);
    input.on("end", this.onEnd);
    output.on("resize", this.onResize);
    input.resume();
    this.onResize();
  }

  /** Gives the terminal back as it was. */
  public end(): void {
    const { input, output } = this.streams;
    input.off("data", this.onKeys);
    input.off("end", this.onEnd);
    output.off("resize", this.onResize);
    input.pause();
    if (this.isTerminal) {
      (input as ReadStream).setRawMode(false);
    }
  }

  /** Shows what the session sends. */
  public show(bytes: Buffer, stream: "stdout" | "stderr" = "stdout"): void {
    const to = stream === "stdout" ? this.streams.output : this.streams.errors;
    if (!to.write(bytes)) {
      this.channel.pause();
      to.once("drain", () => this.channel.goOn());
    }
  }

  /** Tells a person something of the session itself, on a line of its own. */
  public tell(text: string): void {
    this.streams.errors.write(this.isTerminal ? `\r\n${text}\r\n` : `${text}\n`);
  }

  private readonly onKeys = (bytes: Buffer | string): void => {
    const raw = Buffer.from(bytes as Buffer);
    // What a file or a program has for the shell is none of a person's keys.
    const { keys, leave, help } = this.isTerminal
      ? this.escape.read(raw)
      : { keys: raw, leave: false, help: false };
    if (keys.length > 0) {
      this.channel.write(keys);
      void this.wait();
    }
    if (help) {
      this.streams.errors.write(HELP);
    }
    if (leave) {
      this.onLeave();
    }
  };

  private readonly onEnd = (): void => this.channel.write(END_OF_INPUT);

  private readonly onResize = (): void => {
    const { columns, rows } = this.streams.output as Partial<WriteStream>;
    this.channel.resize(columns ?? NO_TERMINAL.cols, rows ?? NO_TERMINAL.rows);
  };

  private async wait(): Promise<void> {
    // Whoever types is never that fast; and must be able to leave where nothing goes through.
    if (this.channel.isFull && !this.isTerminal) {
      this.streams.input.pause();
      await this.channel.whenDrained();
      this.streams.input.resume();
    }
  }
}
