import { StopInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { readSynthesized } from "../../../cli/assembly/stacks";
import { PLUGIN_FOLDERS } from "../../../cli/session/plugin-versions";
import { Workspace } from "../../support/cli";
import { onPlatform } from "../../support/platform";
import { describeMoto } from "../../support/moto";
import { ReachableInstances } from "../../support/reachable-instances";
import { MINIMAL } from "../../support/synth";

test("what is not installed is told at once, each with its link", async () => {
  const workspace = new Workspace({ dev: MINIMAL });
  workspace.onlyPrograms("sh");
  expect(await workspace.run("connect")).toEqual({
    status: 1,
    stdout: "",
    stderr:
      "no aws on the PATH: install the AWS CLI, https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html (version 2)\n" +
      "no session-manager-plugin on the PATH: install it, https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html (1.2.764.0 or later, the oldest that AWS supports)\n",
  });
  workspace.program("aws");
  expect((await workspace.run("connect")).stderr).toMatch(/^no session-manager-plugin on the PATH: .*\n$/);
  workspace.remove();
});

test("a plugin in the folder of AWS's installer is found and used without the PATH", async () => {
  const workspace = new Workspace({ dev: MINIMAL });
  workspace.onlyPrograms("sh");
  workspace.program("aws");
  const other = new Workspace();
  other.program("session-manager-plugin", 'console.log("1.2.707.0")');
  PLUGIN_FOLDERS.push(`${other.folder}/programs`);
  const { stderr } = await workspace.run("connect");
  PLUGIN_FOLDERS.length = 0;
  expect(stderr).toMatch(/^session-manager-plugin 1\.2\.707\.0 is older than /);
  [workspace, other].forEach((one) => one.remove());
});

test("on Windows programs are found by their names with .exe", async () => {
  const workspace = new Workspace({ dev: MINIMAL });
  workspace.onlyPrograms("sh");
  workspace.program("aws.exe");
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
  [["--resaon", "x"], "error: unknown option '--resaon'\n(Did you mean --reason?)\n"],
])("%j is refused", async (args, stderr) => {
  const workspace = new Workspace({ dev: MINIMAL });
  expect(await workspace.run("connect", ...args)).toEqual({ status: 1, stdout: "", stderr });
  workspace.remove();
});

describeMoto("npm run connect", (moto) => {
  let workspace: Workspace;
  let instances: ReachableInstances;
  let id: string;

  beforeAll(async () => {
    workspace = new Workspace({
      dev: {
        ...MINIMAL,
        sessions: { rootShell: { user: "ec2-user" } },
        instances: { jobs: {}, web: {} },
      },
      plain: MINIMAL,
    });
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

  const connect = (...args: string[]) => workspace.run("connect", "--environment", "dev", "web", ...args);

  const LOOKING = "looking for web in eu-central-1\n";
  const byTags = (): string =>
    `${LOOKING}web is ${id}, found by its tags: the state of dev-instances has no web\n`;

  test("starts a session with the document that records", async () => {
    workspace.program("aws", "process.exitCode = 3;");
    expect(await connect("--reason", "-x")).toEqual({ status: 3, stdout: "", stderr: byTags() });
    expect(workspace.calls("aws")).toEqual([
      [
        ...["ssm", "start-session", "--region", "eu-central-1", "--target", id],
        ...["--document-name", "SessionManager-dev", "--reason=-x"],
      ],
    ]);
  });

  test("opens a root shell with the document of its own, where there is one", async () => {
    expect(await connect("--root")).toEqual({ status: 0, stdout: "", stderr: byTags() });
    expect(workspace.calls("aws").at(-1)).toContain("SessionManager-dev_root");
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
    await connect();
    expect(asked).toEqual(["DescribeInstanceInformation", "GetConnectionStatus", "GenerateDataKey"]);
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

  describe("the plugin", () => {
    const INSTALL = /: install the newest, https:\/\/docs\.aws\.amazon\.com\/.*install-plugin\.html\n/.source;

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
            `^session-manager-plugin 1.2.707.0 is older than 1.2.764.0 of 2025-11-19, the oldest that AWS supports${INSTALL}$`,
          ),
        });
        expect(asked).not.toHaveBeenCalled();
        expect(workspace.calls("aws")).toEqual([]);
      },
    );

    test("is told where it can lose a session, and used", async () => {
      workspace.program("session-manager-plugin", 'console.log("1.2.804.0")');
      expect((await connect()).stderr).toMatch(
        new RegExp(`^session-manager-plugin 1.2.804.0 cannot resume a session .*${INSTALL}looking for web`),
      );
      expect(workspace.calls("aws")).toHaveLength(1);
    });

    test.each([
      ["does not start", "process.exit(127)"],
      ["does not tell its version", 'console.log("installed")'],
    ])("that %s is used: the AWS CLI will say", async (_, body) => {
      workspace.program("session-manager-plugin", body);
      expect((await connect()).stderr).toBe(byTags());
      expect(workspace.calls("session-manager-plugin")).toEqual([["--version"]]);
      expect(workspace.calls("aws")).toHaveLength(1);
    });
  });

  test("names no document where nothing is recorded", async () => {
    expect((await workspace.run("connect", "--environment", "plain")).status).toBe(0);
    expect(workspace.calls("aws")).toEqual([
      ["ssm", "start-session", "--region", "eu-central-1", "--target", instances.ids["plain/web"]],
    ]);
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
    expect(workspace.calls("aws")).toEqual([]);
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
    expect(workspace.calls("aws")).toEqual([]);
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
    expect(workspace.calls("aws")).toEqual([]);
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

  test("the key is asked for as the plugin does, since the policy allows it for sessions on instances alone", async () => {
    const contexts: unknown[] = [];
    const { answer } = instances.service;
    instances.service.answer = (operation, input) => {
      if (operation === "GenerateDataKey") {
        contexts.push(input.EncryptionContext);
      }
      return answer(operation, input);
    };
    await connect();
    expect(contexts).toEqual([
      {
        "aws:ssm:SessionId": expect.any(String),
        "aws:ssm:TargetId": expect.stringMatching(/^i-[0-9a-f]{17}$/),
      },
    ]);
  });

  test("a key that is denied is told with its policy, and the session tried", async () => {
    const { answer } = instances.service;
    instances.service.answer = (operation, input) =>
      operation === "GenerateDataKey" && input.DryRun === true && input.KeyId === "alias/dev-sessions"
        ? ["AccessDeniedException", "no"]
        : answer(operation, input);
    expect(await connect()).toEqual({
      status: 0,
      stdout: "",
      stderr:
        `${byTags()}denied: kms:GenerateDataKey in eu-central-1: attach the policy dev-session-shell to ` +
        "whom you are in AWS (no)\n",
    });
    expect(workspace.calls("aws")).toHaveLength(1);
  });

  test("what the AWS CLI could not do is told with what to do, and its status kept", async () => {
    const said = "An error occurred (InvalidDocument) when calling the StartSession operation: none";
    workspace.program("aws", `console.error(${JSON.stringify(`\n${said}`)}); process.exitCode = 254;`);
    expect(await connect()).toEqual({
      status: 254,
      stdout: "",
      stderr: `${byTags()}the session's document is not in eu-central-1: npm run deploy -- dev (none)\n`,
    });
  });

  test("what the AWS CLI says beside a session is passed on", async () => {
    workspace.program("aws", 'console.error("a warning");');
    expect((await connect()).stderr).toBe(`${byTags()}a warning\n`);
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
