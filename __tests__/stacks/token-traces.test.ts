import { Lazy, Tokenization } from "cdktf";

// The set-up of the tests replaces a function by the path of a file that is not part of CDKTF's API.
test("a file of CDKTF notes where tokens are made, and tokens of the tests have no such note", () => {
  const path = require.resolve("cdktf/lib/tokens/private/stack-trace");
  const file = jest.requireActual<Record<string, unknown>>(path);
  const noting = ["captureStackTrace", "captureCreationStack"].map((name) => typeof file[name]);
  expect(noting.sort()).toEqual(["function", "undefined"]);
  const [token] = Tokenization.reverseString(Lazy.stringValue({ produce: () => "x" })).tokens;
  expect(token?.creationStack).toEqual([]);
});
