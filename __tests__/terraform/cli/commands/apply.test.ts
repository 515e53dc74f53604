import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { CliResult, Workspace } from "../../../support/cli";
import { STACKS, WAIT, begun, goOn, keptPlans, stacksWorkspace, writeStacks } from "../../../support/stacks";
import { describeTerraform, terraform } from "../../../support/terraform";

// Terraform runs a dozen times in some of these.
jest.setTimeout(30_000);

let workspace: Workspace;
beforeEach(() => {
  workspace = stacksWorkspace();
});
afterEach(() => workspace.remove());

/** Which stacks have a state. */
function deployed(): string[] {
  return workspace.files().filter((file) => /^state\/[^.].*\.tfstate$/.test(file));
}

/** Ends of lines that Terraform does not write. */
function told({ stderr }: CliResult): string[] {
  return stderr.split("\n").filter((line) => /^(dev-|done:|to go on:|interrupted|nothing)/.test(line));
}

/** Terraform itself, in the folder of a stack. */
function applyDirectly(stack: string): void {
  const folder = join(workspace.folder, "cdktf.out/stacks", stack);
  expect(terraform(folder, "init").status).toBe(0);
  expect(terraform(folder, "apply", "-auto-approve").status).toBe(0);
}

/** Plans a change of networking that waits, and instances behind it. */
async function planTwo(): Promise<void> {
  const networking = { output: { vpc_id: "vpc-1" } };
  const instances = { reads: { "dev-networking": "vpc_id" } };
  writeStacks(workspace, { "dev-networking": networking, "dev-instances": instances });
  applyDirectly("dev-networking");
  const changed = { ...networking, command: WAIT };
  writeStacks(workspace, { "dev-networking": changed, "dev-instances": instances });
  await workspace.run("plan");
}

describeTerraform("npm run apply", () => {
  test("applies what was planned, shows it, and says what waits", async () => {
    writeStacks(workspace, STACKS);
    await workspace.run("plan");
    const { status, stdout, stderr } = await workspace.run("apply", "dev");
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(
        /^dev: initializing, reading states\ndev-networking: applying, dev-sessions: applying\n(dev-(networking|sessions): terraform_data\.one created \(0s\)\n){2}$/,
      ) as string,
    });
    expect(stdout).toBe(
      "applied: dev-networking, dev-sessions\nwaiting: dev-instances: npm run plan -- dev, then npm run apply -- dev\n",
    );
    expect(deployed()).toEqual(["state/dev-networking.tfstate", "state/dev-sessions.tfstate"]);
    expect(keptPlans(workspace)).toEqual([]);
    expect((await workspace.run("apply")).stderr).toBe("there are no plans of dev: npm run plan -- dev\n");
    expect((await workspace.run("apply", "dev", "--environment", "prod")).stderr).toBe(
      "two environments, dev and --environment prod: give one\n",
    );
  });

  test("applies what could be planned, and ends with 1 where something could not", async () => {
    writeStacks(workspace, { ...STACKS, "dev-networking": { input: "${local.nothing}" } });
    await workspace.run("plan");
    const { status, stdout } = await workspace.run("apply");
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^applied: dev-sessions\nwaiting: dev-instances: .*\nfailed: dev-networking: .*\n$/,
    );
    expect(deployed()).toEqual(["state/dev-sessions.tfstate"]);
  });

  test("applies outputs that change alone, and passes over what does not change", async () => {
    writeStacks(workspace, { "dev-networking": {}, "dev-instances": {} });
    applyDirectly("dev-networking");
    applyDirectly("dev-instances");
    writeStacks(workspace, { "dev-networking": {}, "dev-instances": { output: { late: "x" } } });
    await workspace.run("plan");
    const { stdout, stderr } = await workspace.run("apply");
    expect(stderr).toBe("dev: initializing, reading states\ndev-instances: applying\n");
    expect(stdout).toBe("applied: dev-instances\n");
    await workspace.run("plan");
    expect(await workspace.run("apply")).toEqual({
      status: 0,
      stdout: "nothing to apply\n",
      stderr: "dev: initializing, reading states\n",
    });
  });

  test("refuses all plans where one is not for what is there, and says why of each", async () => {
    writeStacks(workspace, { ...STACKS, "dev-instances": {}, "dev-more-instances": {} });
    await workspace.run("plan", "dev");
    writeStacks(workspace, { "dev-networking": { input: "other" }, "dev-instances": {} });
    const plan = "plans/dev/dev-instances.tfplan";
    workspace.write(plan, workspace.read(plan).slice(0, -1));
    expect(await workspace.run("apply", "dev")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "dev: initializing, reading states\n" +
        "dev-instances's plan is not the file that was planned: npm run plan -- dev\n" +
        "dev-networking's plan belongs to other JSON: npm run plan -- dev\n" +
        "dev-sessions's plan is of a stack that is not in cdktf.out any more: npm run plan -- dev\n" +
        "nothing was applied\n",
    });
    expect(deployed()).toEqual([]);
    workspace.write("plans/dev/dev-instances.json", "{");
    expect((await workspace.run("apply", "dev")).stderr).toBe(
      "plans/dev/dev-instances.json is not as this version of the project writes it: npm run plan -- dev\n",
    );
  });

  test("refuses a plan with values that another stack does not publish any more", async () => {
    writeStacks(workspace, STACKS);
    applyDirectly("dev-networking");
    await workspace.run("plan");
    writeStacks(workspace, { ...STACKS, "dev-networking": { output: { vpc_id: "vpc-2" } } });
    applyDirectly("dev-networking");
    writeStacks(workspace, STACKS);
    expect((await workspace.run("apply")).stderr).toBe(
      "dev: initializing, reading states\ndev-instances's plan has old values of dev-networking: npm run plan -- dev\nnothing was applied\n",
    );
    expect(deployed()).toEqual(["state/dev-networking.tfstate"]);
  });

  test("says that a plan is stale", async () => {
    writeStacks(workspace, { "dev-instances": {} });
    await workspace.run("plan");
    applyDirectly("dev-instances");
    const result = await workspace.run("apply");
    expect(result.status).toBe(1);
    expect(told(result)).toEqual([
      "dev-instances: applying",
      "dev-instances: its plan is stale: its state was changed after it was planned",
      "done: nothing; not begun: dev-instances",
      "to go on: npm run plan -- dev",
    ]);
    expect(keptPlans(workspace)).toEqual([]);
  });

  test("says that a plan was made with another provider, and begins nothing", async () => {
    writeStacks(workspace, { "dev-instances": {} });
    await workspace.run("plan");
    workspace.program(
      "terraform",
      'if (args[0] === "apply") { console.error("Error: Inconsistent dependency lock file"); process.exitCode = 1; }',
    );
    const result = await workspace.run("apply");
    expect(result.status).toBe(1);
    expect(told(result).slice(0, -1)).toEqual([
      "dev-instances: applying",
      "dev-instances: its plan was made with other checksums, or another version, of the provider",
      "done: nothing; not begun: dev-instances",
    ]);
    expect(workspace.calls("terraform").map(([command]) => command)).toEqual(["state", "apply"]);
  });

  test("stops where one fails, and says how to go on and where all is that Terraform said", async () => {
    const stacks = {
      "dev-networking": { output: { vpc_id: "vpc-1" } },
      "dev-sessions": {},
      "dev-instances": { reads: { "dev-networking": "vpc_id" } },
    };
    writeStacks(workspace, stacks);
    applyDirectly("dev-networking");
    writeStacks(workspace, {
      ...stacks,
      "dev-networking": { output: { vpc_id: "vpc-1" }, command: "echo broken; exit 3" },
    });
    await workspace.run("plan");
    const result = await workspace.run("apply");
    expect(result.status).toBe(1);
    expect(told(result).slice(2)).toEqual([
      expect.stringMatching(/^dev-networking: local-exec provisioner error .*exit status 3/),
      "done: dev-sessions; in part: dev-networking; not begun: dev-instances",
      "to go on: npm run plan -- dev",
    ]);
    const [, log = ""] =
      /^all that Terraform said is in (logs\/dev-apply-\S+\.log)$/m.exec(result.stderr) ?? [];
    expect(workspace.read(log)).toContain("dev-networking: Error: local-exec provisioner error");
    expect(statSync(join(workspace.folder, log)).mode & 0o777).toBe(0o600);
    expect(deployed()).toEqual(["state/dev-networking.tfstate", "state/dev-sessions.tfstate"]);
    expect(keptPlans(workspace)).toEqual([]);
  });

  test("of two at once, one waits its turn, with its plans as they are", async () => {
    writeStacks(workspace, { "dev-instances": { command: WAIT } });
    await workspace.run("plan");
    const first = workspace.runApart("apply");
    await begun(workspace);
    const second = await workspace.run("apply");
    expect(keptPlans(workspace)).toContain("plans/dev/dev-instances.tfplan");
    goOn(workspace);
    expect((await first).status).toBe(0);
    expect(second.status).toBe(1);
    expect(told(second)).toEqual([
      "dev-instances: applying",
      expect.stringMatching(
        /^dev-instances: its state is locked by \S+ since .* UTC \(apply\): try again when that has ended; if it was killed and has left its lock, terraform -chdir=cdktf\.out\/stacks\/dev-instances force-unlock [\w-]+$/,
      ),
      "done: nothing; not begun: dev-instances",
      "to go on: npm run apply -- dev",
    ]);
  });

  test("applies no plan that took the place of the one it checked", async () => {
    await planTwo();
    const applying = workspace.runApart("apply");
    await begun(workspace);
    // Networking is locked by now, so that there is no plan of what hangs on it.
    expect((await workspace.run("plan")).status).toBe(1);
    goOn(workspace);
    const result = await applying;
    expect(result.status).toBe(1);
    expect(told(result).slice(2)).toEqual([
      "dev-instances: its plan was replaced or removed by another run",
      "done: dev-networking; not begun: dev-instances",
      "to go on: npm run plan -- dev",
    ]);
    expect(deployed()).toEqual(["state/dev-networking.tfstate"]);
  });

  test("begins nothing after a request to end that Terraform did not hear", async () => {
    writeStacks(workspace, { "dev-instances": {} });
    await workspace.run("plan");
    workspace.program("terraform", "process.kill(process.ppid, 'SIGTERM'); setTimeout(() => {}, 200);");
    const result = await workspace.runApart("apply");
    expect(result.status).toBe(143);
    expect(workspace.calls("terraform").map(([command]) => command)).toEqual(["state"]);
    expect(told(result)).toEqual([
      "interrupted (SIGTERM); done: nothing; not begun: dev-instances",
      "to go on: npm run apply -- dev",
    ]);
  });

  test("Ctrl-C waits for Terraform, begins nothing more and leaves a sound state", async () => {
    await planTwo();
    const [program, args, options] = workspace.command("apply");
    const child = spawn(program, args, { ...options, detached: true, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    await begun(workspace);
    process.kill(-Number(child.pid), "SIGINT");
    const status = await new Promise((done) => child.on("close", done));
    goOn(workspace);
    expect(status).toBe(130);
    expect(stderr).toMatch(
      /\ninterrupted \(SIGINT\); done: nothing; in part: dev-networking; not begun: dev-instances\nall that Terraform said is in logs\/.+\nto go on: npm run plan -- dev\n$/,
    );
    expect(deployed()).toEqual(["state/dev-networking.tfstate"]);
    expect((await workspace.run("plan")).stdout).toContain("terraform_data.two");
  });
});
