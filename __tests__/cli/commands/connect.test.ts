import { existsSync } from "node:fs";
import { StopInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { readSynthesized } from "../../../cli/assembly/stacks";
import { PLUGIN_FOLDERS } from "../../../cli/session/plugin-versions";
import { Workspace } from "../../support/cli";
import { describeMoto } from "../../support/moto";
import { onPlatform } from "../../support/platform";
import type { ReachableInstances } from "../../support/reachable-instances";
import type { SessionBroker } from "../../support/sessions/broker";
import { saysRemote } from "../../support/sessions/remotes";
import { SessionWorkspace } from "../../support/sessions/session-workspace";
import { StandInAgent } from "../../support/sessions/stand-in-agent";
import { MINIMAL } from "../../support/synth";

const INSTALL =
  "install it, https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html " +
  "(1.2.764.0 or later, the oldest that AWS supports), or take this project's own client with --client builtin";

test("a plugin that is asked for and not installed is told with its link, and with the other way", async () => {
  const workspace = new Workspace({ dev: MINIMAL });
  workspace.onlyPrograms("sh");
  expect(await workspace.run("connect", "--client", "plugin")).toEqual({
    status: 1,
    stdout: "",
    stderr: `no session-manager-plugin on the PATH: ${INSTALL}\n`,
  });
  expect((await workspace.run("connect", "--timeout", "0")).stderr).toMatch(
    /^no session-manager-plugin on the PATH: with this project's own client, which nobody has tried on AWS yet\n/,
  );
  workspace.remove();
});

test("a plugin in the folder of AWS's installer is found and used without the PATH", async () => {
  const workspace = new Workspace({ dev: MINIMAL });
  workspace.onlyPrograms("sh");
  const other = new Workspace();
  other.program("session-manager-plugin", 'console.log("1.2.707.0")');
  PLUGIN_FOLDERS.push(`${other.folder}/programs`);
  const { stderr } = await workspace.run("connect");
  PLUGIN_FOLDERS.length = 0;
  expect(stderr).toMatch(/^session-manager-plugin 1\.2\.707\.0 is older than /);
  [workspace, other].forEach((one) => one.remove());
});

test("on Windows the plugin is found by its name with .exe", async () => {
  const workspace = new Workspace({ dev: MINIMAL });
  workspace.onlyPrograms("sh");
  workspace.program("session-manager-plugin.exe", 'console.log("1.2.707.0")');
  const { stderr } = await onPlatform("win32", () => workspace.run("connect"));
  expect(stderr).toMatch(/^session-manager-plugin 1\.2\.707\.0 is older than /);
  workspace.remove();
});

test.each([
  [["wb"], "no instance wb in dev: there is web; did you mean web?\n"],
  [["--environment", "dve"], "no environment dve in cdktf.out: there is dev\n"],
  [["--timeout", "soon"], "--timeout: got soon; allowed: 0 to 3600 seconds; 0 asks once\n"],
  [["--reason", ""], "--reason: got 0 characters; allowed: one line of 1 to 256 characters\n"],
  [
    ["--client", "none"],
    "error: option '--client <name>' argument 'none' is invalid. Allowed choices are plugin, builtin.\n",
  ],
  [["--resaon", "x"], "error: unknown option '--resaon'\n(Did you mean --reason?)\n"],
])("%j is refused", async (args, stderr) => {
  const workspace = new Workspace({ dev: MINIMAL });
  expect(await workspace.run("connect", ...args)).toEqual({ status: 1, stdout: "", stderr });
  workspace.remove();
});

describeMoto("npm run connect", (moto) => {
  let workspace: SessionWorkspace;
  let instances: ReachableInstances;
  let broker: SessionBroker;
  let id: string;

  beforeAll(async () => {
    workspace = new SessionWorkspace(moto, {
      dev: {
        ...MINIMAL,
        sessions: { rootShell: { user: "ec2-user" } },
        instances: { jobs: {}, web: {} },
      },
      plain: MINIMAL,
    });
    await workspace.start();
    ({ instances, broker } = workspace);
    id = instances.ids["dev/web"] ?? "";
  }, 120_000);

  beforeEach(() => {
    workspace.standInPlugin();
    instances.online();
    broker.forget();
    broker.agentOf = (session) => new StandInAgent(session, { remote: saysRemote("hello\n") });
  });

  afterAll(() => workspace.remove());

  const connect = (...args: string[]) => workspace.run("connect", "--environment", "dev", "web", ...args);
  const builtin = (...args: string[]) => connect("--client", "builtin", ...args);

  const LOOKING = "looking for web in eu-central-1\n";
  const byTags = (): string =>
    `${LOOKING}web is ${id}, found by its tags: the state of dev-instances has no web\n`;

  test("starts a session with the document that records, and shows what it says", async () => {
    expect(await builtin("--reason", "-x")).toEqual({ status: 0, stdout: "hello\n", stderr: byTags() });
    expect(broker.requests).toEqual([{ Target: id, DocumentName: "SessionManager-dev", Reason: "-x" }]);
    expect(broker.calls.map(({ action }) => action)).toEqual(["StartSession"]);
  });

  test("has the plugin open it as the AWS CLI would, where there is one", async () => {
    expect(await connect("--reason", "-x")).toEqual({ status: 0, stdout: "", stderr: byTags() });
    expect(broker.requests).toEqual([{ Target: id, DocumentName: "SessionManager-dev", Reason: "-x" }]);
    expect(workspace.calls("session-manager-plugin").at(-1)).toEqual([
      ...["AWS_SSM_START_SESSION_RESPONSE", "eu-central-1", "StartSession", ""],
      JSON.stringify({ Target: id, DocumentName: "SessionManager-dev", Reason: "-x" }),
      `${broker.url}/`,
    ]);
    expect(broker.latest.openings).toEqual([
      { authorization: expect.any(String) as string, client: "1.3.0.0" },
    ]);
  });

  test("opens a root shell with the document of its own, where there is one", async () => {
    expect(await builtin("--root")).toEqual({ status: 0, stdout: "hello\n", stderr: byTags() });
    expect(broker.requests[0]?.DocumentName).toBe("SessionManager-dev_root");
    expect(await workspace.run("connect", "--environment", "plain", "web", "--root")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        'plain has no root shells: write rootShell: { user: "ec2-user" } in sessions, then npm run deploy -- plain\n',
    });
  });

  test("asks for nothing but what the policy for shells allows", async () => {
    const asked: string[] = [];
    const { answer } = instances.service;
    instances.service.answer = (operation, input) => {
      asked.push(operation);
      return answer(operation, input);
    };
    broker.agentOf = (session) => new StandInAgent(session, { remote: saysRemote("hello\n"), kms: true });
    expect((await builtin()).stdout).toBe("hello\n");
    expect([...asked, ...broker.calls.map(({ action }) => action)]).toEqual([
      ...["DescribeInstanceInformation", "GetConnectionStatus", "StartSession", "GenerateDataKey"],
    ]);
    const stack = readSynthesized(`${workspace.folder}/cdktf.out`).find(
      ({ name }) => name === "dev-sessions",
    );
    const policy = stack?.resources.find(({ config }) => config.name === "dev-session-shell");
    const { Statement } = JSON.parse(String(policy?.config.policy)) as {
      Statement: { Action: string | string[] }[];
    };
    expect(Statement.flatMap(({ Action }) => Action)).toEqual(
      expect.arrayContaining([
        "ec2:DescribeInstances",
        "ssm:DescribeInstanceInformation",
        "ssm:GetConnectionStatus",
        "kms:GenerateDataKey",
        "ssm:StartSession",
      ]),
    );
  });

  test("the key is asked for as the policy allows it, for this session on this instance alone", async () => {
    broker.agentOf = (session) => new StandInAgent(session, { remote: saysRemote(""), kms: true });
    await builtin();
    expect([...broker.keys.values()].map(({ context }) => context)).toEqual([
      { "aws:ssm:SessionId": broker.latest.id, "aws:ssm:TargetId": id },
    ]);
  });

  describe("the plugin", () => {
    const NEWEST = /: install the newest, https:\/\/docs\.aws\.amazon\.com\/.*install-plugin\.html/.source;

    test.each([[["--json"]], [[]]])(
      "is refused where AWS does not support it, before AWS is asked: %j",
      async (args) => {
        workspace.program("session-manager-plugin", 'console.log("1.2.707.0")');
        const asked = jest.fn();
        instances.service.answer = asked;
        expect(await connect(...args)).toEqual({
          status: 1,
          stdout: "",
          stderr: expect.stringMatching(
            `^session-manager-plugin 1.2.707.0 is older than 1.2.764.0 of 2025-11-19, the oldest that AWS supports${NEWEST}` +
              ", or take this project's own client with --client builtin\n$",
          ),
        });
        expect(asked).not.toHaveBeenCalled();
        expect(broker.requests).toEqual([]);
      },
    );

    test("has no fault that matters where it is not the client", async () => {
      workspace.program("session-manager-plugin", 'console.log("1.2.707.0")');
      expect(await builtin()).toEqual({ status: 0, stdout: "hello\n", stderr: byTags() });
      expect(workspace.calls("session-manager-plugin")).toEqual([]);
    });

    test("is told where it can lose a session, and used", async () => {
      workspace.standInPlugin();
      const program = "programs/session-manager-plugin";
      workspace.write(program, workspace.read(program).replace("1.3.0.0", "1.2.804.0"));
      expect((await connect()).stderr).toMatch(
        new RegExp(`^session-manager-plugin 1.2.804.0 cannot resume a session .*${NEWEST}\nlooking for web`),
      );
      expect(broker.requests).toHaveLength(1);
    });

    test("that does not tell its version is used", async () => {
      workspace.program("session-manager-plugin", 'console.log("installed");');
      const { status, stderr } = await connect();
      // It has opened nothing, and does not say so with a status of its own.
      expect({ status, stderr }).toEqual({ status: 1, stderr: byTags() });
      expect(workspace.calls("session-manager-plugin").map(([first]) => first)).toEqual([
        ...["--version", "AWS_SSM_START_SESSION_RESPONSE"],
      ]);
      expect(broker.calls.map(({ action }) => action)).toEqual(["StartSession", "TerminateSession"]);
    });

    test("keeps its status where that is one, and what it says", async () => {
      workspace.standInPlugin('console.error("a warning"); process.exit(3);');
      expect(await connect()).toEqual({ status: 3, stdout: "", stderr: `${byTags()}a warning\n` });
      expect(broker.count("TerminateSession")).toBe(1);
    });

    test("is given a short folder for its socket where that of the user is too long", async () => {
      workspace.standInPlugin("console.error(process.env.TMPDIR); process.exit(3);");
      workspace.env.TMPDIR = `/tmp/${"long/".repeat(15)}`;
      const { stderr } = await workspace.runApart("connect", "--environment", "dev", "web");
      workspace.env.TMPDIR = undefined;
      expect(stderr).toMatch(/\n\/tmp\/session-\w+\n$/);
      expect(existsSync(stderr.trim().split("\n").at(-1) ?? "")).toBe(false);
    });
  });

  describe.each(["builtin", "plugin"])("with the client %s", (client) => {
    const REFUSAL =
      "\n----------ERROR-------\nUnable to start command: failed to start pty since RunAs user ssm-user does not exist";

    test("a session that the agent refuses ends with a status that says so, and why in words", async () => {
      broker.agentOf = (session) =>
        new StandInAgent(session, { remote: saysRemote(""), refuses: { output: REFUSAL, after: 50 } });
      const { status, stderr } = await connect("--client", client);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr:
          `${byTags()}the instance has no user ssm-user: its image must bring it, or the first boot make it; ` +
          "docs/recording.md says how an instance gets ssm-user\n",
      });
    });

    test("one that AWS does not begin is told with what to do", async () => {
      broker.refusal = Object.assign(new Error("none"), { name: "InvalidDocument" });
      expect(await connect("--client", client)).toEqual({
        status: 1,
        stdout: "",
        stderr: `${byTags()}the session's document is not in eu-central-1: npm run deploy -- dev (none)\n`,
      });
    });

    test("one that AWS gives up while its connection is lost is told", async () => {
      broker.resume = () => "expired";
      broker.agentOf = (session) =>
        new StandInAgent(session, {
          remote: ({ bytes }) => {
            bytes(Buffer.from("hello\n"));
            setTimeout(() => session.cut(), 300);
            return { onBytes: () => undefined, end: () => undefined };
          },
        });
      const { status, stderr } = await connect("--client", client);
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /the connection is lost \(.*\): coming back [^]*AWS has given the session up while the connection was lost\n$/,
      );
      expect(broker.count("TerminateSession")).toBe(0);
    });
  });

  test("a key that is denied is told with its policy", async () => {
    broker.denied = Object.assign(new Error("no"), { name: "AccessDeniedException" });
    broker.agentOf = (session) => new StandInAgent(session, { remote: saysRemote(""), kms: true });
    const { status, stderr } = await builtin();
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        `${byTags()}denied: kms:GenerateDataKey in eu-central-1: attach the policy dev-session-shell to ` +
        "whom you are in AWS (no)\n",
    });
  });

  test("what an agent says is obeyed by no terminal where this project says it again", async () => {
    broker.agentOf = (session) =>
      new StandInAgent(session, { remote: saysRemote("", "\u001b]0;evil\u0007\u009b2Jgone") });
    expect((await builtin()).stderr).toBe(`${byTags()}the session was ended: gone\n`);
  });

  test("names no document where nothing is recorded", async () => {
    const run = await workspace.run("connect", "--environment", "plain", "--client", "builtin");
    expect(run.status).toBe(0);
    expect(broker.requests).toEqual([{ Target: instances.ids["plain/web"] }]);
  });

  test("--json prints what it would start", async () => {
    const { stdout, status } = await connect("--json");
    expect({ status, json: JSON.parse(stdout) as unknown }).toEqual({
      status: 0,
      json: {
        environment: "dev",
        instance: "web",
        id,
        region: "eu-central-1",
        documentName: "SessionManager-dev",
        command: [
          ...["aws", "ssm", "start-session", "--region", "eu-central-1", "--target", id],
          ...["--document-name", "SessionManager-dev"],
        ],
      },
    });
    expect(broker.requests).toEqual([]);
  });

  test("an instance that is stopped, and one that is gone, are told", async () => {
    const plain = instances.ids["plain/web"] ?? "";
    const run = () => workspace.run("connect", "--environment", "plain");
    await instances.ec2.send(new StopInstancesCommand({ InstanceIds: [plain] }));
    expect((await run()).stderr).toBe(
      `${LOOKING}web (${plain}) is stopped: ` +
        `aws ec2 start-instances --region eu-central-1 --instance-ids ${plain}\n`,
    );
    await instances.ec2.send(new TerminateInstancesCommand({ InstanceIds: [plain] }));
    expect(await run()).toEqual({
      status: 1,
      stdout: "",
      stderr:
        LOOKING +
        "web is not deployed, or in another account than your credentials (the state of plain-instances has no web): npm run deploy -- plain\n",
    });
    expect(broker.requests).toEqual([]);
  });

  test("an instance that is not Online in time is given up", async () => {
    instances.service.answer = () => ({ InstanceInformationList: [{ PingStatus: "ConnectionLost" }] });
    expect(await connect("--timeout", "0")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        `${LOOKING}web (${id}) is registered, but ConnectionLost in Systems Manager after 0 s: ` +
        "npm run doctor -- web tells why\n",
    });
  });

  test("an instance that is Online, but takes no sessions in time, is given up", async () => {
    instances.service.answer = () => ({
      InstanceInformationList: [{ PingStatus: "Online" }],
      Status: "notconnected",
    });
    expect(await connect("--timeout", "0")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        `${LOOKING}web (${id}) is Online, but has no channel to ssmmessages, by which sessions come, after 0 s: ` +
        "npm run doctor -- web tells why\n",
    });
    expect(broker.requests).toEqual([]);
  });

  test("whoever may not ask is told what allows it", async () => {
    instances.service.answer = () => ["AccessDeniedException", "no"];
    expect(await connect()).toEqual({
      status: 1,
      stdout: "",
      stderr:
        `${LOOKING}denied: ssm:DescribeInstanceInformation in eu-central-1: attach the policy ` +
        "dev-session-shell to whom you are in AWS (no)\n",
    });
  });

  describe("without a key", () => {
    const keys = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing", AWS_PROFILE: undefined };
    beforeEach(() => {
      Object.assign(workspace.env, { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined });
    });
    afterEach(() => {
      Object.assign(workspace.env, keys);
    });

    test("that there are no credentials is told", async () => {
      expect(await connect()).toEqual({
        status: 1,
        stdout: "",
        stderr:
          `${LOOKING}no AWS credentials: aws configure sso, then set AWS_PROFILE; ` +
          "or set the AWS_ variables of a key\n",
      });
    });

    test("that an SSO session has expired is told", async () => {
      workspace.write(
        "config",
        "[profile work]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-central-1\n" +
          "sso_account_id = 111122223333\nsso_role_name = Dev\n",
      );
      const config = `${workspace.folder}/config`;
      Object.assign(workspace.env, {
        AWS_PROFILE: "work",
        AWS_CONFIG_FILE: config,
        HOME: workspace.folder,
      });
      expect((await connect()).stderr).toBe(
        `${LOOKING}your SSO session has expired: aws sso login --profile work\n`,
      );
    });
  });
});
