import { EscapeKeys } from "../../../cli/channel/escape-keys";

test.each([
  ["keys go on as they are", ["ls\r"], "ls\r", false],
  ["the way out, at the very first", ["~."], "", true],
  ["the way out after Enter", ["ls\r", "~", "."], "ls\r", true],
  ["the way out after a line feed", ["ls\n~."], "ls\n", true],
  ["a tilde within a line is one", ["cd ~.\r"], "cd ~.\r", false],
  ["a path that begins with one", ["\r~/bin\r"], "\r~/bin\r", false],
  ["two of them are one", ["\r~~.\r"], "\r~.\r", false],
  ["a tilde that is followed by Enter", ["\r~\r~."], "\r~\r", true],
  ["nothing is sent behind the way out", ["\r~.rm -rf /\r"], "\r", true],
])("%s", (_what, typed, sent, leaves) => {
  const escape = new EscapeKeys();
  const seen = typed.map((keys) => escape.read(Buffer.from(keys)));
  expect(Buffer.concat(seen.map(({ keys }) => keys)).toString()).toBe(sent);
  expect(seen.some(({ leave }) => leave)).toBe(leaves);
});

test("shows what can be typed, and takes the way out after it", () => {
  const escape = new EscapeKeys();
  expect(escape.read(Buffer.from("\r~?"))).toEqual({ keys: Buffer.from("\r"), leave: false, help: true });
  expect(escape.read(Buffer.from("~.")).leave).toBe(true);
});

test("a character of several bytes is not torn", () => {
  expect(new EscapeKeys().read(Buffer.from("ä€🙂")).keys.toString()).toBe("ä€🙂");
});
