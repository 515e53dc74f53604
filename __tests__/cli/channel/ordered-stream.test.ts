import { type Frame, MESSAGE, acknowledged, acknowledgement } from "../../../cli/channel/frame";
import { OrderedStream } from "../../../cli/channel/ordered-stream";

/** A stream with a clock of its own, and all that it sent and handed on. */
function streamAt(start = 1_000, resentAtOnce = 64) {
  const sent: Frame[] = [];
  const taken: string[] = [];
  const clock = { now: start };
  const stream = new OrderedStream({
    sends: MESSAGE.input,
    send: (frame) => sent.push(frame),
    onMessage: ({ payload }) => taken.push(payload.toString()),
    now: () => clock.now,
    resentAtOnce,
  });
  return { stream, sent, taken, clock };
}

const message = (sequence: number, text = `${sequence}`): Required<Frame> => ({
  type: MESSAGE.output,
  sequence,
  payloadType: 1,
  payload: Buffer.from(text),
  id: "00112233-4455-4677-8899-aabbccddee00",
  created: 1,
  flags: 0,
});
const ack = (sequence: number): Frame => acknowledgement(message(sequence));
const acknowledgements = (sent: readonly Frame[]): number[] =>
  sent.filter(({ type }) => type === MESSAGE.acknowledge).map(acknowledged);

describe("what comes", () => {
  test("is handed on once and in order, and always acknowledged", () => {
    const { stream, sent, taken } = streamAt();
    for (const number of [0, 2, 3, 1, 1, 0, 4]) {
      stream.receive(message(number));
    }
    expect(taken).toEqual(["0", "1", "2", "3", "4"]);
    expect(acknowledgements(sent)).toEqual([0, 2, 3, 1, 1, 0, 4]);
  });

  test("too early is kept only as far as there is room, and comes again", () => {
    const { stream, sent, taken } = streamAt();
    const mebibyte = "x".repeat(1024 * 1024);
    for (let number = 1; number <= 20; number++) {
      stream.receive(message(number, mebibyte));
    }
    expect(acknowledgements(sent)).toHaveLength(16);
    for (let number = 0; number <= 20; number++) {
      stream.receive(message(number, mebibyte));
    }
    expect(taken).toHaveLength(21);
  });

  test("far too early is kept by count, too", () => {
    const { stream, sent } = streamAt();
    for (let number = 1; number <= 10_050; number++) {
      stream.receive(message(number, ""));
    }
    expect(acknowledgements(sent)).toHaveLength(10_000);
  });
});

describe("what is sent", () => {
  test("is numbered, and sent again until it is acknowledged", () => {
    const { stream, sent, clock } = streamAt();
    stream.write(1, Buffer.from("a"));
    stream.write(1, Buffer.from("b"));
    clock.now += 199;
    stream.resend();
    expect(sent.map(({ sequence }) => sequence)).toEqual([0, 1]);
    clock.now += 1;
    stream.resend();
    expect(sent.map(({ sequence }) => sequence)).toEqual([0, 1, 0, 1]);
    stream.acknowledge(ack(0));
    stream.acknowledge(ack(0));
    stream.acknowledge(ack(7));
    clock.now += 1_000;
    stream.resend();
    expect(sent.slice(4).map(({ sequence }) => sequence)).toEqual([1]);
    stream.acknowledge(ack(1));
    expect(stream.unacknowledged).toBe(0);
  });

  test("waits longer where acknowledgements take longer, and no longer than a second", () => {
    const { stream, sent, clock } = streamAt();
    for (let round = 0; round < 50; round++) {
      stream.write(1, Buffer.from("a"));
      clock.now += 900;
      stream.acknowledge(ack(round));
    }
    sent.length = 0;
    stream.write(1, Buffer.from("a"));
    clock.now += 890;
    stream.resend();
    expect(sent).toHaveLength(1);
    clock.now += 110;
    stream.resend();
    expect(sent).toHaveLength(2);
  });

  test("is sent again at once on a new connection, all of it", () => {
    const { stream, sent } = streamAt();
    [..."abc"].forEach((letter) => stream.write(1, Buffer.from(letter)));
    stream.acknowledge(ack(1));
    sent.length = 0;
    stream.resendAll();
    expect(sent.map(({ payload }) => payload.toString())).toEqual(["a", "c"]);
  });

  test("silence is counted from the oldest, and anew on a new connection", () => {
    const { stream, clock } = streamAt();
    expect(stream.silence).toBe(0);
    stream.write(1, Buffer.from("a"));
    clock.now += 10_000;
    stream.write(1, Buffer.from("b"));
    expect(stream.silence).toBe(10_000);
    stream.resendAll();
    expect(stream.silence).toBe(0);
  });

  test("a probe sends the last one again, where none waits", () => {
    const { stream, sent, clock } = streamAt();
    stream.probe();
    expect(sent).toEqual([]);
    stream.write(1, Buffer.from("a"));
    stream.probe();
    expect(sent).toHaveLength(1);
    stream.acknowledge(ack(0));
    stream.probe();
    expect(sent).toHaveLength(2);
    clock.now += 15_000;
    expect(stream.silence).toBe(15_000);
    stream.acknowledge(ack(0));
    expect(stream.silence).toBe(0);
  });
});
