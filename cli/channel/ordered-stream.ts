import { type Frame, type MESSAGE, acknowledged, acknowledgement } from "./frame";

/** What an ordered stream needs of the channel that it is in. */
export interface OrderedStreamProps {
  /** Kind of the messages that this end sends: {@link MESSAGE}. */
  readonly sends: typeof MESSAGE.input | typeof MESSAGE.output;
  /** Sends a message; one that is lost is sent again later. */
  readonly send: (frame: Frame) => void;
  /** Takes the other end's messages, each once and in order. */
  readonly onMessage: (frame: Required<Frame>) => void;
  /**
   * The time, in milliseconds.
   * @default performance.now
   */
  readonly now?: () => number;
  /**
   * How many of the oldest are sent again at once: the other end may have lost all of them in a cut.
   * @default 64
   */
  readonly resentAtOnce?: number;
}

interface Unacknowledged {
  readonly frame: Frame;
  /** Since when it is waited for. */
  since: number;
  lastSent: number;
  sendings: number;
}

/** Bytes of messages that came too early and are kept, at most: what is beyond comes again. */
const MAX_EARLY = 16 * 1024 * 1024;
/** The same in messages. */
const MAX_EARLY_MESSAGES = 10_000;

/** How long an acknowledgement is waited for, in milliseconds: at first, at least beyond the round trip, and at most. */
const TIMEOUT = { first: 200, margin: 10, most: 1_000 } as const;

/**
 * One end of the two streams of messages in a channel: numbers what it sends, sends it again until it is acknowledged, and
 * hands on what it receives in order.
 *
 * AWS's plugin stays silent when a message comes that it has had already. Its acknowledgement may have been lost, and then
 * the agent sends that message for ever and nothing after it: so this acknowledges again.
 */
export class OrderedStream {
  private next = 0;
  private expected = 0;
  private readonly waiting = new Map<number, Unacknowledged>();
  private readonly early = new Map<number, Required<Frame>>();
  private earlyBytes = 0;
  private last: Frame | undefined;
  private roundTrip = 100;
  private variation = 0;
  private timeout: number = TIMEOUT.first;
  private readonly now: () => number;

  constructor(private readonly props: OrderedStreamProps) {
    this.now = props.now ?? (() => performance.now());
  }

  /** How many messages are not acknowledged. */
  public get unacknowledged(): number {
    return this.waiting.size;
  }

  /** Milliseconds that the oldest message has waited for its acknowledgement; 0 where there is none. */
  public get silence(): number {
    const [oldest] = this.waiting.values();
    return oldest === undefined ? 0 : this.now() - oldest.since;
  }

  /** Sends a message, and again until it is acknowledged. */
  public write(payloadType: number, payload: Buffer): void {
    const frame = { type: this.props.sends, sequence: this.next++, payloadType, payload };
    this.put(frame, 1);
  }

  /**
   * Asks for a sign of life, where no message waits for one: sends the last one again, as an end acknowledges what it has
   * had already. Nothing new reaches the session, so that it stays as idle as it is.
   */
  public probe(): void {
    if (this.waiting.size === 0 && this.last !== undefined) {
      this.put(this.last, 2);
    }
  }

  /** Sends again what has waited too long for its acknowledgement; to be called every 100 ms or so. */
  public resend(): void {
    const now = this.now();
    const most = this.props.resentAtOnce ?? 64;
    let sent = 0;
    for (const one of this.waiting.values()) {
      if (sent === most || now - one.lastSent < this.timeout) {
        return;
      }
      this.sendAgain(one, now);
      sent++;
    }
  }

  /** Sends all again that is not acknowledged: the connection is a new one, and what was on its way is lost. */
  public resendAll(): void {
    this.forgive();
    const now = this.now();
    this.waiting.forEach((one) => this.sendAgain(one, now));
  }

  /** Begins anew to count how long acknowledgements take: none could come until now. */
  public forgive(): void {
    const now = this.now();
    this.waiting.forEach((one) => (one.since = now));
  }

  /** Takes an acknowledgement. */
  public acknowledge(frame: Pick<Frame, "payload">): void {
    const sequence = acknowledged(frame);
    const one = this.waiting.get(sequence);
    if (one === undefined) {
      return;
    }
    this.waiting.delete(sequence);
    // It may be the first sending or the second that is acknowledged.
    if (one.sendings === 1) {
      this.measure(this.now() - one.since);
    }
  }

  /** Takes a message of the other end, and acknowledges it once it is kept or handed on. */
  public receive(frame: Required<Frame>): void {
    if (frame.sequence > this.expected && !this.keep(frame)) {
      return;
    }
    this.props.send(acknowledgement(frame));
    for (let one = frame.sequence === this.expected ? frame : undefined; one !== undefined;) {
      this.expected++;
      this.props.onMessage(one);
      one = this.early.get(this.expected);
      this.early.delete(this.expected);
      this.earlyBytes -= one?.payload.length ?? 0;
    }
  }

  private put(frame: Frame, sendings: number): void {
    const now = this.now();
    this.last = frame;
    this.waiting.set(frame.sequence, { frame, since: now, lastSent: now, sendings });
    this.props.send(frame);
  }

  /** Keeps a message until its turn; false where there is no room for it. */
  private keep(frame: Required<Frame>): boolean {
    if (!this.early.has(frame.sequence)) {
      if (this.earlyBytes + frame.payload.length > MAX_EARLY || this.early.size === MAX_EARLY_MESSAGES) {
        return false;
      }
      this.early.set(frame.sequence, frame);
      this.earlyBytes += frame.payload.length;
    }
    return true;
  }

  private sendAgain(one: Unacknowledged, now: number): void {
    one.lastSent = now;
    one.sendings++;
    this.props.send(one.frame);
  }

  private measure(rtt: number): void {
    this.variation = 0.75 * this.variation + 0.25 * Math.abs(this.roundTrip - rtt);
    this.roundTrip = 0.875 * this.roundTrip + 0.125 * rtt;
    this.timeout = Math.min(this.roundTrip + Math.max(TIMEOUT.margin, 4 * this.variation), TIMEOUT.most);
  }
}
