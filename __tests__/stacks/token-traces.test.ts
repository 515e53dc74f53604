import { Lazy, Tokenization } from "cdktf";

// The set-up of the tests replaces a function by the path of a file that is not part of CDKTF's API.
test("a file of CDKTF notes where tokens are made, and tokens of the tests have no such note", () => {
  const path = require.resolve("cdktf/lib/tokens/private/stack-trace");
  const file = jest.requireActual<Record<string, unknown>>(path);
  // CDK Terrain has both.
  const noting = ["captureStackTrace", "captureCreationStack"].filter((name) => name in file);
  expect(noting.map((name) => typeof file[name])).toContain("function");
  const [token] = Tokenization.reverseString(Lazy.stringValue({ produce: () => "x" })).tokens;
  expect(token?.creationStack).toEqual([]);
});
