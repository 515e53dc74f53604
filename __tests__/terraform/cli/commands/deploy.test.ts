import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Workspace } from "../../../support/cli";
import { describePty, runOnTerminal } from "../../../support/pty";
import {
  type BuiltInStack,
  RECORDING_STACKS,
  WAIT,
  begun,
  deployedStacks,
  goOn,
  goOnWhenHeard,
  stacksWorkspace,
  writeStacks,
} from "../../../support/stacks";
import { type StartedCommand, lastLines, startCommand } from "../../../support/started-command";
import { describeTerraform } from "../../../support/terraform";

// Terraform runs a dozen times in some of these.
jest.setTimeout(60_000);

const STACKS: Readonly<Record<string, BuiltInStack>> = RECORDING_STACKS;
const { "dev-networking": NETWORKING, "dev-sessions": SESSIONS } = RECORDING_STACKS;

let workspace: Workspace;
beforeEach(() => {
  workspace = stacksWorkspace();
});
afterEach(() => workspace.remove());

const deployed = (): string[] => deployedStacks(workspace);
const start = (...args: string[]): StartedCommand => startCommand(workspace, ...args);

describeTerraform("npm run deploy", () => {
  test("deploys all stacks, those that do not need each other side by side, with a line a resource", async () => {
    writeStacks(workspace, STACKS);
    const { status, stdout, stderr } = await workspace.run("deploy", "dev", "--auto-approve");
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout:
        "dev-networking  1 to add, 0 to change, 0 to destroy\n  + 1 terraform_data\n" +
        "dev-sessions  1 to add, 0 to change, 0 to destroy\n  + 1 terraform_data\n" +
        "dev-instances  1 to add, 0 to change, 0 to destroy\n  + 1 terraform_data\n" +
        "deployed: dev-networking, dev-sessions, dev-instances\nnext:  npm run connect -- <instance>\n",
    });
    expect(stderr.split("\n").filter((line) => !line.includes("terraform_data"))).toEqual([
      "dev: initializing, reading states",
      "dev-networking, dev-sessions: planning",
      "dev-networking: applying, dev-sessions: applying",
      "dev-instances: planning",
      "dev-instances: applying",
      "",
    ]);
    expect(stderr).toContain("\ndev-instances: terraform_data.one created (0s)\n");
    expect(deployed()).toEqual(["dev-instances", "dev-networking", "dev-sessions"]);
    expect(workspace.files().filter((file) => /^(logs|plans)\//.test(file))).toEqual([]);

    const again = await workspace.run("deploy", "dev", "--auto-approve");
    expect(again.stdout).toMatch(
      /^dev-networking {2}no changes\ndev-sessions {2}no changes\ndev-instances {2}no changes\n/,
    );
    expect(again.stderr).not.toContain("applying");
  });

  test("asks nobody where there is nobody, and deploys nothing then", async () => {
    writeStacks(workspace, STACKS);
    expect(await workspace.run("deploy", "dev")).toEqual({
      status: 1,
      stdout: "",
      stderr: "nobody can approve here, as this is no terminal: npm run deploy -- dev --auto-approve\n",
    });
    expect((await workspace.run("deploy")).stderr).toBe(
      "no environment given: there is dev; npm run deploy -- <environment>\n",
    );
    expect((await workspace.run("deploy", "dve")).stderr).toBe(
      "no environment dve: there is dev; npm run deploy -- <environment>\n",
    );
    expect(deployed()).toEqual([]);
  });

  test("stops where a stack fails, and goes on from there the next time", async () => {
    writeStacks(workspace, { ...STACKS, "dev-sessions": { ...SESSIONS, command: "exit 3" } });
    const failed = await workspace.run("deploy", "dev", "--auto-approve");
    expect(failed.status).toBe(1);
    expect(lastLines(failed.stderr)).toEqual([
      "done: dev-networking; in part: dev-sessions; not begun: dev-instances",
      "to go on: npm run deploy -- dev",
    ]);
    expect(failed.stderr).toMatch(/^all that Terraform said is in logs\/dev-deploy-\S+\.log$/m);
    writeStacks(workspace, STACKS);
    expect(await workspace.run("deploy", "dev", "--auto-approve")).toMatchObject({ status: 0 });
    expect(deployed()).toEqual(["dev-instances", "dev-networking", "dev-sessions"]);
  });

  test("a stack that cannot be planned stops it, in a line", async () => {
    writeStacks(workspace, { ...STACKS, "dev-sessions": { input: "${local.nothing}" } });
    const { status, stderr } = await workspace.run("deploy", "dev", "--auto-approve");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^dev-sessions: Reference to undeclared local value /m);
    expect(deployed()).toEqual([]);
  });

  test("a state that a newer Terraform has written is left alone, and told in a line", async () => {
    writeStacks(workspace, STACKS);
    expect(await workspace.run("deploy", "dev", "--auto-approve")).toMatchObject({ status: 0 });
    const state = JSON.parse(workspace.read("state/dev-sessions.tfstate")) as object;
    const newer = JSON.stringify({ ...state, version: 5 });
    workspace.write("state/dev-sessions.tfstate", newer);
    const { status, stderr } = await workspace.run("deploy", "dev", "--auto-approve");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^dev-sessions: .*format version 5, which is not supported by Terraform/m);
    expect(workspace.read("state/dev-sessions.tfstate")).toBe(newer);
  });

  test("a state that could not be saved is not passed over", async () => {
    writeStacks(workspace, STACKS);
    workspace.write("cdktf.out/stacks/dev-networking/errored.tfstate", "{}");
    for (const command of ["deploy", "destroy"]) {
      const { status, stderr } = await workspace.run(command, "dev", "--auto-approve");
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^dev-networking: an earlier run could not save its state\. What was done is in cdktf\.out\/stacks\/dev-networking\/errored\.tfstate: terraform -chdir=cdktf\.out\/stacks\/dev-networking state push errored\.tfstate && rm cdktf\.out\/stacks\/dev-networking\/errored\.tfstate \(docs\/recovery\.md, step 5\)$/m,
      );
    }
    expect(deployed()).toEqual([]);
  });

  test.each([
    ["the first", "dev-networking", "done: dev-sessions; in part: dev-networking; not begun: dev-instances"],
    [
      "the one beside it",
      "dev-sessions",
      "done: dev-networking; in part: dev-sessions; not begun: dev-instances",
    ],
    [
      "the last",
      "dev-instances",
      "done: dev-networking, dev-sessions; in part: dev-instances; not begun: nothing",
    ],
  ] as const)("Ctrl-C at %s stack has Terraform end, and begins no other", async (_which, name, outcome) => {
    writeStacks(workspace, { ...STACKS, [name]: { ...STACKS[name], command: WAIT } });
    const { signal, ended } = start("deploy", "dev", "--auto-approve");
    await begun(workspace);
    await settled(name);
    signal("SIGINT", "group");
    await goOnWhenHeard(workspace);
    const { status, stderr } = await ended;
    expect({ status, last: lastLines(stderr) }).toEqual({
      status: 130,
      last: [`interrupted (SIGINT); ${outcome}`, "to go on: npm run deploy -- dev"],
    });
    // The state is whole and unlocked, and nothing was begun behind it.
    expect(deployed().includes("dev-instances")).toBe(name === "dev-instances");
    rmSync(join(workspace.folder, "begun"));
    expect(await workspace.run("deploy", "dev", "--auto-approve")).toMatchObject({ status: 0 });
  });

  test("Ctrl-C while several stacks are planned waits for all of them", async () => {
    // What each plan reads is answered late: one when the other has ended already.
    const waits = [300, 2_000];
    let asked = 0;
    const server = createServer((_, response) => {
      setTimeout(() => response.writeHead(404).end(), waits[asked++] ?? 0);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeStacks(workspace, { "dev-networking": {}, "dev-instances": {} });
    for (const name of ["dev-networking", "dev-instances"]) {
      const path = `cdktf.out/stacks/${name}/cdk.tf.json`;
      const json = JSON.parse(workspace.read(path)) as object;
      const data = { terraform_remote_state: { slow: { backend: "http", config: { address } } } };
      workspace.write(path, JSON.stringify({ ...json, data }));
    }
    const { signal, ended } = start("deploy", "dev", "--auto-approve");
    for (let look = 0; look < 200 && asked < 2; look++) {
      await new Promise((again) => setTimeout(again, 50));
    }
    signal("SIGINT", "group");
    const { status, stderr } = await ended;
    server.close();
    expect({ status, last: lastLines(stderr) }).toEqual({
      status: 130,
      last: [
        "interrupted (SIGINT); done: nothing; not begun: dev-instances, dev-networking",
        "to go on: npm run deploy -- dev",
      ],
    });
    expect(workspace.files().filter((file) => file.includes("lock.info"))).toEqual([]);
  });

  test("Terraform that is killed is told so, and where to go on", async () => {
    const command = "kill -9 $PPID; sleep 5";
    writeStacks(workspace, { ...STACKS, "dev-networking": { ...NETWORKING, command } });
    const { status, stderr } = await workspace.run("deploy", "dev", "--auto-approve");
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^dev-networking: Terraform was ended by SIGKILL: AWS may have more than the state knows: docs\/recovery\.md, steps 1 and 2$/m,
    );
  });

  test("a shell that is killed around it, as by npm in a container that is stopped, counts as a request to end", async () => {
    writeStacks(workspace, { ...STACKS, "dev-networking": { ...NETWORKING, command: WAIT } });
    const [program, args, options] = workspace.command("deploy", "dev", "--auto-approve");
    const line = [program, ...args].map((part) => `'${part}'`).join(" ");
    const said = join(workspace.folder, "said");
    const shell = spawn("sh", ["-c", `${line} >said 2>&1; true`], { ...options, stdio: "ignore" });
    await begun(workspace);
    await settled("dev-networking");
    shell.kill("SIGKILL");
    for (let look = 0; look < 200 && !readFileSync(said, "utf8").includes("to go on"); look++) {
      await new Promise((again) => setTimeout(again, 50));
    }
    expect(lastLines(readFileSync(said, "utf8"))).toEqual([
      "interrupted (SIGTERM); done: dev-sessions; in part: dev-networking; not begun: dev-instances",
      "to go on: npm run deploy -- dev",
    ]);
    goOn(workspace);
  });

  test("a terminal that is closed ends it too", async () => {
    writeStacks(workspace, { ...STACKS, "dev-networking": { ...NETWORKING, command: WAIT } });
    const { signal, ended } = start("deploy", "dev", "--auto-approve");
    await begun(workspace);
    await settled("dev-networking");
    signal("SIGHUP", "group");
    await goOnWhenHeard(workspace);
    const { status, stderr } = await ended;
    expect(status).toBe(143);
    expect(lastLines(stderr)[0]).toMatch(/^interrupted \(SIGTERM\); .*not begun: dev-instances$/);
  });

  test("a request to end that reaches this process alone is passed on to Terraform", async () => {
    writeStacks(workspace, { ...STACKS, "dev-networking": { ...NETWORKING, command: WAIT } });
    const { signal, ended } = start("deploy", "dev", "--auto-approve");
    await begun(workspace);
    await settled("dev-networking");
    signal("SIGTERM");
    await goOnWhenHeard(workspace);
    const { status, stderr } = await ended;
    expect(status).toBe(143);
    expect(lastLines(stderr)[0]).toBe(
      "interrupted (SIGTERM); done: dev-sessions; in part: dev-networking; not begun: dev-instances",
    );
  });

  /** Waits until what is deployed beside a stack is done, so that the outcome is the same each time. */
  const settled = async (name: string): Promise<void> => {
    const beside = ["dev-networking", "dev-sessions"].filter((one) => one !== name);
    for (let look = 0; look < 200 && !beside.every((one) => isWhole(one)); look++) {
      await new Promise((again) => setTimeout(again, 50));
    }
    // Terraform ends some time after it has written its state.
    await new Promise((later) => setTimeout(later, 300));
  };
  const isWhole = (stack: string): boolean =>
    deployed().includes(stack) && workspace.read(`state/${stack}.tfstate`).includes("terraform_data");
});

describePty("npm run deploy, on a terminal", () => {
  test("asks once per stack, and a no leaves the rest", async () => {
    writeStacks(workspace, STACKS);
    const { status, shown } = await runOnTerminal(
      workspace,
      ["deploy", "dev"],
      [
        ["Deploy dev-networking?", "y\r"],
        ["Deploy dev-sessions?", "y\r"],
        ["Deploy dev-instances?", "n\r"],
      ],
    );
    expect(status).toBe(1);
    expect(shown).toContain("dev-instances: not deployed, as that was not agreed to");
    expect(shown).toContain("done: dev-networking, dev-sessions; not begun: dev-instances");
    expect(deployed()).toEqual(["dev-networking", "dev-sessions"]);
  });

  test("Ctrl-C at a question ends it in words", async () => {
    writeStacks(workspace, STACKS);
    const { status, shown } = await runOnTerminal(
      workspace,
      ["deploy", "dev"],
      [["Deploy dev-networking?", "\u0003"]],
    );
    expect(status).toBe(130);
    expect(shown).toContain(
      "interrupted (SIGINT); done: nothing; not begun: dev-networking, dev-sessions, dev-instances",
    );
    expect(shown).not.toMatch(/Error/);
    expect(deployed()).toEqual([]);
  });
});
