import { createServer } from "node:net";
import { Workspace } from "../../support/cli";
import { describeMoto, freePort } from "../../support/moto";
import { FORWARDING } from "../../support/forwarding";
import type { SessionBroker } from "../../support/sessions/broker";
import { portRemote } from "../../support/sessions/remotes";
import { SessionWorkspace } from "../../support/sessions/session-workspace";
import { StandInAgent } from "../../support/sessions/stand-in-agent";
import { MINIMAL } from "../../support/synth";

describe("without anything deployed", () => {
  let workspace: Workspace;
  beforeAll(() => {
    workspace = new Workspace({ dev: FORWARDING, plain: { ...MINIMAL, instances: { web: {}, jobs: {} } } });
    workspace.onlyPrograms("sh");
  });
  afterAll(() => workspace.remove());

  test.each([
    [["web"], "no target given: there is app, cache, db, replica; npm run forward -- web <target>"],
    [["web", "dbb"], "no forward target dbb in dev: there is app, cache, db, replica; did you mean db?"],
    [["dbb"], "no forward target dbb in dev: there is app, cache, db, replica; did you mean db?"],
    [["we", "db"], "no instance we in dev: there is web; did you mean web?"],
    [["db:70000"], "db:70000: got port 70000; allowed: 1 to 65535"],
    [["db", "db"], "db is given twice: give each once"],
    [
      ["db", "--client", "plugin"],
      "no session-manager-plugin on the PATH: install it, https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html (1.2.764.0 or later, the oldest that AWS supports), or take this project's own client with --client builtin",
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
  let workspace: SessionWorkspace;
  let broker: SessionBroker;

  beforeAll(async () => {
    workspace = new SessionWorkspace(moto, { dev: FORWARDING });
    await workspace.start();
    ({ broker } = workspace);
  }, 120_000);
  beforeEach(() => {
    workspace.standInPlugin();
    broker.forget();
  });
  afterAll(() => workspace.remove());

  const ended = (name: string, message: string): void => {
    broker.refusal = Object.assign(new Error(message), { name });
  };

  test.each(["builtin", "plugin"])(
    "a tunnel that may not be opened ends it, with the policy that allows it: %s",
    async (client) => {
      ended("AccessDeniedException", "no");
      const run = await workspace.run("forward", "web", `db:${await freePort()}`, "--client", client);
      expect(run.status).toBe(1);
      expect(run.stdout.split("\n")[1]).toBe(
        "db: failed: denied: ssm:StartSession in eu-central-1: attach the policy dev-session-forward to whom you are in AWS (no)",
      );
      expect(broker.requests).toHaveLength(1);
    },
  );

  test.each(["builtin", "plugin"])(
    "one whose target does not exist is tried three times, and never said to be open: %s",
    async (client) => {
      const output = "lookup db.internal on 10.0.0.2:53: no such host";
      broker.agentOf = (session) =>
        new StandInAgent(session, {
          // The stand-in plugin has no part in a handshake.
          ...(client === "builtin" && { sessionType: "Port" }),
          remote: portRemote(1),
          refuses: { output, after: 20 },
        });
      const { status, stdout } = await workspace.run("forward", `db:${await freePort()}`, "--client", client);
      const reason =
        "the instance does not find db.internal by its name: correct it in sessions.forward, or have the network's DNS know it";
      expect(status).toBe(1);
      expect(stdout.split("\n").filter((line) => !line.includes("opening"))).toEqual([
        `db: dropped (${reason}): again in 1 s`,
        `db: dropped (${reason}): again in 2 s`,
        `db: failed: ${reason}`,
        "",
      ]);
      expect(broker.calls.map(({ action }) => action)).toEqual(Array(3).fill("StartSession"));
    },
  );

  test("a busy port is refused before anything starts", async () => {
    const server = createServer();
    const port = await new Promise<number>((done) => {
      server.listen(0, "127.0.0.1", () => done((server.address() as { port: number }).port));
    });
    expect(await workspace.run("forward", `db:${port}`)).toEqual({
      status: 1,
      stdout: "",
      stderr: `db:${port}: port ${port} is in use by another program: give another, or none\n`,
    });
    expect(broker.requests).toEqual([]);
    server.close();
  });

  test("a plugin that AWS has withdrawn opens no tunnel", async () => {
    workspace.program("session-manager-plugin", 'console.log("1.2.889.0")');
    expect(await workspace.run("forward", `db:${await freePort()}`)).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^session-manager-plugin 1\.2\.889\.0 was withdrawn by AWS on 2026-10-09, the day it came out: install the newest, /,
      ),
    });
    expect(broker.requests).toEqual([]);
  });

  test("whoever may not find the instance is told the policy for tunnels", async () => {
    workspace.instances.service.answer = () => ["AccessDeniedException", "no"];
    expect((await workspace.run("forward", "db")).stderr).toContain(
      "denied: ssm:DescribeInstanceInformation in eu-central-1: attach the policy dev-session-forward to whom",
    );
    workspace.instances.online();
  });
});
