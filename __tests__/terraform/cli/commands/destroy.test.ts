import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Workspace } from "../../../support/cli";
import { describePty, runOnTerminal } from "../../../support/pty";
import {
  type BuiltInStack,
  RECORDING_STACKS,
  WAIT,
  begun,
  deployedStacks,
  goOnWhenHeard,
  stacksWorkspace,
  writeStacks,
} from "../../../support/stacks";
import { lastLines, startCommand } from "../../../support/started-command";
import { describeTerraform } from "../../../support/terraform";

// Terraform runs a dozen times in some of these.
jest.setTimeout(60_000);

const STACKS: Readonly<Record<string, BuiltInStack>> = RECORDING_STACKS;
const ALL = Object.keys(STACKS).sort();

let workspace: Workspace;
beforeEach(() => {
  workspace = stacksWorkspace();
});
afterEach(() => workspace.remove());

const deployed = (): string[] => deployedStacks(workspace);

/** Deploys the stacks, of which destroying one runs a command of a shell. */
async function deploy(destroyed: Readonly<Record<string, string>> = {}): Promise<void> {
  const stacks = Object.entries(STACKS).map(([name, stack]) => [
    name,
    { ...stack, ...(destroyed[name] !== undefined && { destroyed: destroyed[name] }) },
  ]);
  writeStacks(workspace, Object.fromEntries(stacks) as typeof STACKS);
  expect(await workspace.run("deploy", "dev", "--auto-approve")).toMatchObject({ status: 0 });
  expect(deployed()).toEqual(ALL);
}

describeTerraform("npm run destroy", () => {
  test("shows by name what goes, and destroys it in reverse order", async () => {
    await deploy();
    const { status, stdout, stderr } = await workspace.run("destroy", "dev", "--auto-approve");
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout:
        "dev-instances  1 resource to destroy\n  - terraform_data.one\n" +
        "dev-sessions  1 resource to destroy\n  - terraform_data.one\n" +
        "dev-networking  1 resource to destroy\n  - terraform_data.one\n" +
        "destroyed: dev-networking, dev-sessions, dev-instances\n",
    });
    expect(stderr).toMatch(
      /\ndev-instances: destroying\ndev-instances: terraform_data\.one destroyed \(\d+s\)\ndev-networking: destroying, dev-sessions: destroying\n/,
    );
    expect(deployed()).toEqual([]);
    expect(await workspace.run("destroy", "dev", "--auto-approve")).toMatchObject({
      status: 0,
      stdout: "nothing of dev is deployed: neither its states nor AWS have anything\n",
    });
  });

  test("destroys nothing where nobody is there to agree, and shows what would go", async () => {
    await deploy();
    const { status, stdout, stderr } = await workspace.run("destroy", "dev");
    expect(status).toBe(1);
    expect(stdout).toContain("dev-instances  1 resource to destroy\n");
    expect(stderr).toMatch(
      /\nnobody can approve here, as this is no terminal: npm run destroy -- dev --auto-approve\n$/,
    );
    expect(deployed()).toEqual(ALL);
  });

  test("touches nothing where a stack cannot be planned", async () => {
    await deploy();
    const path = "cdktf.out/stacks/dev-networking/cdk.tf.json";
    const json = JSON.parse(workspace.read(path)) as { resource: object };
    const lifecycle = { prevent_destroy: true };
    const resource = { terraform_data: { one: { input: "a", lifecycle } } };
    workspace.write(path, JSON.stringify({ ...json, resource }));
    const { status, stderr } = await workspace.run("destroy", "dev", "--auto-approve");
    expect(status).toBe(1);
    expect(stderr).toContain(
      "dev-networking has prevent_destroy on terraform_data.one, so it cannot be destroyed: take that out of the code first\nnothing was destroyed\n",
    );
    workspace.write(
      path,
      JSON.stringify({ ...json, resource: { terraform_data: { one: { input: "${local.no}" } } } }),
    );
    const broken = await workspace.run("destroy", "dev", "--auto-approve");
    expect(broken.status).toBe(1);
    expect(broken.stderr).toMatch(
      /^dev-networking: Reference to undeclared local value .*\nnothing was destroyed\n/m,
    );
    expect(deployed()).toEqual(ALL);
  });

  test("does not leave behind a stack that the settings no longer have", async () => {
    await deploy();
    writeStacks(workspace, {
      "dev-networking": STACKS["dev-networking"] ?? {},
      "dev-instances": { reads: { "dev-networking": "vpc_id" } },
    });
    const { status, stderr } = await workspace.run("destroy", "dev", "--auto-approve");
    expect(status).toBe(1);
    expect(stderr).toContain(
      "dev-sessions is deployed, and the settings no longer have sessions: set sessions: false, ",
    );
    expect(deployed()).toEqual(ALL);
  });

  test("stops where a stack fails, and goes on from there the next time", async () => {
    await deploy({ "dev-sessions": "exit 3" });
    const failed = await workspace.run("destroy", "dev", "--auto-approve");
    expect(failed.status).toBe(1);
    expect(lastLines(failed.stderr)).toEqual([
      "done: dev-instances, dev-networking; in part: dev-sessions; not begun: nothing",
      "to go on: npm run destroy -- dev",
    ]);
    expect(deployed()).toEqual(["dev-sessions"]);
    writeStacks(workspace, STACKS);
    expect(await workspace.run("destroy", "dev", "--auto-approve")).toMatchObject({ status: 0 });
    expect(deployed()).toEqual([]);
  });

  test.each([
    [
      "SIGINT",
      130,
      "dev-instances",
      "done: nothing; in part: dev-instances; not begun: dev-sessions, dev-networking",
    ],
    [
      "SIGTERM",
      143,
      "dev-instances",
      "done: nothing; in part: dev-instances; not begun: dev-sessions, dev-networking",
    ],
    [
      "SIGINT",
      130,
      "dev-sessions",
      "done: dev-instances, dev-networking; in part: dev-sessions; not begun: nothing",
    ],
    [
      "SIGTERM",
      143,
      "dev-networking",
      "done: dev-instances, dev-sessions; in part: dev-networking; not begun: nothing",
    ],
  ] as const)(
    "%s ends it with %i at %s, and no further stack is begun",
    async (name, status, stack, outcome) => {
      await deploy({ [stack]: WAIT });
      const { signal, ended } = startCommand(workspace, "destroy", "dev", "--auto-approve");
      await begun(workspace);
      await beside(stack);
      // A terminal signals all that run in it, and a container's end the command alone.
      signal(name, name === "SIGINT" ? "group" : undefined);
      await goOnWhenHeard(workspace);
      const { status: ending, stderr } = await ended;
      expect({ status: ending, last: lastLines(stderr) }).toEqual({
        status,
        last: [`interrupted (${name}); ${outcome}`, "to go on: npm run destroy -- dev"],
      });
      const isFirst = stack === "dev-instances";
      expect(deployed().filter((one) => one !== stack)).toEqual(
        isFirst ? ["dev-networking", "dev-sessions"] : [],
      );
      rmSync(join(workspace.folder, "begun"));
      expect(await workspace.run("destroy", "dev", "--auto-approve")).toMatchObject({ status: 0 });
      expect(deployed()).toEqual([]);
    },
  );

  /** Waits until what is destroyed beside a stack is gone, so that the outcome is the same each time. */
  const beside = async (stack: string): Promise<void> => {
    const isGone = (): boolean => deployed().every((one) => one === stack);
    for (let look = 0; look < 200 && stack !== "dev-instances" && !isGone(); look++) {
      await new Promise((again) => setTimeout(again, 50));
    }
    // Terraform ends some time after it has written its state.
    await new Promise((later) => setTimeout(later, 300));
  };

  describePty("on a terminal", () => {
    test("has the environment's name typed, and takes no other", async () => {
      await deploy();
      const no = await runOnTerminal(workspace, ["destroy", "dev"], [["Type dev", "yes\r"]]);
      expect(no.status).toBe(1);
      expect(no.shown).toContain("nothing was destroyed, as what was typed is not dev");
      expect(deployed()).toEqual(ALL);
      const interrupted = await runOnTerminal(workspace, ["destroy", "dev"], [["Type dev", "\u0003"]]);
      expect(interrupted.status).toBe(130);
      expect(interrupted.shown).toContain("interrupted (SIGINT); done: nothing; not begun: ");
      expect(deployed()).toEqual(ALL);
      const yes = await runOnTerminal(workspace, ["destroy", "dev"], [["Type dev", "dev\r"]]);
      expect(yes.status).toBe(0);
      expect(deployed()).toEqual([]);
    });
  });
});
