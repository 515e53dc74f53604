import { spawn } from "node:child_process";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { Workspace } from "../../../support/cli";
import { MIXED } from "../../../support/existing-network";
import { describeMoto } from "../../../support/moto";
import { STACKS, WAIT, stacksWorkspace, writeStacks } from "../../../support/stacks";
import { MINIMAL } from "../../../support/synth";
import { describeTerraform } from "../../../support/terraform";

/** Where the project has its Python: without it, moto would be installed for every test. */
const PYTHON = resolve(__dirname, "../../../../.venv");
const testWithPython = existsSync(PYTHON) ? test : test.skip;

const VPC = { vpc_id: "vpc-1" };

// Terraform runs a dozen times in some of these.
jest.setTimeout(60_000);

describeTerraform("npm run rehearse", () => {
  describeMoto("on a local AWS", (moto) => {
    let workspace: Workspace;
    beforeEach(() => {
      workspace = stacksWorkspace();
      // What is synthesized is written by the tests.
      workspace.write("cdktf.json", JSON.stringify({ app: "true" }));
      symlinkSync(PYTHON, join(workspace.folder, ".venv"));
    });
    afterEach(() => workspace.remove());

    const run = (...args: string[]) => workspace.run("rehearse", "dev", "--endpoint", moto.url, ...args);
    const left = (): string[] => workspace.files().filter((file) => file.startsWith(".rehearsal/dev"));

    /** Waits until {@link WAIT} has begun: the folder of the rehearsal. */
    const begins = async (): Promise<string> => {
      for (let look = 0; look < 400; look++) {
        const [, folder] = /^(.*)\/begun$/m.exec(left().join("\n")) ?? [];
        if (folder !== undefined) {
          return folder;
        }
        await new Promise((again) => setTimeout(again, 50));
      }
      throw new Error("the command did not begin");
    };

    interface Rehearsed {
      readonly passed: boolean;
      readonly steps: { stack: string; step: string; passed: boolean; seen: string }[];
    }

    test("takes every stack through every step, and leaves nothing", async () => {
      writeStacks(workspace, STACKS);
      workspace.write("state/dev-networking.tfstate", "mine");
      const path = "cdktf.out/stacks/dev-networking/cdk.tf.json";
      const json = workspace.read(path);
      const before = workspace.files();
      const { stdout, stderr, status } = await run("--json");
      expect({ stderr: stderr.split("\n").slice(0, 3), status }).toEqual({
        stderr: ["starting moto", "dev-networking: init", "dev-networking: plan"],
        status: 0,
      });
      const { steps, passed } = JSON.parse(stdout) as Rehearsed;
      expect(passed).toBe(true);
      const forward = ["init", "plan", "apply", "second plan", "inventory"];
      expect(steps.map(({ stack, step }) => `${stack} ${step}`)).toEqual([
        ...["dev-networking", "dev-instances", "dev-sessions"].flatMap((stack) =>
          forward.map((step) => `${stack} ${step}`),
        ),
        ...["dev-sessions", "dev-instances", "dev-networking"].map((stack) => `${stack} destroy`),
        "dev-networking what is left",
      ]);
      expect(steps.slice(0, 5).map(({ seen }) => seen)).toEqual([
        "initialized",
        "1 to add, 0 to change, 0 to destroy",
        "1 resource",
        "no changes",
        "0 of 1 resources listed by the emulator",
      ]);
      expect(workspace.files()).toEqual([...before, ".rehearsal"].sort());
      expect([workspace.read(path), workspace.read("state/dev-networking.tfstate")]).toEqual([json, "mine"]);
    });

    test("fails where a second plan is not empty, and keeps what was said", async () => {
      writeStacks(workspace, { ...STACKS, "dev-networking": { input: "${timestamp()}", output: VPC } });
      const { stdout, stderr, status } = await run();
      expect(status).toBe(1);
      expect(stdout).toMatch(
        /^dev-networking +second plan +FAIL +[\d.]+ s +the second plan is not empty: ~ terraform_data.one \(input, output\)$/m,
      );
      expect(stdout).not.toContain("dev-instances");
      expect(stderr).toMatch(/\n\.rehearsal\/dev-\w+ has what Terraform was given, and what it said\n/);
      const log = left().find((file) => file.endsWith("dev-networking.log")) ?? "";
      expect(workspace.read(log)).toContain("$ terraform apply -input=false rehearsal.tfplan\n");
    });

    test("fails with Terraform's reason", async () => {
      writeStacks(workspace, {
        ...STACKS,
        "dev-networking": { command: "echo no room; exit 3", output: VPC },
      });
      const { stdout, status } = await run();
      expect(status).toBe(1);
      expect(stdout).toMatch(/^dev-networking +apply +FAIL .*exit status 3.*\.log has all that was said\)$/m);
    });

    testWithPython("keeps what moto said where it does not start", async () => {
      writeStacks(workspace, STACKS);
      // Whatever port it is to have, it is not on this machine's loopback.
      workspace.write("sitecustomize.py", 'import sys\nif "-p" in sys.argv: sys.exit("no port")\n');
      workspace.env.PYTHONPATH = workspace.folder;
      const { status, stderr } = await workspace.run("rehearse", "dev");
      const [, log = ""] = /moto does not start: (\S+) has what it said/.exec(stderr) ?? [];
      expect({ status, said: workspace.read(log) }).toEqual({
        status: 1,
        said: expect.stringContaining("no port") as string,
      });
    });

    test("says how to empty a server that is not its own", async () => {
      writeStacks(workspace, STACKS);
      const { stderr } = await run("--keep");
      expect(stderr).toContain(`export AWS_ENDPOINT_URL=${moto.url} `);
      expect(stderr).toMatch(/what is still on (\S+) stays there until: curl -X POST \1\/moto-api\/reset\n$/);
      expect(stderr).not.toContain("Ctrl-C");
      expect(left()).toEqual([]);
    });

    testWithPython("starts a server of its own, and ends it and cleans up after Ctrl-C", async () => {
      writeStacks(workspace, { ...STACKS, "dev-networking": { command: WAIT, output: VPC } });
      const [program, args, options] = workspace.command("rehearse", "dev");
      const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      const status = new Promise((done) => child.on("close", done));
      const folder = await begins();
      const log = left().find((file) => file.endsWith("moto.log")) ?? "";
      const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(workspace.read(log)) ?? [];
      expect((await fetch(`${url}/moto-api/`)).status).toBe(200);
      // As a terminal does: to all that run in it.
      process.kill(-(child.pid ?? 0), "SIGINT");
      workspace.write(`${folder}/go`, "");
      expect(await status).toBe(130);
      expect(stderr).toMatch(/^starting moto\nstarting moto [\d.]+\ndev-networking: init\n/);
      expect(stdout).not.toContain("dev-instances");
      expect(left()).toEqual([]);
      await expect(fetch(`${url}/moto-api/`)).rejects.toThrow("fetch failed");
    });

    testWithPython("keeps the server to look around in, until Ctrl-C", async () => {
      writeStacks(workspace, STACKS);
      const [program, args, options] = workspace.command("rehearse", "--keep");
      const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
      const status = new Promise((done) => child.on("close", done));
      const url = await new Promise<string>((done) => {
        let said = "";
        child.stderr.on("data", (chunk: Buffer) => {
          said += chunk.toString();
          const [, told] = /AWS_ENDPOINT_URL=(\S+) [\s\S]*Ctrl-C ends it/.exec(said) ?? [];
          if (told !== undefined) {
            done(told);
          }
        });
      });
      expect((await fetch(`${url}/moto-api/`)).status).toBe(200);
      expect(left()).not.toEqual([]);
      child.kill("SIGINT");
      expect(await status).toBe(0);
      expect(left()).toEqual([]);
      await expect(fetch(`${url}/moto-api/`)).rejects.toThrow("fetch failed");
    });

    test("refuses what it cannot rehearse", async () => {
      writeStacks(workspace, STACKS);
      expect(await workspace.run("rehearse", "prod")).toMatchObject({
        status: 1,
        stderr: "no environment prod in cdktf.out: there is dev\n",
      });
      expect(await workspace.run("rehearse", "dev", "--endpoint", "http://127.0.0.1:9")).toMatchObject({
        status: 1,
        stderr:
          "starting moto\nno moto server answers at http://127.0.0.1:9: start one, or leave --endpoint out to have one started\n",
      });
      expect((await workspace.run("rehearse", "dev", "--endpoint", "moto")).stderr).toMatch(
        /\nno moto server answers at moto: /,
      );
      workspace.env.TERRAFORM_BINARY_NAME = "terra";
      expect((await run()).stderr).toMatch(/^no terra on the PATH: install Terraform/);
      expect(left()).toEqual([]);
      delete workspace.env.TERRAFORM_BINARY_NAME;
      workspace.write("cdktf.json", JSON.stringify({ app: "echo bad settings; exit 1" }));
      // What the app says goes past the command, to the standard error of its process.
      expect(await workspace.runApart("rehearse", "dev", "--endpoint", moto.url)).toEqual({
        status: 1,
        stdout: "",
        stderr: "bad settings\n",
      });

      const existing = new Workspace({ dev: MIXED });
      existing.write(
        "cdktf.json",
        readFileSync(`${workspace.folder}/cdktf.json`, "utf8").replace(/echo.*1/, "true"),
      );
      expect(await existing.run("rehearse")).toEqual({
        status: 1,
        stdout: "",
        stderr:
          "dev uses an existing network, which no emulator has: rehearse an environment that makes its own\n",
      });
      existing.synthesize({ dev: { ...MINIMAL, sessions: { archive: { bucketName: "copies-of-ours" } } } });
      expect(await existing.run("rehearse")).toEqual({
        status: 1,
        stdout: "",
        stderr:
          "dev keeps copies in a bucket of yours, which no emulator has: rehearse it without sessions.archive.bucketName\n",
      });
      existing.remove();
    });
  });
});
