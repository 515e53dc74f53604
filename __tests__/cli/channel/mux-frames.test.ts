import { BadFrame } from "../../../cli/channel/frame";
import { MUX, MuxReader, encodeMuxFrame } from "../../../cli/channel/mux-frames";
import VECTORS from "../../support/sessions/frames.json";

test.each(VECTORS.smux.map((one) => [one.name, one] as const))("%s", (_name, vector) => {
  const bytes = Buffer.from(vector.hex, "hex");
  const data = Buffer.from(vector.dataText);
  const frame = { command: vector.command, stream: vector.streamId, data };
  expect(encodeMuxFrame(frame).toString("hex")).toBe(vector.hex);
  expect(new MuxReader().read(bytes)).toEqual([frame]);
});

test("frames are found wherever the bytes are cut", () => {
  const all = Buffer.concat(
    [3, 5, 7].map((stream) =>
      encodeMuxFrame({ command: MUX.data, stream, data: Buffer.alloc(stream * 10, stream) }),
    ),
  );
  for (let cut = 0; cut <= all.length; cut++) {
    const reader = new MuxReader();
    const frames = [...reader.read(all.subarray(0, cut)), ...reader.read(all.subarray(cut))];
    expect(frames.map(({ stream, data }) => [stream, data.length])).toEqual([
      [3, 30],
      [5, 50],
      [7, 70],
    ]);
  }
});

test.each([
  ["another version", "0200000003000000"],
  ["a command that is not known", "0104000003000000"],
])("refuses %s", (_what, hex) => {
  expect(() => new MuxReader().read(Buffer.from(hex, "hex"))).toThrow(BadFrame);
});
