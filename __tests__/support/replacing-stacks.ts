import type { Workspace } from "./cli";
import { stacksWorkspace, writeStacks } from "./stacks";

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

/** A workspace with two stacks, each of whose plans replaces one thing and destroys another. */
export function replacingWorkspace(): Workspace {
  const workspace = stacksWorkspace();
  writeStacks(workspace, {
    "dev-networking": {},
    "dev-instances": { reads: { "dev-networking": "vpc_id" } },
  });
  workspace.program("terraform", TERRAFORM);
  return workspace;
}

/** How many plans were applied in it. */
export function appliedPlans(workspace: Workspace): number {
  return workspace.calls("terraform").filter(([command]) => command === "apply").length;
}
