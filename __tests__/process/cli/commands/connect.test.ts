import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Workspace } from "../../../support/cli";
import { describeMoto } from "../../../support/moto";
import { describePty, runOnTerminal } from "../../../support/pty";
import { shellRemote } from "../../../support/sessions/remotes";
import { SessionWorkspace } from "../../../support/sessions/session-workspace";
import { StandInAgent } from "../../../support/sessions/stand-in-agent";
import { MINIMAL } from "../../../support/synth";

describeMoto("npm run connect, as a process", (moto) => {
  let workspace: SessionWorkspace;
  let id: string;

  beforeAll(async () => {
    workspace = new SessionWorkspace(moto, {
      dev: { ...MINIMAL, sessions: {}, instances: { jobs: {}, web: {} } },
    });
    await workspace.start();
    id = workspace.instances.ids["dev/web"] ?? "";
  }, 120_000);

  beforeEach(() => {
    workspace.standInPlugin();
    workspace.instances.online();
    workspace.broker.forget();
    workspace.broker.agentOf = (session) => new StandInAgent(session, { remote: shellRemote() });
  });

  afterAll(() => workspace.remove());

  const start = (client: string) => {
    const [program, args, options] = workspace.command(
      "connect",
      "--environment",
      "dev",
      "web",
      "--client",
      client,
    );
    return spawn(program, args, { ...options, stdio: ["pipe", "pipe", "ignore"] });
  };

  test.each(["plugin", "builtin"])(
    "a request to end it ends the session too, and is its status: %s",
    async (client) => {
      const child = start(client);
      child.stdout.once("data", () => child.kill("SIGTERM"));
      // Closed when nobody is left who could write there.
      const [status] = (await once(child, "close")) as [number];
      expect(status).toBe(143);
      expect(workspace.broker.count("TerminateSession")).toBe(1);
    },
  );

  test("a request to end it reaches what the plugin has started, too, which would keep the terminal", async () => {
    workspace.standInPlugin(
      `require("node:child_process").spawn(process.execPath, ["-e", 'console.log("there"); setTimeout(() => {}, 60000)'], { stdio: "inherit" });`,
    );
    const child = start("plugin");
    child.stdout.once("data", () => child.kill("SIGTERM"));
    const [status] = (await once(child, "close")) as [number];
    expect(status).toBe(143);
  });

  test("the command ends though what the plugin has left behind does not", async () => {
    workspace.standInPlugin(
      `const other = 'process.on("SIGTERM", () => {}); console.log("there"); setTimeout(() => {}, 6000)';
       require("node:child_process").spawn(process.execPath, ["-e", other], { stdio: "inherit" });`,
    );
    const child = start("plugin");
    child.stdout.once("data", () => child.kill("SIGTERM"));
    let closed = false;
    child.once("close", () => (closed = true));
    const [status] = (await once(child, "exit")) as [number];
    expect({ status, closed }).toEqual({ status: 143, closed: false });
    await once(child, "close");
  });

  test("a plugin that does not start leaves no session behind, and nothing that runs on", async () => {
    workspace.standInPlugin();
    workspace.write("programs/session-manager-plugin", "#!/nowhere/sh\n");
    const child = start("plugin");
    const [status] = (await once(child, "close")) as [number];
    expect(status).toBe(1);
    expect(workspace.broker.count("TerminateSession")).toBe(1);
  });

  describePty("on a terminal", () => {
    const onTerminal = (...script: [string, string][]) =>
      runOnTerminal(
        workspace,
        ["connect", "--environment", "dev"],
        [["Which instance?", "\u001b[B\r"], ...script],
      );

    test("asks which instance, and hands the terminal over to the plugin, Ctrl-C and Ctrl-Z included", async () => {
      workspace.standInPlugin(
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
      expect(workspace.broker.requests[0]?.Target).toBe(id);
    });

    test("its own client hands every key on, Ctrl-C and Ctrl-Z included, and ~. leaves", async () => {
      const { status, shown } = await runOnTerminal(
        workspace,
        ["connect", "--environment", "dev", "web", "--client", "builtin"],
        [
          ["# ", "echo go; sleep 60\r"],
          ["go\r", "\u0003"],
          ["# ", "(echo on; exec cat)\r"],
          ["on\r", "\u001a"],
          ["Stopped", "\r"],
          ["# ", "~?"],
          ["leaves the session", "~."],
        ],
      );
      expect(status).toBe(0);
      expect(shown).toContain("^C");
      expect(workspace.broker.count("TerminateSession")).toBe(1);
    });

    test.each([
      [
        "plugin",
        'require("node:child_process").spawnSync("stty", ["-echo", "cbreak"], { stdio: "inherit" });' +
          'process.kill(process.pid, "SIGKILL");',
        137,
        [],
      ],
      ["builtin", "", 0, [["# ", "exit\r"]]],
    ] as const)(
      "the terminal is as it was, whatever the session did to it: %s",
      async (client, body, ends, keys) => {
        workspace.standInPlugin(body);
        const [program, args, options] = workspace.command(
          ...["connect", "--environment", "dev", "web", "--client", client],
        );
        const script = 'stty -g; "$0" "$@"; echo "status $?"; stty -g';
        const watched = Object.create(workspace, {
          command: { value: () => ["sh", ["-c", script, program, ...args], options] },
        }) as Workspace;
        const { shown } = await runOnTerminal(watched, [], keys);
        const lines = shown.split("\r\n").filter((line) => line !== "");
        expect(lines.at(-2)).toContain(`status ${ends}`);
        expect(lines.at(-1)).toBe(lines[0]);
      },
    );

    test("Ctrl-C while it waits brings the cursor back", async () => {
      workspace.instances.service.answer = () => ({ InstanceInformationList: [] });
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
      expect(workspace.broker.requests).toEqual([]);
    });

    test("Ctrl-C while it waits ends it", async () => {
      workspace.instances.service.answer = () => ({ InstanceInformationList: [] });
      expect((await onTerminal(["not registered", "\u0003"])).status).toBe(130);
      expect(workspace.broker.requests).toEqual([]);
    });
  });
});
