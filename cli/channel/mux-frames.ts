import { BadFrame } from "./frame";

/** What a frame of multiplexed connections says. */
export const MUX = { open: 0, end: 1, data: 2, keepAlive: 3 } as const;

/** A frame of multiplexed connections: smux, version 1, https://github.com/xtaci/smux. */
export interface MuxFrame {
  /** One of {@link MUX}. */
  readonly command: number;
  /** The connection that it is of. */
  readonly stream: number;
  readonly data: Buffer;
}

const VERSION = 1;
const HEADER = 8;
const EMPTY: Buffer = Buffer.alloc(0);

/** The most data that a frame is sent with. */
export const MUX_DATA = 32_768;

/** The bytes of a frame. */
export function encodeMuxFrame({
  command,
  stream,
  data = EMPTY,
}: Omit<MuxFrame, "data"> & Partial<MuxFrame>): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(VERSION, 0);
  header.writeUInt8(command, 1);
  header.writeUInt16LE(data.length, 2);
  header.writeUInt32LE(stream, 4);
  return Buffer.concat([header, data]);
}

/** Reads frames from a stream of bytes, which is cut anywhere. */
export class MuxReader {
  private rest = EMPTY;

  /**
   * The frames that are whole with these bytes.
   *
   * @throws BadFrame where they are of another version, or say what this does not know.
   */
  public read(bytes: Buffer): MuxFrame[] {
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const frames: MuxFrame[] = [];
    let at = 0;
    while (all.length - at >= HEADER) {
      const [version, command] = [all.readUInt8(at), all.readUInt8(at + 1)];
      if (version !== VERSION || command > MUX.keepAlive) {
        throw new BadFrame(`a frame of connections with version ${version} and command ${command}`);
      }
      const end = at + HEADER + all.readUInt16LE(at + 2);
      if (end > all.length) {
        break;
      }
      frames.push({ command, stream: all.readUInt32LE(at + 4), data: all.subarray(at + HEADER, end) });
      at = end;
    }
    this.rest = all.subarray(at);
    return frames;
  }
}
