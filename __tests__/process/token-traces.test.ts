import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** How many lines CDKTF notes for a token, in an app that begins as main.ts does. */
function noted(env: NodeJS.ProcessEnv): number {
  const app = `require("./stacks/token-traces").leaveOutTokenTraces();
    const { Lazy, Tokenization } = require("cdktf");
    const [token] = Tokenization.reverseString(Lazy.stringValue({ produce: () => "x" })).tokens;
    console.log(token.creationStack.length);`;
  const { stdout } = spawnSync(process.execPath, ["-r", "./register-typescript.js", "-e", app], {
    cwd: join(__dirname, "../.."),
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return Number.parseInt(stdout, 10);
}

test("the app leaves out where tokens were made, until somebody asks for it", () => {
  expect(noted({ TOKEN_TRACES: "" })).toBe(0);
  expect(noted({ TOKEN_TRACES: "true" })).toBeGreaterThan(3);
});
