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
  expect((await workspace.run("plan")).stdout).toBe(
    "dev-instances  failed: its state cannot be read: No such registry\n",
  );
  expect(workspace.calls("tofu")).toEqual([["state", "pull"]]);
  workspace.env.TERRAFORM_BINARY_NAME = "./programs/tofu";
  expect((await workspace.run("plan")).stdout).toBe(
    "dev-instances  failed: its state cannot be read: No such registry\n",
  );
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

/** A Terraform that asks for an init as the real one does, `init`, until it has had one, in each folder. */
const ASKING = (asksIn: string, says: string, init: string): string => `
  const fs = require("node:fs");
  const out = args.find((one) => one.startsWith("-out="))?.slice(5);
  if (args[0] === "init") {
    ${init}
  } else if (args[0] === "${asksIn}" && !fs.existsSync("initialized")) {
    process.stderr.write("\\u001b[31m│\\u001b[0m Error: ${says}\\n");
    process.exitCode = 1;
  } else if (out !== undefined) {
    fs.writeFileSync(out, "a plan");
  } else if (args[0] === "show") {
    console.log('{ "terraform_version": "1.11.4" }');
  }`;

/** Holds that no other init runs meanwhile. */
const ALONE = `
  fs.mkdirSync("../../../initializing");
  setTimeout(() => {
    fs.writeFileSync("initialized", "");
    fs.rmdirSync("../../../initializing");
  }, 100);`;

test.each([
  ["state", 'Backend initialization required, please run \\"terraform init\\"'],
  ["plan", "Inconsistent dependency lock file"],
  ["plan", "Required plugins are not installed"],
])(
  "a folder is initialized where terraform %s says so, one after the other, and no more",
  async (command, says) => {
    writeStacks(workspace, { "dev-networking": {}, "dev-instances": {} });
    workspace.program("terraform", ASKING(command, says, ALONE));
    expect(await workspace.run("plan")).toMatchObject({
      status: 0,
      stdout: "dev-instances   no changes\ndev-networking  no changes\n",
    });
    const inits = (): number => workspace.calls("terraform").filter(([first]) => first === "init").length;
    expect(inits()).toBe(2);
    await workspace.run("plan");
    expect(inits()).toBe(2);
    // Nothing went wrong that somebody would want to read about.
    expect(workspace.files().filter((file) => file.startsWith("logs/"))).toEqual([]);
  },
);

test("why a folder cannot be initialized is told, whoever asked for it", async () => {
  writeStacks(workspace, { "dev-instances": {} });
  const fails = 'process.stderr.write("Error: No such registry\\n"); process.exitCode = 1;';
  for (const command of ["state", "plan"]) {
    workspace.program("terraform", ASKING(command, "Required plugins are not installed", fails));
    expect((await workspace.run("plan")).stdout).toBe("dev-instances  failed: No such registry\n");
  }
});

test("what is told once is not told for each stack", async () => {
  writeStacks(workspace, { "dev-networking": {}, "dev-instances": {} });
  const warns = `console.log("Incomplete lock file information for providers"); ${ALONE}`;
  workspace.program("terraform", ASKING("state", "Required plugins are not installed", warns));
  const { stderr } = await workspace.run("plan");
  expect(stderr.match(/checksums of the AWS provider/g)).toHaveLength(1);
});
