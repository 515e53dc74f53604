import { setTimeout as sleep } from "node:timers/promises";
import {
  BadFrame,
  type Frame,
  MESSAGE,
  PAYLOAD,
  closedWith,
  decodeFrame,
  encodeFrame,
  jsonPayload,
} from "./frame";
import {
  CLIENT_VERSION,
  type NewDataKey,
  type SessionKind,
  answerChallenge,
  answerHandshake,
} from "./handshake";
import { OrderedStream } from "./ordered-stream";
import {
  type ConnectionNews,
  type NoWayBack,
  type ResumingSocketProps,
  ResumingSocket,
} from "./resuming-socket";
import type { SessionCipher } from "./session-cipher";
import { CHANNEL_TIMES, type ChannelTimes, SilenceWatch } from "./silence-watch";

/** How a session ended. */
export type ChannelEnd =
  /** AWS ended it, and says why where not by the wish of an end. */
  | { readonly how: "closed"; readonly output: string }
  /** It could not be resumed, or this end does not want to go on. */
  | NoWayBack
  /** It never began, or the other end is dead. */
  | { readonly how: "lost"; readonly reason: string }
  /** {@link DataChannel.end} was called. */
  | { readonly how: "ended" };

/** What a person is told of a session. */
export type ChannelNews =
  | ConnectionNews
  | { readonly news: "message"; readonly text: string }
  /** The other end has not answered for so long. */
  | { readonly news: "silent"; readonly seconds: number };

/** What a channel is opened with. */
export interface ChannelProps extends Pick<
  ResumingSocketProps,
  "opening" | "signer" | "resume" | "isLasting"
> {
  readonly newDataKey: NewDataKey;
  /** The session has begun; of a kind that is not told where the agent asked for no handshake. */
  readonly onBegun: (kind: SessionKind | undefined) => void;
  readonly onOutput: (bytes: Buffer, stream: "stdout" | "stderr") => void;
  /** The agent sends a flag, such as that a port cannot be reached. */
  readonly onFlag: (flag: number) => void;
  readonly onExitCode?: (code: number) => void;
  readonly onNews: (news: ChannelNews) => void;
  readonly times?: ChannelTimes;
  readonly socketTimes?: ResumingSocketProps["times"];
}

/** What can be said with a flag. */
export const FLAG = { terminate: 2, portUnreachable: 3 } as const;

/** How often what waits is looked at, in milliseconds. */
const TICK = 50;
/** Messages on their way at most: where more would wait, {@link DataChannel.isFull}. */
const WINDOW = 2_000;
/** Bytes in a message: what AWS's agent and plugin send. */
const MESSAGE_BYTES = 1_024;
const ENCRYPTED: readonly number[] = [PAYLOAD.output, PAYLOAD.stderr, PAYLOAD.exitCode];

/** One session's channel: opened, resumed for as long as the service allows, and ended once. */
export class DataChannel {
  /** How it ended. */
  public readonly ended: Promise<ChannelEnd>;

  private readonly times: ChannelTimes;
  private readonly stream: OrderedStream;
  private readonly silence: SilenceWatch;
  private readonly tick: NodeJS.Timeout;
  private readonly socket: ResumingSocket;
  private cipher: SessionCipher | undefined;
  private kind: SessionKind | undefined;
  private begun = false;
  private heard = false;
  private over = false;
  private paused = false;
  private waiters: (() => void)[] = [];
  private finish: (end: ChannelEnd) => void = () => undefined;
  /** The handshake waits for KMS: what comes meanwhile is taken after it. */
  private inOrder: Promise<void> | undefined;

  constructor(private readonly props: ChannelProps) {
    this.times = props.times ?? CHANNEL_TIMES;
    this.silence = new SilenceWatch(this.times.silence, (seconds) =>
      props.onNews({ news: "silent", seconds }),
    );
    this.ended = new Promise((resolve) => {
      this.finish = (end) => {
        if (!this.over) {
          this.over = true;
          clearInterval(this.tick);
          this.socket.end();
          this.cipher?.forget();
          this.wake();
          resolve(end);
        }
      };
    });
    this.stream = new OrderedStream({
      sends: MESSAGE.input,
      send: (frame) => this.socket.send(encodeFrame(frame)),
      onMessage: (frame) => this.inTurn(frame),
    });
    const { opening, signer, resume, isLasting, onNews, socketTimes: times } = props;
    this.socket = new ResumingSocket({
      ...{ opening, signer, resume, isLasting, onNews },
      clientVersion: CLIENT_VERSION,
      onMessage: (bytes) => this.take(bytes),
      onOpen: () => this.stream.resendAll(),
      onGone: (why) => this.finish(why),
      ...(times !== undefined && { times }),
    });
    this.tick = setInterval(() => this.look(), TICK);
    void this.awaitAgent();
  }

  /** Whether more is on its way than the other end has taken: {@link whenDrained} tells when to go on. */
  public get isFull(): boolean {
    return this.stream.unacknowledged >= WINDOW;
  }

  /** Resolves when no more is on its way than should be, or the session is over. */
  public async whenDrained(): Promise<void> {
    while (this.isFull && !this.over) {
      await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }

  /** Sends bytes of a terminal or of a port. */
  public write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += MESSAGE_BYTES) {
      this.put(PAYLOAD.output, bytes.subarray(at, at + MESSAGE_BYTES));
    }
  }

  /** Tells the size of the terminal. */
  public resize(cols: number, rows: number): void {
    this.put(PAYLOAD.size, Buffer.from(JSON.stringify({ cols, rows })));
  }

  /** Sends one of {@link FLAG}. */
  public flag(flag: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(flag);
    this.put(PAYLOAD.flag, payload);
  }

  /** Takes nothing from the network for a while: who is to have it is slow. */
  public pause(): void {
    this.paused = true;
    this.socket.pause();
  }

  public goOn(): void {
    if (!this.paused) {
      return;
    }
    this.paused = false;
    this.stream.forgive();
    this.socket.goOn();
  }

  /** Asks the other end for a sign of life: {@link ChannelNews} tells where it gives none. */
  public probe(): void {
    this.stream.probe();
  }

  /** Leaves: the session itself goes on at the service until it is terminated there. */
  public end(): void {
    this.finish({ how: "ended" });
  }

  private put(payloadType: number, payload: Buffer): void {
    if (!this.over) {
      const isSealed = this.cipher !== undefined && ENCRYPTED.includes(payloadType);
      this.stream.write(payloadType, isSealed ? (this.cipher?.encrypt(payload) ?? payload) : payload);
    }
  }

  private async awaitAgent(): Promise<void> {
    await sleep(this.times.agent, undefined, { ref: false });
    if (!this.heard) {
      this.finish({ how: "lost", reason: this.socket.silentFor(this.times.agent) });
    }
  }

  /** Takes what comes from the network. What is no message is dropped: if it was one, it comes again. */
  private take(bytes: Buffer): void {
    if (this.over) {
      return;
    }
    try {
      const frame = decodeFrame(bytes);
      if (frame.type === MESSAGE.output) {
        this.heard = true;
        this.stream.receive(frame);
      } else if (frame.type === MESSAGE.acknowledge) {
        this.stream.acknowledge(frame);
        if (!this.isFull) {
          this.wake();
        }
      } else if (frame.type === MESSAGE.closed) {
        this.close(frame);
      }
    } catch (error) {
      if (!(error instanceof BadFrame)) {
        this.finish({ how: "refused", error });
      }
    }
  }

  /** The last output may still wait for its turn. */
  private close(frame: Frame): void {
    const end = (): void => this.finish({ how: "closed", output: closedWith(frame) });
    void (this.inOrder ?? Promise.resolve()).then(end);
  }

  private inTurn(frame: Required<Frame>): void {
    const guarded = async (): Promise<void> => {
      try {
        if (!this.over) {
          await this.process(frame);
        }
      } catch (error) {
        this.finish({ how: "refused", error });
      }
    };
    if (this.inOrder !== undefined || frame.payloadType === PAYLOAD.handshakeRequest) {
      const turn = (this.inOrder ?? Promise.resolve()).then(guarded).finally(() => {
        if (this.inOrder === turn) {
          this.inOrder = undefined;
        }
      });
      this.inOrder = turn;
    } else {
      void guarded();
    }
  }

  private async process({ payloadType, payload }: Required<Frame>): Promise<void> {
    const { onOutput, onFlag, onExitCode, onNews } = this.props;
    switch (payloadType) {
      case PAYLOAD.handshakeRequest: {
        if (this.kind !== undefined || this.begun) {
          throw new BadFrame("the agent begins the session a second time");
        }
        const {
          payload: answer,
          kind,
          cipher,
          refusal,
        } = await answerHandshake(payload, this.props.newDataKey);
        this.kind = kind;
        this.put(PAYLOAD.handshakeResponse, answer);
        this.cipher = cipher;
        if (refusal !== undefined) {
          // The agent hears why, and ends the session; what it says of it is no better than what is known here.
          await sleep(200);
          throw refusal;
        }
        return;
      }
      case PAYLOAD.challenge:
        if (this.cipher === undefined) {
          throw new BadFrame("the agent asks for a key that was not agreed on");
        }
        this.put(PAYLOAD.challengeResponse, answerChallenge(payload, this.cipher));
        return;
      case PAYLOAD.handshakeComplete: {
        const { CustomerMessage: text } = jsonPayload(payload);
        if (typeof text === "string" && text !== "") {
          onNews({ news: "message", text });
        }
        this.begin();
        return;
      }
      case PAYLOAD.output:
      case PAYLOAD.stderr:
        this.begin();
        onOutput(this.opened(payload), payloadType === PAYLOAD.output ? "stdout" : "stderr");
        return;
      case PAYLOAD.exitCode: {
        const [, code] = /(\d+)\s*$/.exec(this.opened(payload).toString()) ?? [];
        onExitCode?.(Number(code ?? 0));
        return;
      }
      case PAYLOAD.flag:
        onFlag(payload.length === 4 ? payload.readUInt32BE(0) : 0);
        return;
      default:
        throw new BadFrame(`the agent sends what is not known: payload type ${payloadType}`);
    }
  }

  private wake(): void {
    this.waiters.splice(0).forEach((waiter) => waiter());
  }

  private opened(payload: Buffer): Buffer {
    return this.cipher === undefined ? payload : this.cipher.decrypt(payload);
  }

  private begin(): void {
    if (!this.begun) {
      this.begun = true;
      this.props.onBegun(this.kind);
    }
  }

  /** Looks at what waits, and whether the other end still answers. */
  private look(): void {
    if (!this.socket.isOpen) {
      return;
    }
    this.stream.resend();
    this.silence.look(this.paused ? 0 : this.stream.silence);
  }
}
