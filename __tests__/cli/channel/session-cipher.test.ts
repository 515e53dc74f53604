import { BadFrame } from "../../../cli/channel/frame";
import { SessionCipher } from "../../../cli/channel/session-cipher";
import VECTORS from "../../support/sessions/frames.json";

const { dataKey, agentToPlugin, pluginToAgent } = VECTORS.encryption;
const KEY = Buffer.from(dataKey, "hex");
const client = (): SessionCipher => new SessionCipher(KEY, "client");
const agent = (): SessionCipher => new SessionCipher(KEY, "agent");

test("opens what AWS's agent and plugin have encrypted", () => {
  expect(client().decrypt(Buffer.from(agentToPlugin.payload, "hex")).toString()).toBe(
    agentToPlugin.plainText,
  );
  expect(agent().decrypt(Buffer.from(pluginToAgent.payload, "hex")).toString()).toBe(pluginToAgent.plainText);
});

test("each direction has a key of its own, and no two payloads are alike", () => {
  const sealed = client().encrypt(Buffer.from("ls\r"));
  expect(agent().decrypt(sealed).toString()).toBe("ls\r");
  expect(() => client().decrypt(sealed)).toThrow(BadFrame);
  expect(client().encrypt(Buffer.from("ls\r")).equals(sealed)).toBe(false);
});

test.each([
  ["changed", (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === 14 ? byte ^ 1 : byte)))],
  ["cut", (bytes: Buffer) => bytes.subarray(0, 20)],
  ["nothing", () => Buffer.alloc(0)],
])("refuses what was %s", (_how, spoil) => {
  expect(() => agent().decrypt(spoil(client().encrypt(Buffer.from("ls\r"))))).toThrow(BadFrame);
});

test("a data key of another length is none", () => {
  expect(() => new SessionCipher(KEY.subarray(1))).toThrow("a data key of 63 bytes; needed: 64");
});

test("forgets its keys", () => {
  const cipher = client();
  const sealed = agent().encrypt(Buffer.from("ls\r"));
  cipher.forget();
  expect(() => cipher.decrypt(sealed)).toThrow(BadFrame);
});
