import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionNews, NoWayBack } from "../channel/resuming-socket";
import { type BegunSession, beginSession } from "./aws-session";
import type { SessionRequest } from "./start-session";

/** What a tunnel tells while it is there. */
export interface TunnelHooks {
  /** It carries: AWS did not end the session when the agent looked for the target. */
  readonly onOpen: (sessionId: string) => void;
  readonly onUnreachable: () => void;
  readonly onNews: (news: ConnectionNews) => void;
}

/** Why a session is no more. */
export interface SessionOver {
  /** Whether AWS has ended it, so that nothing of it is left there. */
  readonly closed: boolean;
  /** What AWS or the agent said; empty where it ended as an end of it wished. */
  readonly output: string;
  /** What went wrong otherwise: an error, or words. */
  readonly trouble?: unknown;
}

/** Why a tunnel is no more. */
export interface TunnelEnd extends SessionOver {
  /** Whether AWS began a session at all. */
  readonly started: boolean;
}

/** A tunnel that was asked for. */
export interface TunnelAttempt {
  readonly ended: Promise<TunnelEnd>;
  /** Has it end in good order, which takes some seconds at most. */
  readonly end: () => void;
}

/** Opens a tunnel once. */
export type OpenTunnel = (request: SessionRequest, localPort: number, hooks: TunnelHooks) => TunnelAttempt;

/** What a client has opened for a tunnel. */
export interface OpenedTunnel {
  /** Asks the far end for a sign of life. */
  readonly probe: () => void;
  /** Milliseconds since any program sent or got something. */
  readonly idle: () => number;
  /** Asks the far end to end the session. */
  readonly leave: () => void;
  /** Lets go of everything. */
  readonly close: () => void;
}

/** What a client tells of its tunnel. */
export interface TunnelSays {
  /** Programs can connect. */
  readonly listens: () => void;
  readonly ends: (over: SessionOver) => void;
}

/** The agent looks for the target when the session has begun already, and refuses it then: milliseconds. */
const REFUSAL = 1_000;
/** How often an open tunnel is asked for a sign of life; no more when nobody has used it for so long. */
const PROBE = { every: 5_000, idle: 300_000 } as const;
/** How long the far end may take to end a session in good order. */
const GOOD_ORDER = 2_000;

/** Begins a session, has a client open a tunnel in it, and sees to it that it is ended once, at the service too. */
export function attemptTunnel(
  request: SessionRequest,
  { onOpen }: TunnelHooks,
  open: (session: BegunSession, says: TunnelSays) => OpenedTunnel,
): TunnelAttempt {
  let leave: () => void = () => undefined;
  let left = false;
  const run = async (): Promise<TunnelEnd> => {
    let session: BegunSession;
    try {
      session = await beginSession(request);
    } catch (error) {
      return { closed: true, output: "", trouble: error, started: false };
    }
    let [over, probes]: [boolean, NodeJS.Timeout | undefined] = [false, undefined];
    let ends: (over: SessionOver) => void = () => undefined;
    const ended = new Promise<SessionOver>((resolve) => (ends = resolve));
    const listens = async (): Promise<void> => {
      opened.probe();
      await sleep(REFUSAL, undefined, { ref: false });
      if (!over) {
        onOpen(session.id);
        probes = setInterval(() => opened.idle() < PROBE.idle && opened.probe(), PROBE.every);
      }
    };
    const opened = open(session, { ends, listens: () => void listens() });
    leave = () => {
      opened.leave();
      setTimeout(() => ends({ closed: false, output: "" }), GOOD_ORDER).unref();
    };
    if (left) {
      leave();
    }
    const end = await ended;
    over = true;
    clearInterval(probes);
    opened.close();
    if (!end.closed) {
      await session.terminate();
    }
    return { ...end, started: true };
  };
  return {
    ended: run(),
    end: () => {
      left = true;
      leave();
    },
  };
}

/** The end of a session that nobody ended, of which the way back is not known. */
export function withoutWayBack(why: NoWayBack): SessionOver {
  return why.how === "expired"
    ? { closed: true, output: "", trouble: EXPIRED }
    : { closed: false, output: "", trouble: why.error };
}

/** The end of a session whose other end is silent. */
export function silentFor(seconds: number): SessionOver {
  return { closed: false, output: "", trouble: `the instance has not answered for ${seconds} s` };
}

/** What is said of a session that AWS knows no more when its connection could come back. */
export const EXPIRED = "AWS has given the session up while the connection was lost";
