import type { Workspace } from "../../../support/cli";
import { describePty, runOnTerminal } from "../../../support/pty";
import { stacksWorkspace, writeStacks } from "../../../support/stacks";

const PLAN = {
  terraform_version: "1.11.4",
  resource_changes: [
    {
      address: "aws_vpc.network",
      type: "aws_vpc",
      change: {
        actions: ["delete", "create"],
        before: { cidr_block: "10.10.0.0/23" },
        after: { cidr_block: "10.20.0.0/23" },
        after_unknown: {},
        replace_paths: [["cidr_block"]],
      },
    },
    {
      address: "aws_instance.web",
      type: "aws_instance",
      change: { actions: ["delete"], before: {}, after: null, after_unknown: {} },
    },
  ],
};

/** What Terraform would say to such a plan: no AWS provider is at hand in every test. */
const TERRAFORM = `
  const fs = require("node:fs");
  if (args[0] === "plan") {
    fs.writeFileSync(args.find((one) => one.startsWith("-out=")).slice(5), "a plan");
    process.exitCode = 2;
  } else if (args[0] === "show") {
    console.log(${JSON.stringify(JSON.stringify(PLAN))});
  }`;

let workspace: Workspace;
beforeEach(() => {
  workspace = stacksWorkspace();
  writeStacks(workspace, {
    "dev-networking": {},
    "dev-instances": { reads: { "dev-networking": "vpc_id" } },
  });
  workspace.program("terraform", TERRAFORM);
});
afterEach(() => workspace.remove());

const applied = (): number => workspace.calls("terraform").filter(([command]) => command === "apply").length;

describePty("npm run deploy on a terminal, where something cannot be had again", () => {
  test("each address is to be typed, and a yes is none", async () => {
    const no = await runOnTerminal(workspace, ["deploy", "dev"], [["Type aws_vpc.network", "yes\r"]]);
    expect(no.status).toBe(1);
    expect(no.shown).toContain("dev-networking: not deployed, as that was not agreed to");
    expect(applied()).toBe(0);
    const both = [
      ["Type aws_vpc.network to have it replaced", "aws_vpc.network\r"],
      ["Type aws_instance.web to have it destroyed", "aws_instance.web\r"],
    ] as const;
    const { status } = await runOnTerminal(
      workspace,
      ["deploy", "dev", "--auto-approve"],
      [...both, ...both],
    );
    expect(status).toBe(0);
    expect(applied()).toBe(2);
  });
});
