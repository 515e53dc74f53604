import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { type CliResult, Workspace } from "../../support/cli";
import { describeMoto, freePort } from "../../support/moto";
import { describePty, runOnTerminal } from "../../support/pty";
import { ReachableInstances } from "../../support/reachable-instances";
import { MINIMAL } from "../../support/synth";

const FORWARD = {
  db: { host: "db.internal", port: 5432, cidr: "10.20.0.0/24" },
  cache: { host: "10.20.0.7", port: 6379, cidr: "10.20.0.0/24" },
};
const DEV = { ...MINIMAL, sessions: { forward: FORWARD } };

/** A CLI that opens a tunnel and keeps it until Ctrl-C, as the plugin does. */
const OPENS = `
  const { localPortNumber: [port] } = JSON.parse(args[args.indexOf("--parameters") + 1]);
  setInterval(() => {}, 1000);
  process.on("SIGINT", () => process.exit(0));
  console.log("\\nStarting session with SessionId: alice-1");
  console.log("Port " + port + " opened for sessionId alice-1.\\nWaiting for connections...");`;

const fails = (name: string, message: string): string =>
  `console.error("\\nAn error occurred (${name}) when calling the StartSession operation: ${message}"); process.exitCode = 254;`;

describe("without anything deployed", () => {
  let workspace: Workspace;
  beforeAll(() => {
    workspace = new Workspace({ dev: DEV, plain: { ...MINIMAL, instances: { web: {}, jobs: {} } } });
    workspace.program("aws");
    workspace.onlyPrograms("sh");
  });
  afterAll(() => workspace.remove());

  test.each([
    [["web"], "no target given: there is cache, db; npm run forward -- web <target>"],
    [["web", "dbb"], "no forward target dbb in dev: there is cache, db; did you mean db?"],
    [["dbb"], "no forward target dbb in dev: there is cache, db; did you mean db?"],
    [["we", "db"], "no instance we in dev: there is web; did you mean web?"],
    [["db:70000"], "db:70000: got port 70000; allowed: 1 to 65535"],
    [["db", "db"], "db is given twice: give each once"],
    [
      ["db"],
      "no session-manager-plugin on the PATH: install it, https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html (1.2.764.0 or later, the oldest that AWS supports)",
    ],
  ])("%j is refused", async (args, told) => {
    expect(await workspace.run("forward", "--environment", "dev", ...args)).toEqual({
      status: 1,
      stdout: "",
      stderr: `${told}\n`,
    });
  });

  test("an environment without targets says which setting adds one", async () => {
    expect(await workspace.run("forward", "--environment", "plain", "web", "db")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "plain has no forward target: add one to sessions.forward in environments/plain.ts, such as " +
        'db: { host: "db.example.com", port: 5432, cidr: "10.20.0.0/24" }, then npm run deploy -- plain\n',
    });
  });

  test("a name is an instance's or a target's in the environment that is given", async () => {
    const { stderr } = await workspace.run("forward", "--environment", "dev", "jobs", "x");
    expect(stderr).toBe("no instance jobs in dev: there is web\n");
    expect((await workspace.run("forward", "cache:0", "db")).stderr).toMatch(
      /^several environments, dev, plain/,
    );
  });

  test("no name at all is told with how it is called", async () => {
    expect((await workspace.run("forward")).stderr).toBe("error: missing required argument 'names'\n");
  });
});

describeMoto("npm run forward", (moto) => {
  let workspace: Workspace;
  let instances: ReachableInstances;
  let id: string;

  beforeAll(async () => {
    workspace = new Workspace({ dev: DEV });
    workspace.program("session-manager-plugin");
    instances = new ReachableInstances(moto);
    await instances.start(workspace);
    id = instances.ids["dev/web"] ?? "";
  }, 30_000);

  afterAll(() => {
    instances.stop();
    workspace.remove();
  });

  /** Runs it until everything that is waited for was said, and signals it then. */
  function forward(args: readonly string[], until: RegExp, signal: NodeJS.Signals): Promise<CliResult> {
    return new Promise((done) => {
      const [program, all, options] = workspace.command("forward", ...args);
      const child = spawn(program, all, { ...options, stdio: ["ignore", "pipe", "pipe"] });
      let [stdout, stderr] = ["", ""];
      let signalled = false;
      child.stdout.on("data", (chunk: Buffer) => {
        stdout += chunk.toString();
        if (!signalled && until.test(stdout)) {
          signalled = true;
          child.kill(signal);
        }
      });
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.on("close", (status) => done({ status, stdout, stderr }));
    });
  }

  const FOUND = (): string =>
    `looking for web in eu-central-1\nweb is ${id}, found by its tags: the state of dev-instances has no web\n`;

  test("opens several tunnels, says so, and ends them in good order", async () => {
    workspace.program("aws", OPENS);
    const [db, cache] = [await freePort(), await freePort()];
    const { status, stdout, stderr } = await forward(
      ["web", `db:${db}`, `cache:${cache}`, "--reason", "ticket 1"],
      /db: open:[^]*cache: open:|cache: open:[^]*db: open:/,
      "SIGINT",
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: FOUND() });
    expect(stdout.split("\n").sort()).toEqual([
      "",
      "cache: closed",
      `cache: open: localhost:${cache} is 10.20.0.7:6379`,
      `cache: opening localhost:${cache}, through web`,
      "db: closed",
      `db: open: localhost:${db} is db.internal:5432`,
      `db: opening localhost:${db}, through web`,
    ]);
    expect(workspace.calls("aws").sort()).toEqual([
      [
        ...["ssm", "start-session", "--region", "eu-central-1", "--target", id],
        ...["--document-name", "SessionManager-dev-forward-cache"],
        ...["--parameters", `{"localPortNumber":["${cache}"]}`, "--reason=ticket 1"],
      ],
      [
        ...["ssm", "start-session", "--region", "eu-central-1", "--target", id],
        ...["--document-name", "SessionManager-dev-forward-db"],
        ...["--parameters", `{"localPortNumber":["${db}"]}`, "--reason=ticket 1"],
      ],
    ]);
  });

  test("--json prints an object for each event; the only instance need not be named", async () => {
    workspace.program("aws", OPENS);
    const port = await freePort();
    const { status, stdout } = await forward([`db:${port}`, "--json"], /"open"/, "SIGTERM");
    expect(status).toBe(0);
    const common = {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      ...{ environment: "dev", instance: "web", id, tunnel: "db" },
      ...{ localPort: port, host: "db.internal", port: 5432 },
    };
    const lines = stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { ...common, event: "opening" },
      { ...common, event: "open", sessionId: "alice-1" },
      { ...common, event: "closed" },
    ]);
  });

  test("a tunnel that may not be opened ends it, with the policy that allows it", async () => {
    workspace.program("aws", fails("AccessDeniedException", "no"));
    const { status, stdout } = await workspace.run("forward", "web", `db:${await freePort()}`);
    expect(status).toBe(1);
    expect(stdout.split("\n")[1]).toBe(
      "db: failed: denied: ssm:StartSession in eu-central-1: attach the policy dev-session-forward to whom you are in AWS (no)",
    );
  });

  test("one that drops is opened again; one that was never open is not done", async () => {
    workspace.program("aws", fails("TargetNotConnected", "later"));
    const { status, stdout } = await forward(["db"], /again/, "SIGINT");
    expect(status).toBe(130);
    expect(stdout).toContain(
      "db: dropped (web is not connected to Systems Manager: npm run doctor -- web tells why (later)): again in 1 s\n",
    );
    expect(workspace.calls("aws")).toHaveLength(1);
  });

  test("nothing that the far end says is obeyed by the terminal", async () => {
    workspace.program("aws", 'console.log("SessionId: alice-1 : \\u001b]0;evil\\u0007\\u009b2Jgone");');
    const said = await forward(["db"], /again/, "SIGINT");
    expect(said.stdout).toContain("db: dropped (SessionId: alice-1 : gone): again in 1 s\n");
    const { stdout } = await forward(["db", "--json"], /dropped/, "SIGINT");
    expect(stdout).not.toMatch(/\u009b/);
  });

  test("a busy port is refused before anything starts", async () => {
    workspace.program("aws", OPENS);
    const server = createServer();
    const port = await new Promise<number>((done) => {
      server.listen(0, "127.0.0.1", () => done((server.address() as { port: number }).port));
    });
    expect(await workspace.run("forward", `db:${port}`)).toEqual({
      status: 1,
      stdout: "",
      stderr: `db:${port}: port ${port} is in use by another program: give another, or none\n`,
    });
    expect(workspace.calls("aws")).toEqual([]);
    server.close();
  });

  test("whoever may not find the instance is told the policy for tunnels", async () => {
    instances.service.answer = () => ["AccessDeniedException", "no"];
    expect((await workspace.run("forward", "db")).stderr).toContain(
      "denied: ssm:DescribeInstanceInformation in eu-central-1: attach the policy dev-session-forward to whom",
    );
    instances.online();
  });

  describePty("on a terminal", () => {
    test("Ctrl-C ends the tunnel in good order", async () => {
      workspace.program("aws", OPENS);
      const { status, shown } = await runOnTerminal(
        workspace,
        ["forward", `db:${await freePort()}`],
        [["db: open: ", "\u0003"]],
      );
      expect(status).toBe(0);
      expect(shown).toContain("db: closed");
    });
  });
});
