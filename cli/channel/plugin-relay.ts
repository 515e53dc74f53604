import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import {
  BadFrame,
  type Frame,
  MAX_FRAME,
  MESSAGE,
  acknowledged,
  acknowledgement,
  closedWith,
  controlFrame,
  decodeFrame,
  encodeFrame,
  jsonPayload,
} from "./frame";
import { ResumingSocket, type ResumingSocketProps } from "./resuming-socket";
import { SeenNumbers } from "./seen-numbers";
import { CHANNEL_TIMES, SilenceWatch } from "./silence-watch";

/** What a relay is made with. */
export interface PluginRelayProps extends Omit<
  ResumingSocketProps,
  "onMessage" | "onOpen" | "clientVersion"
> {
  /** AWS has ended the session, and says why where not by the wish of an end. */
  readonly onClosed: (output: string) => void;
  /** The agent has acknowledged nothing for so many seconds. */
  readonly onSilent: (seconds: number) => void;
}

/** Bytes that may wait for the plugin: beyond, nothing more is taken from the network. */
const MOST_WAITING = 4 * 1024 * 1024;

interface Pending {
  readonly bytes: Buffer;
  since: number;
}

/**
 * Stands between AWS's plugin and the gateway, on this machine alone, and does what the plugin leaves undone: it acknowledges
 * again what the plugin has had already, comes back for as long as the service allows, notices when nobody answers, and
 * knows why the session ended. It reads no content: a session with a key of KMS is encrypted between plugin and agent.
 */
export class PluginRelay {
  private readonly secret = randomBytes(32).toString("hex");
  private readonly server = createServer((_, response) => response.writeHead(404).end());
  private readonly sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME });
  private readonly pending = new Map<number, Pending>();
  private readonly had = new SeenNumbers();
  private upstream: ResumingSocket | undefined;
  private plugin: WebSocket | undefined;
  private last: { readonly sequence: number; readonly bytes: Buffer } | undefined;
  private watch: NodeJS.Timeout | undefined;
  private readonly silence: SilenceWatch;
  private used = performance.now();
  private heard = false;
  private opened = 0;

  constructor(private readonly props: PluginRelayProps) {
    this.silence = new SilenceWatch(CHANNEL_TIMES.silence, props.onSilent);
    this.server.on("upgrade", (request, socket, head) => {
      // Another program of this machine knows no secret; and a session has one client.
      if (request.url !== `/${this.secret}` || this.plugin !== undefined) {
        socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (plugin) => this.accept(plugin));
    });
  }

  /** Has it listen: the address that the plugin is told. */
  public async start(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(0, "127.0.0.1", resolve);
    });
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/${this.secret}`;
  }

  /** Asks the agent for a sign of life, where no message waits for one: it acknowledges again what it has had. */
  public probe(): void {
    if (this.pending.size === 0 && this.last !== undefined) {
      this.pending.set(this.last.sequence, { bytes: this.last.bytes, since: performance.now() });
      this.upstream?.send(this.last.bytes);
    }
  }

  /** Milliseconds since either end sent anything new. */
  public get idle(): number {
    return performance.now() - this.used;
  }

  /** Tells the plugin that the session is over, and why: it shows that, and ends. */
  public close(output: string): void {
    const payload = { MessageType: MESSAGE.closed, SchemaVersion: 1, Output: output };
    this.plugin?.send(encodeFrame(controlFrame(MESSAGE.closed, payload)));
  }

  /** Ends both connections. */
  public end(): void {
    clearInterval(this.watch);
    this.upstream?.end();
    this.plugin?.terminate();
    this.server.close();
  }

  private accept(plugin: WebSocket): void {
    this.plugin = plugin;
    plugin.on("error", () => plugin.terminate());
    plugin.on("close", () => this.end());
    plugin.on("message", (data: Buffer, isBinary) => {
      if (isBinary) {
        this.fromPlugin(data);
      } else {
        this.open(data.toString());
      }
    });
  }

  /** The plugin shows the token that it was given: it is that of the session's opening. */
  private open(text: string): void {
    const { TokenValue: token, ClientVersion: version } = jsonPayload(Buffer.from(text));
    if (this.upstream !== undefined || token !== this.props.opening.token) {
      this.end();
      return;
    }
    this.upstream = new ResumingSocket({
      ...this.props,
      clientVersion: String(version),
      onMessage: (bytes) => this.fromGateway(bytes),
      onOpen: () => this.sendPending(),
    });
    this.opened = performance.now();
    this.watch = setInterval(() => this.look(), 500);
  }

  private fromPlugin(bytes: Buffer): void {
    const frame = readable(bytes);
    if (frame?.type === MESSAGE.input) {
      this.used = performance.now();
      this.last = { sequence: frame.sequence, bytes };
      const since = this.pending.get(frame.sequence)?.since ?? performance.now();
      this.pending.set(frame.sequence, { bytes, since });
    } else if (frame?.type === MESSAGE.acknowledge) {
      this.had.add(acknowledged(frame));
    }
    this.upstream?.send(bytes);
  }

  private fromGateway(bytes: Buffer): void {
    const frame = readable(bytes);
    if (frame === undefined) {
      // The plugin drops what is no message, too.
      return;
    }
    if (frame.type === MESSAGE.output && this.had.has(frame.sequence)) {
      this.upstream?.send(encodeFrame(acknowledgement(frame)));
      return;
    }
    if (frame.type === MESSAGE.output) {
      this.heard = true;
      this.used = performance.now();
    } else if (frame.type === MESSAGE.acknowledge) {
      this.pending.delete(acknowledged(frame));
    } else if (frame.type === MESSAGE.closed) {
      this.props.onClosed(closedWith(frame));
    }
    this.toPlugin(bytes);
  }

  private toPlugin(bytes: Buffer): void {
    const { plugin, upstream } = this;
    plugin?.send(bytes, () => {
      if (plugin.bufferedAmount === 0) {
        upstream?.goOn();
      }
    });
    if (plugin !== undefined && plugin.bufferedAmount > MOST_WAITING) {
      upstream?.pause();
    }
  }

  /** What was on its way when the connection went is lost. */
  private sendPending(): void {
    for (const one of this.pending.values()) {
      one.since = performance.now();
      this.upstream?.send(one.bytes);
    }
  }

  private look(): void {
    const { agent } = CHANNEL_TIMES;
    if (!this.heard && this.upstream !== undefined && performance.now() - this.opened > agent) {
      this.heard = true;
      this.props.onGone({ how: "refused", error: this.upstream.silentFor(agent) });
    }
    const [oldest] = this.pending.values();
    this.silence.look(oldest === undefined || !this.upstream?.isOpen ? 0 : performance.now() - oldest.since);
  }
}

/** A message; undefined where the bytes are none. */
function readable(bytes: Buffer): Required<Frame> | undefined {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    if (error instanceof BadFrame) {
      return undefined;
    }
    throw error;
  }
}
