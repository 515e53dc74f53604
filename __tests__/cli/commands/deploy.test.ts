import type { Workspace } from "../../support/cli";
import { STACKS, stacksWorkspace, writeStacks } from "../../support/stacks";

let workspace: Workspace;
beforeEach(() => {
  workspace = stacksWorkspace();
});
afterEach(() => workspace.remove());

test("no Terraform is told in a line before anything is done", async () => {
  writeStacks(workspace, STACKS);
  workspace.onlyPrograms("sh");
  for (const command of ["deploy", "destroy", "diff"]) {
    expect(await workspace.run(command, "dev", "--auto-approve").then(({ stderr }) => stderr)).toMatch(
      command === "diff"
        ? /^error: unknown option/
        : /^no terraform on the PATH: install Terraform \(1\.4 or later; .*\n$/,
    );
  }
  expect((await workspace.run("diff", "dev")).stderr).toMatch(/^no terraform on the PATH/);
  expect(workspace.files().filter((file) => /^(logs|plans|state)/.test(file))).toEqual([]);
});

test("a folder that cannot be written is told in a line", async () => {
  writeStacks(workspace, STACKS);
  workspace.program("terraform");
  workspace.write("logs", "a file");
  const { status, stderr } = await workspace.run("deploy", "dev", "--auto-approve");
  expect(status).toBe(1);
  expect(stderr).toMatch(/^E\w+: .*'logs.*': see to it that this can be read and written\n$/);
});
