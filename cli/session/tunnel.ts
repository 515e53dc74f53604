import type { SessionEnd } from "./session-ends";
import type { TunnelAttempt, TunnelEnd, TunnelHooks } from "./tunnel-attempt";

/** How long a tunnel waits, in milliseconds. */
export interface TunnelTimes {
  /** Before it is opened again for the first time; twice as long each time after. */
  readonly firstDelay: number;
  /** The longest it waits before that. */
  readonly longestDelay: number;
  /** How long it must have been open for delays and tries to be counted anew. */
  readonly settled: number;
  /** How long its client may take to open it. */
  readonly opening: number;
}

/** What people wait for. */
const TUNNEL_TIMES: TunnelTimes = {
  firstDelay: 1_000,
  longestDelay: 30_000,
  settled: 60_000,
  opening: 45_000,
};

/** What happens to a tunnel. */
export type TunnelEvent =
  | { readonly event: "opening" }
  | { readonly event: "open"; readonly sessionId: string }
  | { readonly event: "unreachable" }
  /** Its connection is lost, and comes back for as long as AWS keeps the session. */
  | { readonly event: "away"; readonly reason: string }
  | { readonly event: "back"; readonly seconds: number }
  | { readonly event: "dropped"; readonly reason: string; readonly seconds: number }
  | { readonly event: "failed"; readonly reason: string }
  | { readonly event: "closed" };

/** What opens a tunnel, and what to make of it. */
export interface TunnelProps {
  readonly open: (hooks: TunnelHooks) => TunnelAttempt;
  readonly onEvent: (event: TunnelEvent) => void;
  /** Says what keeps it from being opened on this machine; undefined where nothing does. */
  readonly obstacle: () => Promise<string | undefined>;
  /** Why it ended, in words; undefined where an end of it wished that. */
  readonly explain: (end: TunnelEnd) => SessionEnd | undefined;
  /**
   * How long it waits.
   * @default TUNNEL_TIMES
   */
  readonly times?: TunnelTimes;
}

/** What came of opening it once. */
interface Outcome extends SessionEnd {
  /** Milliseconds that it was open; not a number where it never was. */
  readonly openFor: number;
  readonly started: boolean;
  /** Whether the agent refused it, or AWS did. */
  readonly refused: boolean;
}

/** How many sessions may be started before one is ever open: each is a notice to those who watch. */
const MAX_NEVER_OPENED = 5;
/** How many may be refused one after the other for a reason that stays. */
const MAX_REFUSED = 3;

/** One tunnel: opened again whenever it drops, until it is stopped or can never be open. */
export class Tunnel {
  /** Whether it has been open. */
  public wasOpen = false;

  private readonly times: TunnelTimes;
  private current: TunnelAttempt | undefined;
  private stopped = false;
  private wake: () => void = () => undefined;

  constructor(private readonly props: TunnelProps) {
    this.times = props.times ?? TUNNEL_TIMES;
  }

  /** Keeps it open: true where it was stopped, false where it can never be open. */
  public async run(): Promise<boolean> {
    const { onEvent } = this.props;
    let delay = this.times.firstDelay;
    let [neverOpened, refused] = [0, 0];
    while (!this.stopped) {
      onEvent({ event: "opening" });
      const outcome = await this.attempt();
      if (this.stopped) {
        break;
      }
      if (outcome.openFor >= this.times.settled) {
        [delay, refused] = [this.times.firstDelay, 0];
      }
      neverOpened += Number(outcome.started && !this.wasOpen);
      refused = outcome.lasting && outcome.refused ? refused + 1 : 0;
      const isHopeless = outcome.lasting && (!outcome.refused || refused === MAX_REFUSED);
      if (isHopeless || neverOpened === MAX_NEVER_OPENED) {
        onEvent({ event: "failed", reason: outcome.text });
        return false;
      }
      onEvent({ event: "dropped", reason: outcome.text, seconds: delay / 1000 });
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
    this.current?.end();
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

  private async attempt(): Promise<Outcome> {
    const obstacle = await this.props.obstacle();
    return obstacle === undefined && !this.stopped
      ? this.open()
      : { openFor: Number.NaN, text: obstacle ?? "", lasting: true, started: false, refused: false };
  }

  /** Opens it once, until it ends. */
  private async open(): Promise<Outcome> {
    const { open, explain, onEvent } = this.props;
    let opened = Number.NaN;
    const attempt = open({
      onOpen: (sessionId) => {
        opened = performance.now();
        clearTimeout(overdue);
        this.wasOpen = true;
        onEvent({ event: "open", sessionId });
      },
      onUnreachable: () => onEvent({ event: "unreachable" }),
      onNews: (news) =>
        onEvent(
          news.news === "away"
            ? { event: "away", reason: news.reason }
            : { event: "back", seconds: news.seconds },
        ),
    });
    this.current = attempt;
    // The plugin waits for good where another program has taken the port meanwhile, and says nothing.
    let late: string | undefined;
    const overdue = setTimeout(() => {
      late = `not open after ${this.times.opening / 1000} s`;
      attempt.end();
    }, this.times.opening);
    const end = await attempt.ended;
    clearTimeout(overdue);
    this.current = undefined;
    const { text, lasting } = explain(end) ?? { text: late ?? "it was ended elsewhere", lasting: false };
    const openFor = performance.now() - opened;
    return { openFor, text, lasting, started: end.started, refused: end.output !== "" };
  }
}
