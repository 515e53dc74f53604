import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Workspace } from "../../../support/cli";
import { STACKS, WAIT, begun, goOn, keptPlans, stacksWorkspace, writeStacks } from "../../../support/stacks";
import { describeTerraform } from "../../../support/terraform";

// Terraform runs a dozen times in some of these.
jest.setTimeout(30_000);

let workspace: Workspace;
beforeEach(() => {
  workspace = stacksWorkspace();
});
afterEach(() => workspace.remove());

async function planAndApply(): Promise<void> {
  expect((await workspace.run("plan")).status).toBe(0);
  expect((await workspace.run("apply")).status).toBe(0);
}

describeTerraform("npm run plan", () => {
  test("plans what can be planned, and names what waits for it, until all is done", async () => {
    writeStacks(workspace, STACKS);
    expect(await workspace.run("plan", "dev", "--detailed-exitcode")).toEqual({
      status: 2,
      stdout:
        "dev-networking  1 to add, 0 to change, 0 to destroy\n  + terraform_data.one\n  outputs: unread, vpc_id\n" +
        "dev-instances   waits for dev-networking: not applied yet\n" +
        "dev-sessions    1 to add, 0 to change, 0 to destroy\n  + terraform_data.one\n" +
        "\nnext:  npm run apply -- dev\n",
      stderr:
        "dev: initializing, reading states\ndev-networking, dev-sessions: planning\ndev-instances: planning\n",
    });
    await workspace.run("apply");
    expect((await workspace.run("plan")).stdout).toBe(
      "dev-networking  no changes\n" +
        "dev-instances   1 to add, 0 to change, 0 to destroy\n  + terraform_data.one\n" +
        "dev-sessions    no changes\n\nnext:  npm run apply -- dev\n",
    );
    await workspace.run("apply");
    expect(await workspace.run("plan", "--detailed-exitcode")).toMatchObject({
      status: 0,
      stdout: "dev-networking  no changes\ndev-instances   no changes\ndev-sessions    no changes\n",
    });
  });

  test("a stack waits for outputs that it reads and that change, and for no others", async () => {
    writeStacks(workspace, STACKS);
    await planAndApply();
    await planAndApply();
    writeStacks(workspace, { ...STACKS, "dev-networking": { output: { vpc_id: "vpc-1", unread: "b" } } });
    expect((await workspace.run("plan")).stdout).toBe(
      "dev-networking  0 to add, 0 to change, 0 to destroy\n  outputs: unread\n" +
        "dev-instances   no changes\ndev-sessions    no changes\n\nnext:  npm run apply -- dev\n",
    );
    writeStacks(workspace, {
      ...STACKS,
      "dev-networking": { output: { vpc_id: "${terraform_data.one.id}", unread: "a" } },
      "dev-tail-instances": {}, // another environment
    });
    expect((await workspace.run("plan", "dev")).stdout).toContain(
      "dev-instances   waits for dev-networking: vpc_id changes\n",
    );
    // It was planned on what is deployed, and that plan would be wrong.
    expect(keptPlans(workspace)).not.toContain("plans/dev/dev-instances.tfplan");
  });

  test("what is deployed is planned at once, whatever depends on what", async () => {
    const both = Object.fromEntries(Object.entries(STACKS).filter(([name]) => name !== "dev-sessions"));
    writeStacks(workspace, both);
    await planAndApply();
    await planAndApply();
    // Answers nobody before both have asked.
    const waiting: (() => void)[] = [];
    const server = createServer((_, response) => {
      waiting.push(() => response.writeHead(404).end());
      if (waiting.length === 2) {
        waiting.forEach((answer) => answer());
      }
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const name of Object.keys(both)) {
      const path = `cdktf.out/stacks/${name}/cdk.tf.json`;
      const json = JSON.parse(workspace.read(path)) as { data?: { terraform_remote_state?: object } };
      const slow = { backend: "http", config: { address, retry_max: "0" } };
      const data = { terraform_remote_state: { ...json.data?.terraform_remote_state, slow } };
      workspace.write(path, JSON.stringify({ ...json, data }));
    }
    await workspace.run("plan");
    server.close();
    expect(waiting.length).toBe(2);
  });

  test("a stack that cannot be planned yet, as it reads what is new, waits, and nothing has failed", async () => {
    writeStacks(workspace, STACKS);
    await planAndApply();
    await planAndApply();
    writeStacks(workspace, {
      ...STACKS,
      "dev-networking": { output: { vpc_id: "vpc-1", unread: "a", subnet_id: "subnet-1" } },
      "dev-instances": { reads: { "dev-networking": "subnet_id" } },
    });
    expect(await workspace.run("plan")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("dev-instances   waits for dev-networking: subnet_id changes\n"),
    });
    expect(workspace.files().filter((file) => file.startsWith("logs/"))).toEqual([]);
  });

  test("a stack is initialized where it must be, also where only a module of one's own is new", async () => {
    const module = (): void => {
      const path = "cdktf.out/stacks/dev-instances/cdk.tf.json";
      const json = JSON.parse(workspace.read(path)) as object;
      workspace.write(path, JSON.stringify({ ...json, module: { mine: { source: "./mine" } } }));
      workspace.write("cdktf.out/stacks/dev-instances/mine/main.tf.json", "{}");
    };
    const stacks = { "dev-instances": {} };
    writeStacks(workspace, stacks);
    module();
    expect((await workspace.run("plan")).stdout).toContain("dev-instances  1 to add");
    workspace.remove();
    workspace = stacksWorkspace();
    writeStacks(workspace, stacks);
    await workspace.run("plan");
    module();
    expect(await workspace.run("plan")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("dev-instances  1 to add"),
    });
    expect(workspace.files().filter((file) => file.startsWith("logs/"))).toEqual([]);
  });

  test("what waits for a stack that waits is told so", async () => {
    writeStacks(workspace, {
      "dev-networking": { output: { vpc_id: "vpc-1" } },
      "dev-sessions": { reads: { "dev-networking": "vpc_id" }, output: { key_arn: "key" } },
      "dev-instances": { reads: { "dev-networking": "vpc_id", "dev-sessions": "key_arn" } },
    });
    expect((await workspace.run("plan")).stdout).toContain(
      "dev-sessions    waits for dev-networking: not applied yet\n" +
        "dev-instances   waits for dev-networking: not applied yet; dev-sessions: waits itself\n",
    );
  });

  test("a stack that fails is told in a line; what does not need it is planned", async () => {
    writeStacks(workspace, { ...STACKS, "dev-networking": { input: "${local.nothing}" } });
    const { status, stdout } = await workspace.run("plan");
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^dev-networking {2}failed: Reference to undeclared local value .*\ndev-instances {3}waits for dev-networking: could not be planned\ndev-sessions {4}1 to add/,
    );
    expect(keptPlans(workspace)).toEqual([
      "plans/dev",
      "plans/dev/dev-instances.json",
      "plans/dev/dev-networking.json",
      "plans/dev/dev-sessions.json",
      "plans/dev/dev-sessions.tfplan",
    ]);
  });

  test("tells a machine what changes, and nobody what may be secret", async () => {
    writeStacks(workspace, { "dev-instances": { input: "s3cret" } });
    const { stdout } = await workspace.run("plan", "--json");
    expect(JSON.parse(stdout)).toEqual({
      environment: "dev",
      stacks: [
        {
          stack: "dev-instances",
          state: "planned",
          changed: true,
          time: expect.any(String),
          jsonSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          planSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          reads: {},
          changes: {
            terraformVersion: expect.any(String),
            counts: { import: 0, add: 1, change: 0, destroy: 0, forget: 0 },
            resources: [{ address: "terraform_data.one", mark: "+" }],
            outputs: [],
            drift: [],
          },
        },
      ],
    });
    expect(stdout + workspace.read("plans/dev/dev-instances.json")).not.toContain("s3cret");
    const modes = ["plans", "plans/dev", "plans/dev/dev-instances.json", "plans/dev/dev-instances.tfplan"];
    expect(modes.map((path) => statSync(join(workspace.folder, path)).mode & 0o777)).toEqual([
      0o700, 0o700, 0o600, 0o600,
    ]);
    expect((await workspace.run("plan", "--full")).stdout).toContain('+ input  = "s3cret"');
  });

  test("old plans go before new ones are made", async () => {
    writeStacks(workspace, STACKS);
    await workspace.run("plan");
    writeStacks(workspace, { "dev-instances": {} });
    await workspace.run("plan");
    expect(keptPlans(workspace)).toEqual([
      "plans/dev",
      "plans/dev/dev-instances.json",
      "plans/dev/dev-instances.tfplan",
    ]);
  });

  test("says who has locked a state, and since when", async () => {
    writeStacks(workspace, { "dev-instances": { command: WAIT } });
    await workspace.run("plan");
    const applying = workspace.runApart("apply");
    await begun(workspace);
    const { status, stdout } = await workspace.run("plan");
    goOn(workspace);
    expect((await applying).status).toBe(0);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^dev-instances {2}failed: its state is locked by \S+@\S+ since [\d-]+ [\d:]+ UTC \(apply\): try again when that has ended; if it was killed and has left its lock, terraform -chdir=cdktf\.out\/stacks\/dev-instances force-unlock [\w-]+\n$/,
    );
  });

  test("goes on where nobody reads how far it is", async () => {
    writeStacks(workspace, STACKS);
    const [program, args, options] = workspace.command("plan");
    const child = spawn(program, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.destroy();
    expect(await new Promise((done) => child.on("close", done))).toBe(0);
    expect(keptPlans(workspace)).toContain("plans/dev/dev-sessions.tfplan");
  });

  test("Ctrl-C waits for Terraform, and keeps no plan and no lock", async () => {
    // What the plan reads is answered when the signal is sent, so that Terraform is in the middle of it.
    let signal = (): void => undefined;
    const server = createServer((_, response) => {
      signal();
      response.writeHead(404).end();
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeStacks(workspace, { "dev-networking": {}, "dev-instances": {} });
    const path = "cdktf.out/stacks/dev-networking/cdk.tf.json";
    const json = JSON.parse(workspace.read(path)) as object;
    const data = { terraform_remote_state: { slow: { backend: "http", config: { address } } } };
    workspace.write(path, JSON.stringify({ ...json, data }));
    const [program, args, options] = workspace.command("plan");
    const child = spawn(program, args, { ...options, detached: true, stdio: ["ignore", "ignore", "pipe"] });
    signal = () => process.kill(-Number(child.pid), "SIGINT");
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const status = await new Promise((done) => child.on("close", done));
    server.close();
    expect({ status, stderr }).toEqual({
      status: 130,
      stderr:
        "dev: initializing, reading states\ndev-instances, dev-networking: planning\n" +
        "ending: Terraform finishes what it has begun; a second Ctrl-C makes it give up\ninterrupted: no plan of dev is kept\n",
    });
    expect(keptPlans(workspace)).toEqual([]);
    expect(workspace.files().filter((file) => file.includes("lock.info"))).toEqual([]);
  });
});
