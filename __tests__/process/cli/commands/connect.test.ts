import { spawn } from "node:child_process";
import { once } from "node:events";
import { Workspace } from "../../../support/cli";
import { describeMoto } from "../../../support/moto";
import { describePty, runOnTerminal } from "../../../support/pty";
import { ReachableInstances } from "../../../support/reachable-instances";
import { MINIMAL } from "../../../support/synth";

describeMoto("npm run connect, as a process", (moto) => {
  let workspace: Workspace;
  let instances: ReachableInstances;
  let id: string;

  beforeAll(async () => {
    workspace = new Workspace({ dev: { ...MINIMAL, sessions: {}, instances: { jobs: {}, web: {} } } });
    instances = new ReachableInstances(moto);
    await instances.start(workspace);
    id = instances.ids["dev/web"] ?? "";
  }, 30_000);

  beforeEach(() => {
    workspace.program("aws");
    workspace.program("session-manager-plugin");
    instances.online();
  });

  afterAll(() => {
    instances.stop();
    workspace.remove();
  });

  test("a request to end it goes to the AWS CLI, and is its status", async () => {
    workspace.program("aws", 'console.log("there"); setInterval(() => {}, 1000);');
    const [program, args, options] = workspace.command("connect", "--environment", "dev", "web");
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.once("data", () => child.kill("SIGTERM"));
    const [status] = (await once(child, "close")) as [number];
    expect(status).toBe(143);
  });

  test("a request to end it reaches the plugin, too, which would keep the terminal", async () => {
    workspace.program(
      "aws",
      `require("node:child_process").spawn(process.execPath, ["-e", 'console.log("there"); setTimeout(() => {}, 60000)'], { stdio: "inherit" });`,
    );
    const [program, args, options] = workspace.command("connect", "--environment", "dev", "web");
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.once("data", () => child.kill("SIGTERM"));
    // Closed when nobody is left who could write there.
    const [status] = (await once(child, "close")) as [number];
    expect(status).toBe(143);
  });

  test("the command ends though what the AWS CLI has left behind does not", async () => {
    workspace.program(
      "aws",
      `const plugin = 'process.on("SIGTERM", () => {}); console.log("there"); setTimeout(() => {}, 3000)';
       require("node:child_process").spawn(process.execPath, ["-e", plugin], { stdio: "inherit" });`,
    );
    const [program, args, options] = workspace.command("connect", "--environment", "dev", "web");
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.once("data", () => child.kill("SIGTERM"));
    let closed = false;
    child.once("close", () => (closed = true));
    const [status] = (await once(child, "exit")) as [number];
    expect({ status, closed }).toEqual({ status: 143, closed: false });
    await once(child, "close");
  });

  describePty("on a terminal", () => {
    const onTerminal = (...script: [string, string][]) =>
      runOnTerminal(
        workspace,
        ["connect", "--environment", "dev"],
        [["Which instance?", "\u001b[B\r"], ...script],
      );

    test("asks which instance, and hands the terminal over, Ctrl-C and Ctrl-Z included", async () => {
      workspace.program(
        "aws",
        `process.on("SIGINT", () => console.log("heard ^C"));
         console.log("terminals", [process.stdin.isTTY, process.stdout.isTTY].join());
         process.stdin.on("data", (data) => {
           console.log("read", JSON.stringify(data.toString()));
           if (data.toString().includes("exit")) process.exit(5);
         });`,
      );
      const { status, shown } = await onTerminal(
        ["terminals true,true", "\u0003"],
        ["heard ^C", "stop\u001a\u001c\r"],
        ['read "', "exit\r"],
      );
      expect(status).toBe(5);
      expect(shown).toContain('read "stop\\u001a\\u001c\\n"');
      expect(workspace.calls("aws")[0]).toContain(id);
    });

    test("the terminal is as it was, whatever the session did to it", async () => {
      workspace.program(
        "aws",
        'require("node:child_process").spawnSync("stty", ["-echo", "cbreak"], { stdio: "inherit" });' +
          'process.kill(process.pid, "SIGKILL");',
      );
      const [program, args, options] = workspace.command("connect", "--environment", "dev", "web");
      const script = 'stty -g; "$0" "$@"; echo "status $?"; stty -g';
      const watched = Object.create(workspace, {
        command: { value: () => ["sh", ["-c", script, program, ...args], options] },
      }) as Workspace;
      const lines = (await runOnTerminal(watched, [])).shown.split("\r\n").filter((line) => line !== "");
      expect(lines.at(-2)).toContain("status 137");
      expect(lines.at(-1)).toBe(lines[0]);
    });

    test("Ctrl-C while it waits brings the cursor back", async () => {
      instances.service.answer = () => ({ InstanceInformationList: [] });
      const { status, shown } = await onTerminal(["not registered", "\u0003"]);
      expect(status).toBe(130);
      expect(shown.lastIndexOf("\u001b[?25h")).toBeGreaterThan(shown.lastIndexOf("\u001b[?25l"));
    });

    test("Ctrl-C at the question ends it", async () => {
      const { status } = await runOnTerminal(
        workspace,
        ["connect", "--environment", "dev"],
        [["Which instance?", "\u0003"]],
      );
      expect(status).toBe(130);
      expect(workspace.calls("aws")).toEqual([]);
    });

    test("Ctrl-C while it waits ends it", async () => {
      instances.service.answer = () => ({ InstanceInformationList: [] });
      expect((await onTerminal(["not registered", "\u0003"])).status).toBe(130);
      expect(workspace.calls("aws")).toEqual([]);
    });
  });
});
