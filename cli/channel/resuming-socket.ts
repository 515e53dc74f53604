import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewaySocket, type Signer, type SocketTimes } from "./gateway-socket";

/** What leads into a session, once. */
export interface Opening {
  readonly streamUrl: string;
  readonly token: string;
}

/** What a person is told of a session's connection. */
export type ConnectionNews =
  /** The connection is gone, and a way back is looked for. */
  { readonly news: "away"; readonly reason: string } | { readonly news: "back"; readonly seconds: number };

/** Why there is no way back. */
export type NoWayBack = { readonly how: "expired" } | { readonly how: "refused"; readonly error: unknown };

/** What a connection that resumes is made with. */
export interface ResumingSocketProps {
  readonly opening: Opening;
  readonly signer: Signer;
  /** Asks AWS for another way into the session; undefined where there is none any more. */
  readonly resume: () => Promise<Opening | undefined>;
  /** Whether what went wrong when resuming will go wrong again. */
  readonly isLasting: (error: unknown) => boolean;
  readonly onMessage: (bytes: Buffer) => void;
  /** The connection is open, for the first time or again: what was on its way may be lost. */
  readonly onOpen: () => void;
  readonly onNews: (news: ConnectionNews) => void;
  /** The service has given the session up. */
  readonly onGone: (why: NoWayBack) => void;
  /** The version that the client says it has. */
  readonly clientVersion: string;
  readonly times?: SocketTimes;
}

/** Milliseconds until resuming is tried again: at first, and at most. */
const DELAY = { first: 100, most: 5_000 } as const;

/** A connection to the gateway that comes back for as long as the service allows. */
export class ResumingSocket {
  private socket: GatewaySocket | undefined;
  private over = false;
  private paused = false;
  private lastTrouble = "no answer";

  constructor(private readonly props: ResumingSocketProps) {
    void this.open();
  }

  /** Whether messages go through right now. */
  public get isOpen(): boolean {
    return this.socket !== undefined;
  }

  /** Why nothing has come for so many milliseconds, in words. */
  public silentFor(milliseconds: number): string {
    const seconds = milliseconds / 1000;
    return this.isOpen
      ? `the instance's agent sent nothing for ${seconds} s`
      : `Session Manager's gateway was not reached for ${seconds} s (${this.lastTrouble})`;
  }

  /** Sends a message; it is lost where there is no connection. */
  public send(bytes: Buffer): void {
    this.socket?.send(bytes);
  }

  /** Takes nothing from the network for a while. */
  public pause(): void {
    this.paused = true;
    this.socket?.pause();
  }

  public goOn(): void {
    this.paused = false;
    this.socket?.resume();
  }

  /** Ends the connection for good. */
  public end(): void {
    this.over = true;
    this.socket?.end();
    this.socket = undefined;
  }

  private async open(): Promise<void> {
    try {
      await this.connect(this.props.opening);
    } catch (error) {
      // The token may have been used by then: AWS gives another for each try.
      await this.comeBack((error as Error).message);
    }
  }

  private async connect({ streamUrl, token }: Opening): Promise<void> {
    const { signer, times, clientVersion, onMessage, onOpen } = this.props;
    const events = {
      onMessage: (bytes: Buffer) => !this.over && onMessage(bytes),
      onLost: (reason: string) => {
        this.socket = undefined;
        void this.comeBack(reason);
      },
    };
    const socket = await GatewaySocket.open(streamUrl, signer, events, times);
    if (this.over) {
      socket.end();
      return;
    }
    this.socket = socket;
    socket.send(
      JSON.stringify({
        MessageSchemaVersion: "1.0",
        RequestId: randomUUID(),
        TokenValue: token,
        ClientId: randomUUID(),
        ClientVersion: clientVersion,
      }),
    );
    if (this.paused) {
      socket.pause();
    }
    onOpen();
  }

  /** Asks for a way back until there is one, or the service knows none. */
  private async comeBack(reason: string): Promise<void> {
    const { resume, isLasting, onNews, onGone } = this.props;
    const left = performance.now();
    this.lastTrouble = reason;
    if (!this.over) {
      onNews({ news: "away", reason });
    }
    for (let delay: number = DELAY.first; !this.over; delay = Math.min(delay * 2, DELAY.most)) {
      try {
        const opening = await resume();
        if (opening === undefined) {
          return this.over ? undefined : onGone({ how: "expired" });
        }
        await this.connect(opening);
        return this.over ? undefined : onNews({ news: "back", seconds: (performance.now() - left) / 1000 });
      } catch (error) {
        if (isLasting(error)) {
          return this.over ? undefined : onGone({ how: "refused", error });
        }
      }
      await sleep(delay, undefined, { ref: false });
    }
  }
}
