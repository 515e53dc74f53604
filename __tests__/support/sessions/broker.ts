import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type Frame, MESSAGE, controlFrame, decodeFrame, encodeFrame } from "../../../cli/channel/frame";
import { AwsServer } from "../aws-server";

/** What was asked when a session was begun. */
export interface SessionRequest {
  readonly Target: string;
  readonly DocumentName?: string;
  readonly Reason?: string;
  readonly Parameters?: Readonly<Record<string, readonly string[]>>;
}

/** The far end of a session, in this process. */
export interface Agent {
  /** The client's end is there, for the first time or again. */
  readonly onClient: () => void;
  readonly onFrame: (frame: Required<Frame>) => void;
  /** The session is over. */
  readonly onEnd: () => void;
}

/** Where a message goes. */
export type Direction = "to agent" | "to client";

/** A data key, and what it is good for. */
interface MadeKey {
  readonly plain: Buffer;
  readonly context: Readonly<Record<string, string>>;
}

/**
 * Session Manager's gateway on this machine: begins sessions for the AWS CLI, an SDK or a client of ours, and carries
 * messages between the client's WebSocket and an agent in this process.
 */
export class SessionBroker extends AwsServer {
  public readonly sessions: BrokerSession[] = [];
  /** What was asked for each time that a session was to begin. */
  public readonly requests: SessionRequest[] = [];
  /** What AWS was asked about sessions, in order, with the milliseconds since the broker was made. */
  public readonly calls: { readonly action: string; readonly at: number }[] = [];
  /** Keys that were made, by what they are encrypted to. */
  public readonly keys = new Map<string, MadeKey>();
  /** Makes the agent of each session. */
  public agentOf: (session: BrokerSession) => Agent | undefined = () => undefined;
  /** What is answered to an attempt to resume: the session again, one that is not there any more, or an error. */
  public resume: (attempt: number) => "session" | "expired" | string = () => "session";
  /** Why AWS begins no session; undefined where it does. */
  public refusal: Error | undefined;
  /** Why KMS gives no key for a session; undefined where it does. */
  public denied: Error | undefined;
  /** Where clients are sent to. @default - here */
  public streamUrl: string | undefined;

  private readonly begun = performance.now();
  private readonly upgrades = new WebSocketServer({ noServer: true });
  private resumed = 0;

  constructor(behind: () => string = () => "http://127.0.0.1:9") {
    super(behind);
    this.answers = {
      "AmazonSSM.StartSession": (input) => this.startSession(input as unknown as SessionRequest),
      "AmazonSSM.DescribeSessions": ({ State }) => ({ Sessions: this.described(State === "Active") }),
      "AmazonSSM.ResumeSession": ({ SessionId }) => this.resumeSession(String(SessionId)),
      "AmazonSSM.TerminateSession": ({ SessionId }) => {
        this.note("TerminateSession");
        this.find(String(SessionId))?.close("");
        return { SessionId };
      },
      "TrentService.GenerateDataKey": ({ KeyId, EncryptionContext }) => {
        this.note("GenerateDataKey");
        if (this.denied !== undefined) {
          return this.denied;
        }
        const encrypted = randomBytes(100);
        const plain = randomBytes(64);
        const context = EncryptionContext as Record<string, string>;
        this.keys.set(encrypted.toString("base64"), { plain, context });
        return { KeyId, CiphertextBlob: encrypted.toString("base64"), Plaintext: plain.toString("base64") };
      },
    };
  }

  public override async start(): Promise<void> {
    await super.start();
    this.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
  }

  public override stop(): void {
    this.sessions.forEach((session) => session.forget());
    super.stop();
  }

  /** The session that was begun last. */
  public get latest(): BrokerSession {
    const session = this.sessions.at(-1);
    if (session === undefined) {
      throw new Error("no session was begun");
    }
    return session;
  }

  /** Forgets what was, for the next test. */
  public forget(): void {
    this.sessions.splice(0).forEach((session) => session.forget());
    this.requests.length = 0;
    this.keys.clear();
    this.calls.length = 0;
    this.resumed = 0;
    [this.refusal, this.streamUrl, this.denied] = [undefined, undefined, undefined];
    this.resume = () => "session";
  }

  /** How often something was asked. */
  public count(action: string): number {
    return this.calls.filter((call) => call.action === action).length;
  }

  private note(action: string): void {
    this.calls.push({ action, at: performance.now() - this.begun });
  }

  private find(id: string): BrokerSession | undefined {
    return this.sessions.find((session) => session.id === id);
  }

  private startSession(request: SessionRequest): object {
    this.note("StartSession");
    this.requests.push(request);
    if (this.refusal !== undefined) {
      return this.refusal;
    }
    const session = new BrokerSession(this, request);
    this.sessions.push(session);
    session.agent = this.agentOf(session);
    return this.opening(session);
  }

  private described(active: boolean): object[] {
    return this.sessions
      .filter(({ isOver }) => isOver !== active)
      .map(({ id, request, started }) => ({
        ...{
          SessionId: id,
          Target: request.Target,
          DocumentName: request.DocumentName,
          Reason: request.Reason,
        },
        ...{ Owner: "arn:aws:sts::111122223333:assumed-role/Operator/alice", StartDate: started / 1_000 },
        ...(active ? { Status: "Connected" } : { Status: "Terminated", EndDate: Date.now() / 1_000 }),
      }));
  }

  private resumeSession(id: string): object | string {
    this.note("ResumeSession");
    const answer = this.resume(++this.resumed);
    const session = this.find(id);
    if (session === undefined || session.isOver || answer === "expired") {
      return { SessionId: id };
    }
    return answer === "session" ? this.opening(session) : answer;
  }

  private opening(session: BrokerSession): object {
    const address = this.streamUrl ?? this.url.replace("http", "ws");
    return {
      SessionId: session.id,
      TokenValue: session.newToken(),
      StreamUrl: `${address}/v1/data-channel/${session.id}?role=publish_subscribe`,
    };
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [, id = ""] = /^\/v1\/data-channel\/([^?]+)/.exec(request.url ?? "") ?? [];
    const session = this.find(decodeURIComponent(id));
    if (session === undefined) {
      socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
      return;
    }
    this.upgrades.handleUpgrade(request, socket, head, (opened) => session.accept(opened, request));
  }
}

/** A session at the broker. */
export class BrokerSession {
  public readonly id = `alice-0${randomBytes(8).toString("hex")}`;
  public agent: Agent | undefined;
  public isOver = false;
  /** Milliseconds since 1970. */
  public readonly started = Date.now();
  /** How often a client opened the channel, and how it signed. */
  public readonly openings: { readonly authorization: string | undefined; readonly client: string }[] = [];
  /** Decides over each message: to drop it, to delay it by milliseconds, or to let it pass. */
  public meddle: (direction: Direction, frame: Required<Frame>) => "drop" | number | undefined = () =>
    undefined;

  private socket: WebSocket | undefined;
  private token = "";

  constructor(
    public readonly broker: SessionBroker,
    public readonly request: SessionRequest,
  ) {}

  /** A token that is good for one opening. */
  public newToken(): string {
    this.token = randomUUID();
    return this.token;
  }

  /** Takes a client, once it has shown the token. */
  public accept(socket: WebSocket, request: IncomingMessage): void {
    socket.once("message", (first, isBinary) => {
      const { TokenValue, ClientVersion } = isBinary
        ? { TokenValue: undefined, ClientVersion: "" }
        : (JSON.parse(String(first as Buffer)) as Record<string, string>);
      if (TokenValue !== this.token || this.isOver) {
        socket.close();
        return;
      }
      this.openings.push({ authorization: request.headers.authorization, client: ClientVersion ?? "" });
      this.socket?.terminate();
      this.socket = socket;
      socket.on("message", (data: Buffer) => this.pass("to agent", decodeFrame(data)));
      socket.on("error", () => undefined);
      this.tell(MESSAGE.start);
      this.agent?.onClient();
    });
  }

  /** Sends a message of the agent to the client; it is lost while no client is there. */
  public send(frame: Frame): void {
    this.pass("to client", decodeFrame(encodeFrame(frame)));
  }

  /** Sends what is no message. */
  public sendRaw(bytes: Buffer): void {
    this.socket?.send(bytes);
  }

  /** Breaks the connection, as a network does: what is on its way is lost. */
  public cut(): void {
    this.socket?.terminate();
    this.socket = undefined;
  }

  /** Has the connection stand still without being broken. */
  public freeze(): void {
    this.meddle = () => "drop";
    this.socket?.pause();
  }

  /** Ends the session as the gateway does, and says why. */
  public close(output: string): void {
    if (this.isOver) {
      return;
    }
    this.isOver = true;
    this.agent?.onEnd();
    const payload = {
      MessageType: MESSAGE.closed,
      MessageId: randomUUID(),
      DestinationId: this.request.Target,
      SessionId: this.id,
      SchemaVersion: 1,
      CreatedDate: new Date().toISOString(),
      Output: output,
    };
    this.tell(MESSAGE.closed, payload);
  }

  /** Lets go of the client, and has the agent end. */
  public forget(): void {
    this.cut();
    if (!this.isOver) {
      this.isOver = true;
      this.agent?.onEnd();
    }
  }

  private tell(type: string, payload: object = {}): void {
    this.socket?.send(encodeFrame(controlFrame(type, payload)));
  }

  private pass(direction: Direction, frame: Required<Frame>): void {
    const fate = this.meddle(direction, frame);
    if (fate === "drop") {
      return;
    }
    const go = (): void =>
      direction === "to agent" ? this.agent?.onFrame(frame) : this.socket?.send(encodeFrame(frame));
    if (fate === undefined) {
      go();
    } else {
      setTimeout(go, fate);
    }
  }
}
