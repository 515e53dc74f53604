import fc from "fast-check";
import { sanitize, sanitizeJson } from "../../../cli/terminal/sanitize";
import vectors from "../../support/rm-vectors.json";

test.each([
  ["nothing special", "$ ls -la", "$ ls -la"],
  ["erased at the end", "$ echo abc\b\bx", "$ echo ax"],
  ["inserted in the middle", "$ echo abc\b\bxbc\b\b", "$ echo axbc"],
  ["deleted in the middle", "$ echo abcd\b\b\bcd\b\b", "$ echo acd"],
  ["a word replaced by a shorter one", "$ echo one two\b\b\b3", "$ echo one 3"],
  ["erased by the terminal driver", "abcd\b \b\b \bx", "abx"],
  ["more backspaces than letters", "a\b\b\bb", "b"],
  ["moved and left so", "$ echo abcd\b\b", "$ echo abcd"],
  ["carriage return", "10 %\r100 %", "100 %"],
  ["carriage return, shorter", "downloading\rdone", "doneloading"],
  ["tabulator", "a\tb", "a b"],
  ["colours", "\u001b[1;31mred\u001b[0m", "red"],
  ["erased with its sequence", "abc\b\u001b[K\b\u001b[Kx", "ax"],
  ["title of the window", "\u001b]0;evil\u0007$ ls", "$ ls"],
  ["one-character control sequence", "a\u009b31mb", "ab"],
  ["sequence put together from parts", "\u001b\u001b[0m[31mred", "[31mred"],
  ["sequence put together by a backspace", "\u001b[x\b31m", "[31m"],
  ["device control", "\u001bPq#0\u001b\\x", "q#0\\x"],
  ["bell and null", "a\u0007\u0000b", "ab"],
  ["order turned round", "rm \u202etxt.a", "rm txt.a"],
  ["order of Arabic letters", "a\u061cb", "ab"],
  ["a sequence that no terminal knows", `\u001b[?${"#;".repeat(9)}x`, `[?${"#;".repeat(9)}x`],
  ["what programs ask of the keyboard", "\u001b[>4;2ma\u001b[>4m", "a"],
  [
    "a search of the history",
    "sh-5.2$ (reverse-i-search)`': \b\b\br': rm f\b\b\b\b\b\b\bm': rm\b\bsh-5.2$ rm f",
    "sh-5.2$ rm f",
  ],
  ["other scripts", "日本 é 🙂\bx", "日本 é x"],
])("%s", (_, recorded, shown) => {
  expect(sanitize(recorded)).toBe(shown);
});

test("no recorded line has anything left that a terminal obeys, and JSON has none either", () => {
  const hostile = fc.string({
    unit: fc.oneof(
      fc.constantFrom("\u001b", "\u009b", "[", "]", "\b", "\r", "\n", "\u0007", ";", "0", "m", "\u202e"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(hostile, (line) => {
      expect(sanitize(line)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      const json = sanitizeJson({ [line]: [line] });
      expect(json).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      expect(JSON.parse(json)).toEqual({ [line]: [line] });
    }),
    { numRuns: 500 },
  );
});

test("a line takes no longer than its length tells, whatever is in it", () => {
  const started = Date.now();
  for (const part of ["#;", ";", ";a", "[", "\u001b[", "1", "\b", "\r"]) {
    sanitize(`\u001b[?${part.repeat(50_000)}`);
  }
  sanitize(`${"a".repeat(80_000)}b(reverse-i-search)\`${"a".repeat(160_000)}`);
  expect(Date.now() - started).toBeLessThan(2_000);
});

test("a line without control characters is left as it is", () => {
  const lines = vectors.flatMap(({ sessionData }) => sessionData);
  const plain = lines.filter((line) => !/\p{Cc}/u.test(line));
  expect(plain.length).toBeGreaterThan(100);
  expect(plain.map(sanitize)).toEqual(plain);
});

test("JSON can be laid out", () => {
  expect(sanitizeJson({ a: "\u009b\u007f" }, 2)).toBe('{\n  "a": "\\u009b\\u007f"\n}');
});
