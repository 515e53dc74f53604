import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { CliResult } from "../../../support/cli";
import { describeMoto, freePort } from "../../../support/moto";
import { describePty, runOnTerminal } from "../../../support/pty";
import { FORWARDING } from "../../../support/forwarding";
import type { SessionBroker } from "../../../support/sessions/broker";
import { portRemote } from "../../../support/sessions/remotes";
import { SessionWorkspace } from "../../../support/sessions/session-workspace";
import { StandInAgent } from "../../../support/sessions/stand-in-agent";

describeMoto("npm run forward, until it is signalled", (moto) => {
  let workspace: SessionWorkspace;
  let broker: SessionBroker;
  let id: string;

  beforeAll(async () => {
    workspace = new SessionWorkspace(moto, { dev: FORWARDING });
    await workspace.start();
    ({ broker } = workspace);
    id = workspace.instances.ids["dev/web"] ?? "";
  }, 120_000);

  beforeEach(() => {
    // Without a plugin, its own client opens them; the plugin has its turn in the tests of sessions.
    workspace.env.PATH = "/usr/bin:/bin";
    broker.forget();
    broker.agentOf = (session) => new StandInAgent(session, { sessionType: "Port", remote: portRemote(1) });
  });

  afterAll(() => workspace.remove());

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
    "no session-manager-plugin on the PATH: with this project's own client, which nobody has tried on AWS yet\n" +
    `looking for web in eu-central-1\nweb is ${id}, found by its tags: the state of dev-instances has no web\n`;

  test("opens several tunnels, says so, and ends them in good order", async () => {
    const [db, cache] = [await freePort(), await freePort()];
    const { status, stdout, stderr } = await forward(
      ["web", `db:${db}`, `cache:${cache}`, "--reason", "ticket 1"],
      /db: open:[^]*cache: open:|cache: open:[^]*db: open:/,
      "SIGINT",
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: FOUND() });
    expect(stdout.split("\n").sort()).toEqual([
      "",
      `cache: client: redis-cli -h 127.0.0.1 -p ${cache}`,
      "cache: closed",
      `cache: open: localhost:${cache} is 10.20.0.7:6379`,
      `cache: opening localhost:${cache}, through web`,
      `db: client: psql "host=db.internal hostaddr=127.0.0.1 port=${db} sslmode=verify-full"`,
      "db: closed",
      `db: open: localhost:${db} is db.internal:5432`,
      `db: opening localhost:${db}, through web`,
    ]);
    const named = (name: string, port: number) => ({
      ...{ Target: id, DocumentName: `SessionManager-dev-forward-${name}`, Reason: "ticket 1" },
      Parameters: { localPortNumber: [`${port}`] },
    });
    const asked = [...broker.requests].sort((a, b) =>
      String(a.DocumentName) < String(b.DocumentName) ? -1 : 1,
    );
    expect(asked).toEqual([named("cache", cache), named("db", db)]);
    expect(broker.count("TerminateSession")).toBe(0);
  });

  test("without ports, each target has its own, the same each time; a port that is taken is told", async () => {
    const run = () => forward(["web", "db", "replica", "app"], /(open:[^]*){3}/, "SIGINT");
    const ports = ({ stdout }: CliResult): Record<string, string> =>
      Object.fromEntries(
        [...stdout.matchAll(/^(\w+): open: localhost:(\d+) is (.*)$/gm)].map(([, name, port, far]) => [
          `${name} ${far}`,
          port as string,
        ]),
      );
    const first = ports(await run());
    expect(Object.keys(first).sort()).toEqual([
      "app port 8080 of web itself",
      "db db.internal:5432",
      "replica replica.internal:5432",
    ]);
    expect(new Set(Object.values(first)).size).toBe(3);
    expect(ports(await run())).toEqual(first);
    const own = Number(first["db db.internal:5432"]);
    const other = createServer();
    await new Promise<void>((done) => other.listen(own, "127.0.0.1", done));
    const { stderr } = await forward(["web", "db"], /open:/, "SIGINT");
    expect(stderr).toContain(
      `db: another program, or this tunnel once more, has its port: localhost:${own + 1} this time\n`,
    );
    other.close();
  });

  test("--json prints an object for each event; the only instance need not be named", async () => {
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
      { ...common, event: "open", sessionId: broker.latest.id },
      { ...common, event: "closed" },
    ]);
  });

  test("one that drops is opened again; one that was never open is not done", async () => {
    broker.refusal = Object.assign(new Error("later"), { name: "TargetNotConnected" });
    const { status, stdout } = await forward(["db"], /again/, "SIGINT");
    expect(status).toBe(130);
    expect(stdout).toContain(
      "db: dropped (web is not connected to Systems Manager: npm run doctor -- web tells why (later)): again in 1 s\n",
    );
    expect(broker.requests).toHaveLength(1);
  });

  test("nothing that the far end says is obeyed by the terminal", async () => {
    const refuses = { output: "\u001b]0;evil\u0007\u009b2Jgone", after: 0 };
    broker.agentOf = (session) =>
      new StandInAgent(session, { sessionType: "Port", remote: portRemote(1), refuses });
    const said = await forward(["db"], /again/, "SIGINT");
    expect(said.stdout).toContain("db: dropped (the session was ended: gone): again in 1 s\n");
    const { stdout } = await forward(["db", "--json"], /dropped/, "SIGINT");
    expect(stdout).not.toMatch(/\u009b/);
  });

  describePty("on a terminal", () => {
    test("Ctrl-C ends the tunnel in good order", async () => {
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
