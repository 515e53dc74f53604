import { type Server, type Socket, createServer } from "node:net";
import type { DataChannel } from "./data-channel";
import { MUX, MUX_DATA, MuxReader, type MuxFrame, encodeMuxFrame } from "./mux-frames";

/** How long the far end may be quiet after the near one has sent its last, in milliseconds, until both are ended. */
const QUIET = 5_000;

/** Bytes that may wait for one program: beyond, nothing more is taken from the network. */
const MOST_WAITING = 4 * 1024 * 1024;

interface Connection {
  readonly socket: Socket;
  /** Whether the far end was told that it is over. */
  told: boolean;
  quiet?: NodeJS.Timeout;
}

/** The connections of programs to a port of this machine, each carried through a channel to the far end's port. */
export class PortConnections {
  private readonly reader = new MuxReader();
  private readonly connections = new Map<number, Connection>();
  private readonly slow = new Set<Socket>();
  private readonly server: Server;
  private next = 3;
  /** Milliseconds, by the clock of `performance`: when a program last sent or got something. */
  private used = performance.now();

  constructor(private readonly channel: DataChannel) {
    // The far end may have more to say when a program has sent its last.
    this.server = createServer({ allowHalfOpen: true }, (socket) => this.take(socket));
  }

  /** Milliseconds since any program sent or got something. */
  public get idle(): number {
    return performance.now() - this.used;
  }

  /** Listens on this machine alone. Rejects where the port is taken. */
  public async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", resolve);
    });
  }

  /**
   * Takes bytes of the channel.
   *
   * @throws BadFrame where they are no frames of connections.
   */
  public receive(bytes: Buffer): void {
    for (const frame of this.reader.read(bytes)) {
      this.handle(frame);
    }
  }

  /** Ends all connections, and takes no more. */
  public end(): void {
    this.server.close();
    for (const { socket, quiet } of this.connections.values()) {
      clearTimeout(quiet);
      socket.destroy();
    }
    this.connections.clear();
  }

  private take(socket: Socket): void {
    const stream = this.next;
    this.next += 2;
    const connection: Connection = { socket, told: false };
    this.connections.set(stream, connection);
    this.send(MUX.open, stream);
    socket.on("data", (data) => void this.forward(stream, connection, data));
    socket.on("end", () => this.waitQuietly(stream, connection));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(connection.quiet);
      this.slow.delete(socket);
      this.goOnUnlessSlow();
      this.tellEnd(stream, connection);
      this.connections.delete(stream);
    });
  }

  private async forward(stream: number, { socket, told }: Connection, data: Buffer): Promise<void> {
    if (told) {
      return;
    }
    this.used = performance.now();
    for (let at = 0; at < data.length; at += MUX_DATA) {
      this.send(MUX.data, stream, data.subarray(at, at + MUX_DATA));
    }
    if (this.channel.isFull) {
      socket.pause();
      await this.channel.whenDrained();
      socket.resume();
    }
  }

  /**
   * The far end takes the end of one direction for the end of both, and an answer that is still to come would be lost. So it
   * is told when it has been quiet for a while.
   */
  private waitQuietly(stream: number, connection: Connection): void {
    clearTimeout(connection.quiet);
    connection.quiet = setTimeout(() => this.tellEnd(stream, connection), QUIET);
  }

  private tellEnd(stream: number, connection: Connection): void {
    if (!connection.told) {
      connection.told = true;
      this.send(MUX.end, stream);
    }
  }

  private handle({ command, stream, data }: MuxFrame): void {
    const connection = this.connections.get(stream);
    if (connection === undefined) {
      return;
    }
    const { socket } = connection;
    if (command === MUX.data) {
      this.used = performance.now();
      if (connection.quiet !== undefined) {
        this.waitQuietly(stream, connection);
      }
      if (!socket.write(data) && socket.writableLength > MOST_WAITING) {
        this.waitFor(socket);
      }
    } else if (command === MUX.end) {
      this.tellEnd(stream, connection);
      socket.end();
      // What the program still sends has nowhere to go.
      socket.resume();
      if (socket.readableEnded) {
        socket.destroySoon();
      } else {
        connection.quiet = setTimeout(() => socket.destroy(), QUIET);
      }
    }
  }

  private waitFor(socket: Socket): void {
    if (!this.slow.has(socket)) {
      this.slow.add(socket);
      this.channel.pause();
      socket.once("drain", () => {
        this.slow.delete(socket);
        this.goOnUnlessSlow();
      });
    }
  }

  private goOnUnlessSlow(): void {
    if (this.slow.size === 0) {
      this.channel.goOn();
    }
  }

  private send(command: number, stream: number, data?: Buffer): void {
    this.channel.write(encodeMuxFrame({ command, stream, ...(data !== undefined && { data }) }));
  }
}
