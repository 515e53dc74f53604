import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { emulatedConfig } from "../../../cli/rehearsal/emulator";
import { AwsServer } from "../../support/aws-server";
import { Workspace } from "../../support/cli";
import { describeMoto } from "../../support/moto";
import { agentEvent } from "../../support/recorded";
import { type Json, MINIMAL } from "../../support/synth";

const DESCRIBE_SESSIONS = "AmazonSSM.DescribeSessions";

/** Seconds since 1970, as the service tells times. */
const seconds = (time: string): number => Date.parse(time) / 1_000;

const ALICE = {
  SessionId: "alice-0aaaaaaaaaaaaaaaa",
  Target: "i-0123456789abcdef0",
  Owner: "arn:aws:sts::111122223333:assumed-role/Operator/alice",
  DocumentName: "SessionManager-dev",
  StartDate: seconds("2026-01-01T12:00:00Z"),
  EndDate: seconds("2026-01-01T12:12:05Z"),
  Status: "Terminated",
};
const TUNNEL = {
  ...ALICE,
  SessionId: "bob-0bbbbbbbbbbbbbbbb",
  DocumentName: "SessionManager-dev-forward-db",
  StartDate: seconds("2026-01-01T11:00:00Z"),
};
const ELSEWHERE = { ...ALICE, SessionId: "carol-1", DocumentName: "SSM-SessionManagerRunShell" };

describeMoto("npm run logs", (moto) => {
  let aws: AwsServer;
  let workspace: Workspace;
  beforeAll(async () => {
    aws = new AwsServer(() => moto.url);
    await aws.start();
    workspace = new Workspace({
      dev: {
        ...MINIMAL,
        sessions: { forward: { db: { host: "db.internal", port: 5432, cidr: "10.0.0.0/16" } } },
      },
      quiet: { ...MINIMAL },
      prod: { ...MINIMAL, sessions: {} },
    });
    Object.assign(workspace.env, {
      AWS_ENDPOINT_URL: aws.url,
      AWS_SECRET_ACCESS_KEY: "testing",
      ENVIRONMENT: "dev",
      TZ: "Europe/Berlin",
    });
    workspace.deployed("dev-instances", { instance_ids: { web: "i-0123456789abcdef0" } });
    const logs = new CloudWatchLogsClient(emulatedConfig(moto.url));
    const logGroupName = "/session-manager/dev";
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    const record = async (logStreamName: string, ...messages: readonly string[]): Promise<void> => {
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      const timestamp = Date.now();
      const logEvents = messages.map((message, index) => ({ message, timestamp: timestamp + index }));
      await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    };
    await record(
      ALICE.SessionId,
      agentEvent(ALICE.SessionId, "sh-5.2$ touch f1 && rmm\b f1", 'sh-5.2$ echo "a\\b" <&1'),
      agentEvent(ALICE.SessionId, "sh-5.2$ printf '\\a'", "\u0007\u001b]0;title\u0007\u009b31mred"),
      agentEvent(ALICE.SessionId, "sh-5.2$ ecco\b\bho hello", "hello"),
    );
    await record("dave-0dddddddddddddddd", "Script started\n", "$ ls\r\nf1\r\n");
  });
  beforeEach(() => {
    aws.answers = {
      [DESCRIBE_SESSIONS]: ({ State, Filters }) => ({
        Sessions: [ALICE, TUNNEL, ELSEWHERE].filter(
          ({ SessionId }) =>
            State === "History" &&
            (Filters === undefined || (Filters as { value: string }[])[0]?.value === SessionId),
        ),
      }),
    };
  });
  afterAll(() => {
    aws.stop();
    workspace.remove();
  });

  const run = (...args: readonly string[]): ReturnType<Workspace["run"]> =>
    workspace.run("logs", "--environment", "dev", ...args);

  test("lists sessions, newest first", async () => {
    const { stdout, ...rest } = await run();
    expect(rest).toEqual({ status: 0, stderr: "" });
    // The session of today, which only its recording tells of.
    const now = /\d{4}-[^ ]*\+0[12]:00 {2}- {2}/;
    expect(stdout.replace(now, "2026-02-01T12:00:00+01:00  -  ")).toMatchInlineSnapshot(`
      "session                  who             when                       instance  lasted  state
      dave-0dddddddddddddddd   -               2026-02-01T12:00:00+01:00  -         0s      ended
      alice-0aaaaaaaaaaaaaaaa  Operator/alice  2026-01-01T13:00:00+01:00  web       12m 5s  ended
      bob-0bbbbbbbbbbbbbbbb    Operator/alice  2026-01-01T12:00:00+01:00  web       1h 12m  ended, tunnel db
      "
    `);
  });

  test("lists sessions as JSON", async () => {
    const { stdout } = await run("--json", "--limit", "2");
    expect(JSON.parse(stdout)).toMatchObject([
      { session: "dave-0dddddddddddddddd", recorded: true },
      {
        session: "alice-0aaaaaaaaaaaaaaaa",
        owner: "arn:aws:sts::111122223333:assumed-role/Operator/alice",
        instance: "web",
        instanceId: "i-0123456789abcdef0",
        started: "2026-01-01T12:00:00.000Z",
        ended: "2026-01-01T12:12:05.000Z",
        state: "ended",
        recorded: true,
      },
    ]);
  });

  test("prints a transcript that a terminal shows, and does not obey", async () => {
    const { stdout, ...rest } = await run("alice");
    expect(rest).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatchInlineSnapshot(`
      "alice-0aaaaaaaaaaaaaaaa: Operator/alice on web (i-0123456789abcdef0) as ssm-user, 2026-01-01T13:00:00+01:00, 12m 5s, ended

      sh-5.2$ touch f1 && rm f1
      sh-5.2$ echo "a\\b" <&1
      sh-5.2$ printf '\\a'
      red
      sh-5.2$ echo hello
      hello
      "
    `);
  });

  test("prints text where the agent wrote text", async () => {
    const { stdout } = await run("dave");
    expect(stdout.split("\n").slice(2)).toEqual(["Script started", "$ ls", "f1", ""]);
  });

  test("prints events as JSON, each as a line", async () => {
    const { stdout } = await run("alice", "--json");
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ session, event }) => ({ session, event }))).toMatchObject([
      {
        session: ALICE.SessionId,
        event: { sessionData: ["sh-5.2$ touch f1 && rmm\b f1", 'sh-5.2$ echo "a\\b" <&1'] },
      },
      { session: ALICE.SessionId, event: { runAsUser: "ssm-user" } },
      { session: ALICE.SessionId, event: { target: { id: "i-0123456789abcdef0" } } },
    ]);
    expect(stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  test.each([
    ["what JSON escapes", "f1 && rm", "sh-5.2$ touch f1 && rm f1"],
    ["quotes and backslashes", '"a\\b" <&1', 'sh-5.2$ echo "a\\b" <&1'],
    ["what was corrected while it was typed", "echo hello", "sh-5.2$ echo hello"],
    ["what a filter pattern would take for an operator", "'\\a'", "sh-5.2$ printf '\\a'"],
  ])("finds %s", async (_, text, line) => {
    const { stdout, status } = await run("--search", text, "--since", "1h");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^alice-0aaaaaaaaaaaaaaaa {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00 {2}/);
    expect(stdout.trimEnd().split("  ").slice(2)).toEqual([line]);
  });

  test("finds nothing in another session, and says so", async () => {
    expect(await run("dave", "--search", "hello")).toEqual({
      status: 0,
      stdout: "",
      stderr: "no line contains hello\n",
    });
    const { stdout } = await run("dave", "--search", "f1", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ session: "dave-0dddddddddddddddd", line: "f1" });
  });

  test("asks for no time that AWS does not know", async () => {
    aws.answers["Logs_20140328.FilterLogEvents"] = ({ startTime }) =>
      Number(startTime) < 0 ? "InvalidParameterException" : { events: [] };
    expect(await run("--search", "x", "--since", "9999w")).toEqual({
      status: 0,
      stdout: "",
      stderr: "no line contains x\n",
    });
  });

  test("follows a session that has ended to its end", async () => {
    const { status, stdout } = await run("alice", "--follow");
    expect({ status, lines: stdout.trimEnd().split("\n").slice(-2) }).toEqual({
      status: 0,
      lines: ["sh-5.2$ echo hello", "hello"],
    });
  });

  test.each([
    [["zoe"], "no session zoe: npm run logs lists those there are\n"],
    [["bob"], "bob-0bbbbbbbbbbbbbbbb is the tunnel db: what goes through is not recorded\n"],
    [
      ["--since", "yesterday"],
      "error: option '--since <duration>' argument 'yesterday' is invalid. allowed: a number with s, m, h, d or w, such as 2h or 7d\n",
    ],
    [
      ["--limit", "0"],
      "error: option '--limit <count>' argument '0' is invalid. allowed: a whole number from 1 to 9999\n",
    ],
    [["--search", ""], "--search is given an empty text: say what is looked for\n"],
    [
      ["--search", "x", "--follow"],
      "error: option '--follow' cannot be used with option '--search <text>'\n",
    ],
  ])("refuses %p", async (args, stderr) => {
    expect(await run(...args)).toEqual({ status: 1, stdout: "", stderr });
  });

  test("says what is not recorded, not deployed, and not allowed", async () => {
    expect((await workspace.run("logs", "--environment", "quiet")).stderr).toBe(
      "quiet does not record sessions: set sessions: {} in environments/quiet.ts, then npm start and npm run deploy -- quiet\n",
    );
    expect(await workspace.run("logs", "--environment", "prod")).toEqual({
      status: 1,
      stdout: "",
      stderr: "the log group /session-manager/prod is not there, not deployed yet: npm run deploy -- prod\n",
    });
    aws.answers = { [DESCRIBE_SESSIONS]: () => "AccessDeniedException" };
    expect(await run()).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "denied: ssm:DescribeSessions in eu-central-1: attach the policy dev-session-auditor to whom you are in AWS " +
        "(the server says AccessDeniedException)\n",
    });
  });

  test("all of this takes no more than the policy for auditors", () => {
    const { resource } = JSON.parse(workspace.read("cdktf.out/stacks/dev-sessions/cdk.tf.json")) as Json;
    const { Statement } = JSON.parse(resource.aws_iam_policy.operators_auditor.policy) as Json;
    const allowed = (Statement as Json[]).flatMap(({ Action }) => Action as string[]);
    const asked = [...aws.targets].map((target) =>
      target.replace(/^Logs_\d+\./, "logs:").replace(/^AmazonSSM\./, "ssm:"),
    );
    expect(asked.sort()).toEqual([
      "logs:DescribeLogStreams",
      "logs:FilterLogEvents",
      "logs:GetLogEvents",
      "ssm:DescribeSessions",
    ]);
    expect(allowed).toEqual(expect.arrayContaining(asked));
  });

  describe("with a journal", () => {
    beforeAll(async () => {
      const logs = new CloudWatchLogsClient(emulatedConfig(moto.url));
      const stream = { logGroupName: "/session-manager/dev", logStreamName: "erin-0eeeeeeeeeeeeeeee" };
      await logs.send(new CreateLogStreamCommand(stream));
      const lines = [
        "# This session is recorded: 4711",
        "sh-5.2$ rn\b\u001b[Km f1",
        "",
        "#ran 4711     3  =rm f1 ",
      ];
      const message = agentEvent(stream.logStreamName, ...lines);
      await logs.send(
        new PutLogEventsCommand({ ...stream, logEvents: [{ message, timestamp: Date.now() }] }),
      );
    });

    test("prints what was run, as a table, JSON and CSV", async () => {
      const table = await run("erin", "--commands");
      expect(table).toMatchObject({ status: 0, stderr: "" });
      expect(table.stdout).toMatch(/^when +who +instance +command\n\S+ +\S+ +\S+ +=rm f1\n$/);
      const json = await run("erin", "--commands", "--json");
      expect(JSON.parse(json.stdout)).toMatchObject({ session: "erin-0eeeeeeeeeeeeeeee", command: "=rm f1" });
      const csv = await run("erin", "--commands", "--csv");
      expect(csv.stdout).toMatch(/^"time","who","instance","session","command","note"\n.*,"'=rm f1",""\n$/);
    });

    test("searches in commands alone, and says which sessions have no journal", async () => {
      const { stdout } = await run("--commands", "--search", "rm");
      expect(stdout.match(/=rm f1|\(no journal: what was run is not known\)/g)?.sort()).toEqual([
        "(no journal: what was run is not known)",
        "(no journal: what was run is not known)",
        "=rm f1",
      ]);
    });

    test("refuses CSV of anything else", async () => {
      expect(await run("--csv")).toMatchObject({
        status: 1,
        stderr: "--csv is for commands: add --commands\n",
      });
    });
  });
});
