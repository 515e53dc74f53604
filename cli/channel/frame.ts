import { createHash, randomUUID } from "node:crypto";

/** Kinds of messages that a session's channel carries. */
export const MESSAGE = {
  /** Of the agent, in order. */
  output: "output_stream_data",
  /** Of the client, in order. */
  input: "input_stream_data",
  acknowledge: "acknowledge",
  /** Of the gateway: both ends are there. */
  start: "start_publication",
  /** Of the gateway: the session has ended. */
  closed: "channel_closed",
} as const;

/** What the payload of a message in a stream is. */
export const PAYLOAD = {
  none: 0,
  output: 1,
  size: 3,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
  challenge: 8,
  challengeResponse: 9,
  flag: 10,
  stderr: 11,
  exitCode: 12,
} as const;

/** A message of a session's channel. */
export interface Frame {
  /** One of {@link MESSAGE}, or one that is not known. */
  readonly type: string;
  /** Counts the messages of a stream from 0. */
  readonly sequence: number;
  /** One of {@link PAYLOAD}, or one that is not known. */
  readonly payloadType: number;
  readonly payload: Buffer;
  /**
   * A UUID.
   * @default - a new one
   */
  readonly id?: string;
  /**
   * Milliseconds since 1970.
   * @default - now
   */
  readonly created?: number;
  /** @default 0 */
  readonly flags?: number;
}

/** Bytes before the payload. */
const HEADER = 120;
const SCHEMA_VERSION = 1;
/** The header's own length, which does not count the four bytes that say it. */
const HEADER_LENGTH = HEADER - 4;
const TYPE = { start: 4, end: 36 } as const;
const DIGEST = { start: 80, end: 112 } as const;

/** The largest message that is taken: an agent sends 1,024 bytes, and has been seen to be understood with 60,000. */
export const MAX_FRAME = 1024 * 1024;

/** Bytes that are no message of a session. */
export class BadFrame extends Error {}

/** The bytes of a message. */
export function encodeFrame(frame: Frame): Buffer {
  const { type, sequence, payloadType, payload, id = randomUUID(), created = Date.now(), flags = 0 } = frame;
  const bytes = Buffer.alloc(HEADER + payload.length);
  bytes.writeUInt32BE(HEADER_LENGTH, 0);
  bytes.fill(" ", TYPE.start, TYPE.end).write(type, TYPE.start, TYPE.end - TYPE.start, "latin1");
  bytes.writeUInt32BE(SCHEMA_VERSION, 36);
  bytes.writeBigUInt64BE(BigInt(created), 40);
  bytes.writeBigInt64BE(BigInt(sequence), 48);
  bytes.writeBigUInt64BE(BigInt(flags), 56);
  const uuid = Buffer.from(id.replaceAll("-", ""), "hex");
  // The halves of a UUID change places.
  uuid.copy(bytes, 64, 8, 16);
  uuid.copy(bytes, 72, 0, 8);
  sha256(payload).copy(bytes, DIGEST.start);
  bytes.writeUInt32BE(payloadType, 112);
  bytes.writeUInt32BE(payload.length, 116);
  payload.copy(bytes, HEADER);
  return bytes;
}

/**
 * Reads a message.
 *
 * @throws BadFrame where the bytes contradict themselves: they are too short or too long, or the digest is another.
 */
export function decodeFrame(bytes: Buffer): Required<Frame> {
  if (bytes.length < HEADER || bytes.length > MAX_FRAME) {
    throw new BadFrame(`a message of ${bytes.length} bytes; allowed: ${HEADER} to ${MAX_FRAME}`);
  }
  const start = bytes.readUInt32BE(0) + 4;
  const length = bytes.readUInt32BE(116);
  // A longer header is none that this knows, so that its payload cannot be where it says.
  if (start !== HEADER || start + length !== bytes.length) {
    throw new BadFrame(`${bytes.length} bytes with a header of ${start} and a payload of ${length}`);
  }
  const type = bytes.toString("latin1", TYPE.start, TYPE.end).replace(/[ \0]+$/, "");
  const created = Number(bytes.readBigUInt64BE(40));
  const sequence = Number(bytes.readBigInt64BE(48));
  if (type === "" || created === 0 || !Number.isSafeInteger(sequence) || sequence < 0) {
    throw new BadFrame(`a message of type "${type}", created ${created}, with number ${sequence}`);
  }
  const payload = bytes.subarray(HEADER);
  if (length > 0 && !sha256(payload).equals(bytes.subarray(DIGEST.start, DIGEST.end))) {
    throw new BadFrame(`the digest of message ${sequence} is not that of its payload`);
  }
  const uuid = Buffer.concat([bytes.subarray(72, 80), bytes.subarray(64, 72)]).toString("hex");
  return {
    type,
    sequence,
    payloadType: bytes.readUInt32BE(112),
    payload,
    id: uuid.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
    created,
    flags: Number(bytes.readBigUInt64BE(56)),
  };
}

/** A message that is in no stream: it is sent once, and not acknowledged. */
export function controlFrame(type: string, payload: object): Frame {
  return {
    type,
    sequence: 0,
    payloadType: PAYLOAD.none,
    payload: Buffer.from(JSON.stringify(payload)),
    flags: 3,
  };
}

/** The message that acknowledges another. */
export function acknowledgement(frame: Pick<Required<Frame>, "type" | "id" | "sequence">): Frame {
  return controlFrame(MESSAGE.acknowledge, {
    AcknowledgedMessageType: frame.type,
    AcknowledgedMessageId: frame.id,
    AcknowledgedMessageSequenceNumber: frame.sequence,
    IsSequentialMessage: true,
  });
}

/** The number that a message acknowledges; below 0 where it names none. */
export function acknowledged({ payload }: Pick<Frame, "payload">): number {
  const { AcknowledgedMessageSequenceNumber: number } = jsonPayload(payload);
  return typeof number === "number" && Number.isSafeInteger(number) ? number : -1;
}

/** Why a session was ended, as the gateway's last message says it; empty where it ended by the wish of an end. */
export function closedWith({ payload }: Pick<Frame, "payload">): string {
  const { Output: output } = jsonPayload(payload);
  return typeof output === "string" ? output.trim() : "";
}

/** The members of a payload that is a JSON object; none where it is none. */
export function jsonPayload(payload: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(payload.toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function sha256(payload: Buffer): Buffer {
  return createHash("sha256").update(payload).digest();
}
