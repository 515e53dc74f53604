import { spawnSync } from "node:child_process";
import type { Workspace } from "../../../support/cli";
import { stacksWorkspace, writeStacks } from "../../../support/stacks";

let workspace: Workspace;
beforeEach(() => {
  workspace = stacksWorkspace();
});
afterEach(() => workspace.remove());

test("a reader that has gone does not make good what failed", () => {
  writeStacks(workspace, { "dev-instances": {} });
  workspace.program("terraform", "process.exitCode = 1;");
  const [program, args, options] = workspace.command("plan");
  const line = [program, ...args].map((part) => `'${part}'`).join(" ");
  expect(spawnSync("bash", ["-c", `set -o pipefail; ${line} | true`], options).status).toBe(1);
});
