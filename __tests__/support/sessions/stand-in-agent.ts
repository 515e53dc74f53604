import { randomBytes } from "node:crypto";
import { type Frame, MESSAGE, PAYLOAD, jsonPayload } from "../../../cli/channel/frame";
import { OrderedStream } from "../../../cli/channel/ordered-stream";
import { SessionCipher } from "../../../cli/channel/session-cipher";
import type { Agent, BrokerSession } from "./broker";

/** What the far end of a session does with its bytes: a shell, or a port. */
export interface Remote {
  readonly onBytes: (bytes: Buffer) => void;
  readonly onSize?: (cols: number, rows: number) => void;
  readonly onFlag?: (flag: number) => void;
  readonly end: () => void;
}

/** What an agent says to its client. */
export interface Said {
  readonly bytes: (bytes: Buffer) => void;
  readonly flag: (flag: number) => void;
  /** The remote end is over: the session ends with these words. */
  readonly over: (output?: string) => void;
}

/** Keeps what a session shows. */
export interface SessionRecorder {
  readonly take: (bytes: Buffer) => void;
  /** Resolves when all is kept. */
  readonly end: () => Promise<void>;
}

/** How an agent behaves. */
export interface AgentProps {
  readonly remote: (said: Said) => Remote;
  /** @default "3.3.0.0" */
  readonly version?: string;
  /** Kind of session in its handshake; none where it asks for no handshake. */
  readonly sessionType?: string;
  readonly properties?: Readonly<Record<string, string>>;
  /** Whether sessions are encrypted. @default false */
  readonly kms?: boolean;
  /** What the handshake ends with in words. @default "" */
  readonly message?: string;
  /** Sends only the oldest message again that is not acknowledged, as AWS's agent does. @default false */
  readonly faithful?: boolean;
  /** Refuses the session with these words, so many milliseconds after the handshake. */
  readonly refuses?: { readonly output: string; readonly after: number };
  /** Where it records to. @default - nowhere */
  readonly recorder?: SessionRecorder;
  /** From when on it neither says nor acknowledges anything. */
  readonly silent?: "from the start" | "after the handshake";
}

/** The challenge of the handshake, in bytes. */
const CHALLENGE = 64;

/** An agent that has the protocol of AWS's: handshake, order, encryption, and a remote end that is real. */
export class StandInAgent implements Agent {
  /** Messages to the client that are not acknowledged. */
  public get unacknowledged(): number {
    return this.stream.unacknowledged;
  }

  private readonly stream: OrderedStream;
  private readonly timer: NodeJS.Timeout;
  private remote: Remote | undefined;
  private cipher: SessionCipher | undefined;
  private challenge = Buffer.alloc(0);
  private greeted = false;
  private ready = false;
  private over = false;

  constructor(
    private readonly session: BrokerSession,
    private readonly props: AgentProps,
  ) {
    this.stream = new OrderedStream({
      sends: MESSAGE.output,
      send: (frame) => session.send(frame),
      onMessage: (frame) => this.take(frame),
      ...(props.faithful && { resentAtOnce: 1 }),
    });
    this.timer = setInterval(() => this.stream.resend(), 100);
  }

  public readonly onClient = (): void => {
    if (this.props.silent === "from the start") {
      return;
    }
    if (this.greeted) {
      if (!this.props.faithful) {
        this.stream.resendAll();
      }
      return;
    }
    this.greeted = true;
    const { sessionType, properties = {}, kms = false, version = "3.3.0.0" } = this.props;
    if (sessionType === undefined && !kms) {
      this.begin();
      return;
    }
    const type = { SessionType: sessionType ?? "Standard_Stream", Properties: properties };
    const actions = [
      { ActionType: "SessionType", ActionParameters: type },
      ...(kms
        ? [
            {
              ActionType: "KMSEncryption",
              ActionParameters: { KMSKeyId: "key", Challenge: randomBytes(16).toString("base64") },
            },
          ]
        : []),
    ];
    this.say(PAYLOAD.handshakeRequest, { AgentVersion: version, RequestedClientActions: actions });
  };

  public readonly onFrame = (frame: Required<Frame>): void => {
    if (this.over || this.isSilent()) {
      return;
    }
    if (frame.type === MESSAGE.acknowledge) {
      this.stream.acknowledge(frame);
    } else if (frame.type === MESSAGE.input) {
      this.stream.receive(frame);
    }
  };

  public readonly onEnd = (): void => {
    this.over = true;
    clearInterval(this.timer);
    this.remote?.end();
  };

  private isSilent(): boolean {
    const { silent } = this.props;
    return silent === "from the start" || (silent === "after the handshake" && this.ready);
  }

  private take({ payloadType, payload }: Required<Frame>): void {
    switch (payloadType) {
      case PAYLOAD.handshakeResponse:
        this.answer(payload);
        return;
      case PAYLOAD.challengeResponse: {
        const { Challenge: answer } = jsonPayload(payload);
        const plain = this.cipher?.decrypt(Buffer.from(String(answer), "base64"));
        if (plain?.equals(this.challenge)) {
          this.complete("This session is encrypted using AWS KMS.");
        } else {
          this.fail("the challenge was not met");
        }
        return;
      }
      case PAYLOAD.output:
        this.remote?.onBytes(this.cipher === undefined ? payload : this.cipher.decrypt(payload));
        return;
      case PAYLOAD.size: {
        const { cols, rows } = jsonPayload(payload);
        this.remote?.onSize?.(Number(cols), Number(rows));
        return;
      }
      case PAYLOAD.flag:
        this.remote?.onFlag?.(payload.readUInt32BE(0));
    }
  }

  private answer(payload: Buffer): void {
    const { ProcessedClientActions } = jsonPayload(payload);
    const actions = ProcessedClientActions as {
      readonly ActionType: string;
      readonly ActionStatus: number;
      readonly Error: string;
      readonly ActionResult: { readonly KMSCipherTextKey: string } | null;
    }[];
    const failed = actions.find(({ ActionStatus }) => ActionStatus !== 1);
    if (failed !== undefined) {
      this.fail(
        `${failed.ActionType} failed on client with status ${failed.ActionStatus} error: ${failed.Error}`,
      );
      return;
    }
    const made = actions.find(({ ActionType }) => ActionType === "KMSEncryption")?.ActionResult;
    if (made === undefined || made === null) {
      this.complete(this.props.message ?? "");
      return;
    }
    const key = this.session.broker.keys.get(made.KMSCipherTextKey);
    if (key === undefined || key.context["aws:ssm:SessionId"] !== this.session.id) {
      this.fail("Fetching data key failed: Unable to retrieve data key, Error when decrypting data key");
      return;
    }
    this.cipher = new SessionCipher(key.plain, "agent");
    this.challenge = randomBytes(CHALLENGE);
    this.say(PAYLOAD.challenge, { Challenge: this.cipher.encrypt(this.challenge).toString("base64") });
  }

  private complete(message: string): void {
    this.say(PAYLOAD.handshakeComplete, { HandshakeTimeToComplete: 1_000_000, CustomerMessage: message });
    this.begin();
  }

  private begin(): void {
    this.ready = true;
    const { refuses, remote, recorder } = this.props;
    if (refuses !== undefined) {
      setTimeout(() => this.session.close(refuses.output), refuses.after);
      return;
    }
    this.remote = remote({
      bytes: (bytes) => {
        recorder?.take(bytes);
        for (let at = 0; at < bytes.length; at += 1_024) {
          this.put(PAYLOAD.output, bytes.subarray(at, at + 1_024));
        }
      },
      flag: (flag) => {
        const payload = Buffer.alloc(4);
        payload.writeUInt32BE(flag);
        this.put(PAYLOAD.flag, payload);
      },
      over: (output = "") => void this.leave(output),
    });
  }

  /** Waits for acknowledgements as AWS's agent does, and ends the session. */
  private async leave(output: string): Promise<void> {
    for (let look = 0; look < 40 && this.stream.unacknowledged > 0; look++) {
      await new Promise((later) => setTimeout(later, 50));
    }
    await this.props.recorder?.end();
    this.session.close(output);
  }

  private fail(why: string): void {
    const text = `\n----------ERROR-------\nEncountered error while initiating handshake. ${why}`;
    this.session.close(text);
  }

  private say(payloadType: number, payload: object): void {
    this.put(payloadType, Buffer.from(JSON.stringify(payload)));
  }

  private put(payloadType: number, payload: Buffer): void {
    if (this.over || this.isSilent()) {
      return;
    }
    const isSealed = this.cipher !== undefined && payloadType === PAYLOAD.output;
    this.stream.write(payloadType, isSealed ? (this.cipher?.encrypt(payload) ?? payload) : payload);
  }
}
