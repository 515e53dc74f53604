import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Workspace } from "../../support/cli";
import { STACKS, stacksWorkspace, writeStacks } from "../../support/stacks";

let workspace: Workspace;
beforeEach(() => {
  workspace = stacksWorkspace();
});
afterEach(() => workspace.remove());

test("an unknown environment, nothing synthesized and no Terraform are each told in a line", async () => {
  expect((await workspace.run("plan")).stderr).toBe(
    "nothing is synthesized in cdktf.out: run npm start first\n",
  );
  writeStacks(workspace, STACKS);
  expect((await workspace.run("plan", "dve")).stderr).toBe("no environment dve in cdktf.out: there is dev\n");
  workspace.onlyPrograms();
  expect(await workspace.run("plan", "dev")).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^no terraform on the PATH: install Terraform \(.*\n$/),
  });
  expect(existsSync(join(workspace.folder, "plans"))).toBe(false);
});

test("the program that TERRAFORM_BINARY_NAME names is used, and never asks", async () => {
  writeStacks(workspace, { "dev-instances": {} });
  workspace.env.TERRAFORM_BINARY_NAME = "tofu";
  workspace.program("tofu", 'process.stderr.write("Error: No such registry\\n"); process.exitCode = 1;');
  expect((await workspace.run("plan")).stdout).toBe("dev-instances  failed: No such registry\n");
  expect(workspace.calls("tofu")).toEqual([["init", "-input=false", "-no-color"]]);
  workspace.env.TERRAFORM_BINARY_NAME = "./programs/tofu";
  expect((await workspace.run("plan")).stdout).toBe("dev-instances  failed: No such registry\n");
  workspace.env.TERRAFORM_BINARY_NAME = "";
  workspace.onlyPrograms();
  expect((await workspace.run("plan")).stderr).toMatch(/^no terraform on the PATH: /);
});

test("where plans cannot be kept is told in a line", async () => {
  writeStacks(workspace, { "dev-instances": {} });
  workspace.program("terraform");
  workspace.write("plans", "a file");
  const { status, stderr } = await workspace.run("plan");
  expect(status).toBe(1);
  expect(stderr).toMatch(/^E\w+: .*'plans.*': see to it that this can be read and written\n$/);
});
