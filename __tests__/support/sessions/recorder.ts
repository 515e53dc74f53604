import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { emulatedConfig } from "../../../cli/rehearsal/emulator";
import { agentLines } from "../journal/agent-lines";
import { agentEvent } from "../recorded";

/** How often an agent sends what was shown, in milliseconds. */
const EVERY = 1_000;
/** Bytes of the lines in one event, at most. */
const MOST = 33_000;

/** Records what a session shows as an agent does: whole lines, once a second, and the rest at the end. */
export class Recorder {
  private shown = Buffer.alloc(0);
  private sending = Promise.resolve();
  private readonly client: CloudWatchLogsClient;
  private readonly timer: NodeJS.Timeout;
  private isThere = false;

  /**
   * @param url where CloudWatch Logs answers
   * @param logGroupName is there already
   */
  constructor(
    url: string,
    private readonly logGroupName: string,
    private readonly session: string,
  ) {
    this.client = new CloudWatchLogsClient(emulatedConfig(url));
    this.timer = setInterval(() => this.send(this.shown.lastIndexOf("\n") + 1), EVERY);
  }

  public take(bytes: Buffer): void {
    this.shown = Buffer.concat([this.shown, bytes]);
  }

  /** Sends the rest: resolves when all of it is there. */
  public async end(): Promise<void> {
    clearInterval(this.timer);
    this.send(this.shown.length);
    await this.sending;
    this.client.destroy();
  }

  private send(length: number): void {
    const lines = agentLines(this.shown.subarray(0, length)).map((line) => line.slice(0, MOST));
    this.shown = this.shown.subarray(length);
    if (lines.length > 0) {
      this.sending = this.sending.then(() => this.put(lines));
    }
  }

  private async put(lines: readonly string[]): Promise<void> {
    const { logGroupName, session: logStreamName } = this;
    if (!this.isThere) {
      await this.client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      this.isThere = true;
    }
    const logEvents = portions(lines).map((portion) => ({
      message: agentEvent(logStreamName, ...portion),
      timestamp: Date.now(),
    }));
    await this.client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }
}

function portions(lines: readonly string[]): string[][] {
  const all: string[][] = [[]];
  let bytes = 0;
  for (const line of lines) {
    const size = Buffer.byteLength(line);
    if (bytes + size > MOST) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)?.push(line);
    bytes += size;
  }
  return all;
}
