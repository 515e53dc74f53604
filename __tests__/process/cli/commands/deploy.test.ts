import type { Workspace } from "../../../support/cli";
import { begun, stacksWorkspace, writeStacks } from "../../../support/stacks";
import { lastLines, startCommand } from "../../../support/started-command";

let workspace: Workspace;
beforeEach(() => {
  workspace = stacksWorkspace();
});
afterEach(() => workspace.remove());

test("one Ctrl-C reaches Terraform once, and a second is passed on as it is", async () => {
  writeStacks(workspace, { "dev-instances": {} });
  const ends = `
    const fs = require("node:fs");
    const [command] = args;
    if (command === "plan") {
      fs.writeFileSync(args.find((one) => one.startsWith("-out=")).slice(5), "");
      const change = { action: "create", resource: { addr: "terraform_data.one" } };
      console.log(JSON.stringify({ "@message": "", type: "version", terraform: "1.11.4" }));
      console.log(JSON.stringify({ "@message": "", type: "planned_change", change }));
      process.exitCode = 2;
    } else if (command === "apply") {
      const folder = "../../..";
      process.on("SIGINT", () => {
        fs.appendFileSync(folder + "/interrupts", "x");
        if (fs.readFileSync(folder + "/interrupts").length === 2) process.exit(1);
      });
      fs.writeFileSync(folder + "/begun", "");
      setTimeout(() => {}, 20_000);
    }`;
  workspace.program("terraform", ends);
  const { signal, ended } = startCommand(workspace, "deploy", "dev", "--auto-approve");
  await begun(workspace);
  // npm sends it as well as the terminal, so that this process may hear it twice.
  signal("SIGINT", "group");
  signal("SIGINT");
  await new Promise((later) => setTimeout(later, 500));
  expect(workspace.read("interrupts")).toBe("x");
  signal("SIGINT", "group");
  const { status, stderr } = await ended;
  expect({ status, last: lastLines(stderr) }).toEqual({
    status: 130,
    last: [
      "interrupted (SIGINT); done: nothing; in part: dev-instances; not begun: nothing",
      "to go on: npm run deploy -- dev",
    ],
  });
  expect(workspace.read("interrupts")).toBe("xx");
});
