import { createServer } from "node:net";
import { Workspace } from "../../support/cli";
import { describeMoto, freePort } from "../../support/moto";
import { FORWARDING, OPENS, fails } from "../../support/forwarding";
import { ReachableInstances } from "../../support/reachable-instances";
import { MINIMAL } from "../../support/synth";

describe("without anything deployed", () => {
  let workspace: Workspace;
  beforeAll(() => {
    workspace = new Workspace({ dev: FORWARDING, plain: { ...MINIMAL, instances: { web: {}, jobs: {} } } });
    workspace.program("aws");
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

  beforeAll(async () => {
    workspace = new Workspace({ dev: FORWARDING });
    workspace.program("session-manager-plugin");
    instances = new ReachableInstances(moto);
    await instances.start(workspace);
  }, 30_000);

  afterAll(() => {
    instances.stop();
    workspace.remove();
  });

  test("a tunnel that may not be opened ends it, with the policy that allows it", async () => {
    workspace.program("aws", fails("AccessDeniedException", "no"));
    const { status, stdout } = await workspace.run("forward", "web", `db:${await freePort()}`);
    expect(status).toBe(1);
    expect(stdout.split("\n")[1]).toBe(
      "db: failed: denied: ssm:StartSession in eu-central-1: attach the policy dev-session-forward to whom you are in AWS (no)",
    );
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

  test("a plugin that AWS has withdrawn opens no tunnel", async () => {
    workspace.program("aws", OPENS);
    workspace.program("session-manager-plugin", 'console.log("1.2.889.0")');
    expect(await workspace.run("forward", `db:${await freePort()}`)).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^session-manager-plugin 1\.2\.889\.0 was withdrawn by AWS on 2026-10-09, the day it came out: install the newest, /,
      ),
    });
    expect(workspace.calls("aws")).toEqual([]);
    workspace.program("session-manager-plugin");
  });

  test("whoever may not find the instance is told the policy for tunnels", async () => {
    instances.service.answer = () => ["AccessDeniedException", "no"];
    expect((await workspace.run("forward", "db")).stderr).toContain(
      "denied: ssm:DescribeInstanceInformation in eu-central-1: attach the policy dev-session-forward to whom",
    );
    instances.online();
  });
});
