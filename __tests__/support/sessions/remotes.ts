import { spawn } from "node:child_process";
import { type Socket, connect } from "node:net";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { FLAG } from "../../../cli/channel/data-channel";
import { MUX, MUX_DATA, MuxReader, encodeMuxFrame } from "../../../cli/channel/mux-frames";
import type { Remote, Said } from "./stand-in-agent";

/** The prompt of remote shells. */
export const PROMPT = /[#$] $/;

/** A shell on a terminal of its own. */
export function shellRemote(
  command: readonly string[] = ["bash", "--norc", "--noprofile", "--posix"],
  onBytes: (bytes: Buffer) => void = () => undefined,
): (said: Said) => Remote {
  return ({ bytes, over }) => {
    const child = spawn("python3", [join(__dirname, "terminal.py"), ...command], {
      env: { PATH: process.env.PATH, HOME: "/", TERM: "xterm-256color", LANG: "C.UTF-8" },
      stdio: ["pipe", "pipe", "inherit", "pipe"],
    });
    const [keys, shown, , sizes] = child.stdio as unknown as [Writable, Readable, null, Writable];
    shown.on("data", (data: Buffer) => {
      onBytes(data);
      bytes(data);
    });
    child.on("close", () => over());
    // The shell may have ended when the last keys come.
    [keys, sizes].forEach((stream) => stream.on("error", () => undefined));
    return {
      onBytes: (typed) => keys.write(typed),
      onSize: (cols, rows) => sizes.write(`${cols} ${rows}\n`),
      end: () => keys.end(),
    };
  };
}

/** A shell that says this, and ends with these words of the agent. */
export function saysRemote(text: string, output = ""): (said: Said) => Remote {
  return ({ bytes, over }) => {
    bytes(Buffer.from(text));
    over(output);
    return { onBytes: () => undefined, end: () => undefined };
  };
}

/** How the far end of a tunnel behaves. */
export interface PortRemoteProps {
  /** Answers nothing to whoever connects, as behind a firewall that drops. @default false */
  readonly blackHole?: boolean;
  /** Keeps the far connection open when the client has sent its last, which AWS's agent does not. @default false */
  readonly halfClose?: boolean;
  /** Whether connections are multiplexed. @default true */
  readonly multiplexed?: boolean;
}

/** A port of this machine, to which the connections of a tunnel lead. */
export function portRemote(port: number, props: PortRemoteProps = {}): (said: Said) => Remote {
  return (said) => (props.multiplexed === false ? plainPort(port, said) : muxPort(port, props, said));
}

function muxPort(
  port: number,
  { blackHole, halfClose }: PortRemoteProps,
  { bytes, flag, over }: Said,
): Remote {
  const reader = new MuxReader();
  const sockets = new Map<number, Socket>();
  const say = (command: number, stream: number, data?: Buffer): void =>
    bytes(encodeMuxFrame({ command, stream, ...(data && { data }) }));
  const open = (stream: number): void => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    sockets.set(stream, socket);
    let connected = false;
    socket.on("connect", () => (connected = true));
    socket.on("data", (data) => {
      for (let at = 0; at < data.length; at += MUX_DATA) {
        say(MUX.data, stream, data.subarray(at, at + MUX_DATA));
      }
    });
    socket.on("end", () => socket.end());
    socket.on("error", () => {
      if (!connected) {
        flag(FLAG.portUnreachable);
      }
    });
    socket.on("close", () => {
      sockets.delete(stream);
      say(MUX.end, stream);
    });
  };
  const end = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    onBytes: (all) => {
      for (const { command, stream, data } of reader.read(all)) {
        if (command === MUX.open && !blackHole) {
          open(stream);
        } else if (command === MUX.data) {
          sockets.get(stream)?.write(data);
        } else if (command === MUX.end) {
          sockets.get(stream)?.end();
          if (!halfClose) {
            sockets.get(stream)?.destroy();
          }
        }
      }
    },
    onFlag: (one) => {
      if (one === FLAG.terminate) {
        end();
        over();
      }
    },
    end,
  };
}

/** One connection at a time, as agents before 3.0.196.1 have it. */
function plainPort(port: number, { bytes, flag, over }: Said): Remote {
  let socket: Socket | undefined;
  const end = (): void => {
    socket?.destroy();
    socket = undefined;
  };
  return {
    onBytes: (data) => {
      if (socket === undefined) {
        socket = connect(port, "127.0.0.1");
        socket.on("data", bytes);
        socket.on("error", () => flag(FLAG.portUnreachable));
      }
      socket.write(data);
    },
    onFlag: (one) => {
      end();
      if (one === FLAG.terminate) {
        over();
      }
    },
    end,
  };
}
