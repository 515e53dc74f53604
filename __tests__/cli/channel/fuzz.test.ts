import { BadFrame, MESSAGE, PAYLOAD, decodeFrame, encodeFrame } from "../../../cli/channel/frame";
import { MUX, MuxReader, encodeMuxFrame } from "../../../cli/channel/mux-frames";
import { OrderedStream } from "../../../cli/channel/ordered-stream";

/** Numbers that look random and are the same each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Bytes that were right, with some of them changed, left out or doubled; or bytes that never were. */
function spoil(good: Buffer, random: (below: number) => number): Buffer {
  if (random(10) === 0) {
    return Buffer.from(Array.from({ length: random(400) }, () => random(256)));
  }
  const bytes = Buffer.from(good);
  for (let change = random(4); change >= 0; change--) {
    bytes[random(bytes.length)] = random(256);
  }
  const at = random(bytes.length);
  return [bytes, bytes.subarray(0, at), Buffer.concat([bytes, bytes.subarray(at)])][random(3)] as Buffer;
}

const RUNS = 10_000;

test(`${RUNS} frames that lie are refused or mean something, and nothing grows with them`, () => {
  const random = numbers(24);
  let [shown, acknowledged, refused] = [0, 0, 0];
  const stream = new OrderedStream({
    sends: MESSAGE.input,
    send: () => acknowledged++,
    onMessage: () => shown++,
  });
  const types = [MESSAGE.output, MESSAGE.acknowledge, MESSAGE.closed, "none such"];
  const payloads = ["", "{}", '{"AcknowledgedMessageSequenceNumber":1e99}', "[".repeat(50), "x".repeat(200)];
  for (let run = 0; run < RUNS; run++) {
    const good = encodeFrame({
      type: types[random(types.length)] as string,
      sequence: random(3) === 0 ? random(50_000) : 2 ** random(53),
      payloadType: random(14),
      payload: Buffer.from(payloads[random(payloads.length)] as string),
    });
    try {
      const frame = decodeFrame(random(2) === 0 ? good : spoil(good, random));
      if (frame.type === MESSAGE.acknowledge) {
        stream.acknowledge(frame);
      } else {
        stream.receive(frame);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(BadFrame);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(RUNS / 10);
  expect(stream.unacknowledged).toBe(0);
  expect(acknowledged).toBeLessThanOrEqual(RUNS);
  expect(shown).toBeLessThan(100);
});

test("messages that come too early are kept up to a bound, whatever an agent sends", () => {
  let acknowledged = 0;
  const stream = new OrderedStream({
    sends: MESSAGE.input,
    send: () => acknowledged++,
    onMessage: () => undefined,
  });
  const payload = Buffer.alloc(60_000);
  for (let sequence = 1; sequence <= 2_000; sequence++) {
    stream.receive({
      ...{ type: MESSAGE.output, sequence, payloadType: PAYLOAD.output, payload },
      ...{ id: "", created: 1, flags: 0 },
    });
  }
  // What is beyond is not acknowledged, so that it comes again.
  expect(acknowledged).toBe(Math.floor((16 * 1024 * 1024) / 60_000));
});

test(`${RUNS} frames of connections that lie end the reader or mean something`, () => {
  const random = numbers(59);
  let ended = 0;
  let reader = new MuxReader();
  for (let run = 0; run < RUNS; run++) {
    const good = encodeMuxFrame({
      ...{ command: random(4), stream: random(100), data: Buffer.alloc(random(300)) },
    });
    try {
      for (const { command, data } of reader.read(random(2) === 0 ? good : spoil(good, random))) {
        expect(command).toBeLessThanOrEqual(MUX.keepAlive);
        expect(data.length).toBeLessThan(2 ** 16);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(BadFrame);
      ended++;
      reader = new MuxReader();
    }
  }
  expect(ended).toBeGreaterThan(100);
});
