import { createHash, createHmac } from "node:crypto";
import type { Agent } from "node:http";
import WebSocket from "ws";
import { MAX_FRAME } from "./frame";

/** Who signs the opening of a channel, and by what way it goes. */
export interface Signer {
  readonly region: string;
  readonly credentials: () => Promise<{
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  }>;
  /**
   * Connects to an address, as through a proxy.
   * @default - straight
   */
  readonly agentFor?: (url: string) => Agent | undefined;
}

/** What the gateway is listened to for. */
export interface SocketEvents {
  readonly onMessage: (bytes: Buffer) => void;
  /** The connection is gone, whoever ended it: once. */
  readonly onLost: (reason: string) => void;
}

/** Milliseconds: until an opening is given up, between two pings, and without any sign of the gateway. */
export interface SocketTimes {
  readonly opening: number;
  readonly ping: number;
  readonly silence: number;
}

const SOCKET_TIMES: SocketTimes = { opening: 10_000, ping: 5_000, silence: 15_000 };

/** The name of AWS's service that a channel is opened at. */
const SERVICE = "ssmmessages";

/** Hashes as the signer wants them. */
class Sha256 {
  private readonly hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash =
      secret === undefined
        ? createHash("sha256")
        : createHmac("sha256", typeof secret === "string" ? secret : Buffer.from(secret as ArrayBuffer));
  }

  public update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(typeof data === "string" ? data : Buffer.from(data as ArrayBuffer));
  }

  public digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

/** A connection to the gateway that notices when nobody is there any more. */
export class GatewaySocket {
  private readonly watch: NodeJS.Timeout;
  private lastSign = performance.now();
  private paused = false;
  private lost = false;

  private constructor(
    private readonly socket: WebSocket,
    private readonly events: SocketEvents,
    times: SocketTimes,
  ) {
    const alive = (): void => {
      this.lastSign = performance.now();
    };
    socket.on("message", (data: Buffer, isBinary) => {
      alive();
      // All that the gateway says of a session is binary.
      if (isBinary) {
        events.onMessage(data);
      }
    });
    socket.on("pong", alive);
    socket.on("ping", alive);
    socket.on("error", (error) => this.lose(error.message));
    socket.on("close", (code) => this.lose(`the gateway closed the connection (${code})`));
    this.watch = setInterval(() => {
      const silence = performance.now() - this.lastSign;
      if (this.paused) {
        alive();
      } else if (silence > times.silence) {
        this.lose(`no sign of the gateway for ${Math.round(silence / 1000)} s`);
      } else if (socket.readyState === WebSocket.OPEN) {
        socket.ping();
      }
    }, times.ping);
  }

  /** Opens a connection. Rejects where that fails, or takes too long. */
  public static async open(
    url: string,
    signer: Signer,
    events: SocketEvents,
    times: SocketTimes = SOCKET_TIMES,
  ): Promise<GatewaySocket> {
    const socket = new WebSocket(url, {
      headers: await signedHeaders(url, signer),
      handshakeTimeout: times.opening,
      maxPayload: MAX_FRAME,
      perMessageDeflate: false,
      agent: signer.agentFor?.(url),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return new GatewaySocket(socket, events, times);
  }

  public send(data: Buffer | string): void {
    if (this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(data);
    }
  }

  /** Takes nothing from the network for a while: who is to have it is slow. */
  public pause(): void {
    this.paused = true;
    this.socket.pause();
  }

  public resume(): void {
    this.paused = false;
    this.socket.resume();
  }

  /** Ends the connection without a word to the other side. */
  public end(): void {
    this.lost = true;
    this.close();
  }

  private lose(reason: string): void {
    if (!this.lost) {
      this.lost = true;
      this.close();
      this.events.onLost(reason);
    }
  }

  private close(): void {
    clearInterval(this.watch);
    this.socket.terminate();
  }
}

/** The headers that tell who opens it; none where the address itself is signed. */
async function signedHeaders(url: string, { region, credentials }: Signer): Promise<Record<string, string>> {
  const { hostname, host, pathname, searchParams, protocol } = new URL(url);
  if ([...searchParams.keys()].some((name) => name.toLowerCase().startsWith("x-amz-"))) {
    return {};
  }
  const { SignatureV4 } = await import("@smithy/signature-v4");
  const signer = new SignatureV4({ service: SERVICE, region, credentials, sha256: Sha256 });
  const { headers } = await signer.sign({
    method: "GET",
    protocol,
    hostname,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: { host },
  });
  return headers;
}
