import type { Workspace } from "../../../support/cli";
import { describePty, runOnTerminal } from "../../../support/pty";
import { appliedPlans, replacingWorkspace } from "../../../support/replacing-stacks";

let workspace: Workspace;
beforeEach(() => {
  workspace = replacingWorkspace();
});
afterEach(() => workspace.remove());

const applied = (): number => appliedPlans(workspace);

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
