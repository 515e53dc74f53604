import { randomBytes } from "node:crypto";
import {
  BadFrame,
  MAX_FRAME,
  acknowledged,
  acknowledgement,
  decodeFrame,
  encodeFrame,
} from "../../../cli/channel/frame";
import VECTORS from "../../support/sessions/frames.json";

const frames = VECTORS.frames.map((one) => [one.name, Buffer.from(one.hex, "hex"), one.decoded] as const);
const keys = frames.find(([name]) => name === "typed keys")?.[1] ?? Buffer.alloc(0);

test.each(frames)("%s is read as it is, and written to the same bytes", (_name, bytes, decoded) => {
  const frame = decodeFrame(bytes);
  expect({
    messageType: frame.type,
    createdDate: frame.created,
    sequenceNumber: frame.sequence,
    flags: frame.flags,
    messageId: frame.id,
    payloadType: frame.payloadType,
    payloadLength: frame.payload.length,
    ...("payloadText" in decoded && { payloadText: frame.payload.toString() }),
  }).toEqual(decoded);
  expect(encodeFrame(frame).equals(bytes)).toBe(true);
});

test("an acknowledgement has the keys of AWS's plugin, in its order", () => {
  const [, bytes] = frames.find(([name]) => name === "acknowledge") ?? [];
  const frame = decodeFrame(bytes ?? Buffer.alloc(0));
  const [, request = Buffer.alloc(0)] = frames.find(([name]) => name === "handshake request") ?? [];
  expect(acknowledgement(decodeFrame(request)).payload.toString()).toBe(frame.payload.toString());
  expect(acknowledged(frame)).toBe(0);
});

function changed(at: number, bytes: Buffer): Buffer {
  const copy = Buffer.from(keys);
  bytes.copy(copy, at);
  return copy;
}

test.each([
  ["nothing", Buffer.alloc(0)],
  ["a header alone that is cut", keys.subarray(0, 119)],
  ["a payload that is cut", keys.subarray(0, keys.length - 1)],
  ["a byte too many", Buffer.concat([keys, Buffer.from("x")])],
  ["a header's length beyond the message", changed(0, Buffer.from("ffffffff", "hex"))],
  ["a payload's length beyond the message", changed(116, Buffer.from("ffffffff", "hex"))],
  ["a payload's length below the message's", changed(116, Buffer.from("00000001", "hex"))],
  ["no type", changed(4, Buffer.alloc(32, " "))],
  ["no date", changed(40, Buffer.alloc(8))],
  ["a number below 0", changed(48, Buffer.alloc(8, 0xff))],
  ["a number that cannot be counted to", changed(48, Buffer.from("7fffffffffffffff", "hex"))],
  ["another digest", changed(80, Buffer.alloc(32))],
  ["more than is taken", Buffer.alloc(MAX_FRAME + 1)],
])("refuses %s", (_what, bytes) => {
  expect(() => decodeFrame(bytes)).toThrow(BadFrame);
});

test("10,000 random and mutated messages are read or refused, and nothing else", () => {
  for (let round = 0; round < 10_000; round++) {
    const [, base = keys] = frames[round % frames.length] ?? [];
    const bytes = round % 4 === 0 ? randomBytes(round % 300) : Buffer.from(base);
    for (let flips = 0; bytes.length > 0 && flips < 1 + (round % 3); flips++) {
      bytes[randomBytes(4).readUInt32BE() % bytes.length] = randomBytes(1).readUInt8();
    }
    try {
      decodeFrame(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(BadFrame);
    }
  }
});
