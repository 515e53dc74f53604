import { sessionWatchDefinition } from "../../../modules/private/session-watch-definition";
import { TaskError, definitionProblems, runStateMachine } from "../../support/state-machine";
import type { Json } from "../../support/synth";

const arnOf = (name: string): string => `arn:aws:ssm:eu-central-1:111122223333:document/${name}`;

const DEFINITION = JSON.parse(
  sessionWatchDefinition({
    partition: "aws",
    logGroupName: "/session-manager/dev",
    documents: ["SessionManager-dev", "SessionManager-dev_root", arnOf("SessionManager-dev")],
    topicArn: "arn:aws:sns:eu-central-1:111122223333:dev-session-alerts",
  }),
) as Json;

const ALICE = "arn:aws:sts::111122223333:assumed-role/Operator/alice";

/** A session as Step Functions gives it: names as the API has them, times as texts. */
const session = (SessionId: string, changes: Json = {}): Json => ({
  SessionId,
  Target: "i-0123456789abcdef0",
  Status: "Connected",
  StartDate: minutesAgo(3),
  DocumentName: "SessionManager-dev",
  Owner: ALICE,
  ...changes,
});

const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

/** An account with these sessions, of which some have a stream. */
class Account {
  public readonly ended: string[] = [];
  public readonly told: Json[] = [];
  public readonly calls: string[] = [];
  /** What calls answer with, one after the other, before they succeed. */
  public readonly errors: Record<string, string[]> = {};

  constructor(
    private readonly sessions: readonly Json[],
    private readonly streams: readonly string[] = [],
  ) {}

  /** Runs the state machine, as the schedule does: how the run ended. */
  public async watch(): Promise<string> {
    try {
      await runStateMachine(DEFINITION, {}, (action, given) => this.answer(action, given));
      return "succeeded";
    } catch (error) {
      return (error as TaskError).name;
    }
  }

  private answer(action: string, given: Json): unknown {
    this.calls.push(action);
    const error = this.errors[action]?.shift();
    if (error !== undefined) {
      throw new TaskError(error);
    }
    switch (action) {
      case "aws-sdk:ssm:describeSessions": {
        expect(given).toEqual({
          State: "Active",
          MaxResults: 200,
          ...(given.NextToken && { NextToken: given.NextToken }),
        });
        const from = Number(given.NextToken ?? 0);
        const more = from + 200 < this.sessions.length;
        return {
          Sessions: this.sessions.slice(from, from + 200),
          ...(more && { NextToken: `${from + 200}` }),
        };
      }
      case "aws-sdk:cloudwatchlogs:describeLogStreams": {
        expect(given).toMatchObject({ LogGroupName: "/session-manager/dev", Limit: 1 });
        const found = this.streams.filter((name) => name.startsWith(given.LogStreamNamePrefix));
        return { LogStreams: found.slice(0, 1).map((LogStreamName) => ({ LogStreamName })) };
      }
      case "aws-sdk:ssm:terminateSession":
        this.ended.push(given.SessionId as string);
        return { SessionId: given.SessionId };
      case "sns:publish":
        this.told.push(given);
        return { MessageId: "1" };
      default:
        throw new Error(`no answer to ${action}`);
    }
  }
}

const LOOK = "aws-sdk:cloudwatchlogs:describeLogStreams";

test("the definition has no state that nobody reaches, and no field that JSONata does not have", () => {
  expect(definitionProblems(DEFINITION)).toEqual([]);
  expect(DEFINITION).toMatchObject({ QueryLanguage: "JSONata", TimeoutSeconds: 240 });
  // An expression must be read by Step Functions, and not by Terraform.
  expect(JSON.stringify(DEFINITION)).not.toMatch(/[$%]\{/);
});

test("nobody is there", async () => {
  const account = new Account([]);
  expect(await account.watch()).toBe("succeeded");
  expect(account.calls).toEqual(["aws-sdk:ssm:describeSessions"]);
});

test("an active session without a stream is ended, and told of", async () => {
  const account = new Account([
    session("alice-1"),
    session("root-2", { DocumentName: "SessionManager-dev_root" }),
  ]);
  expect(await account.watch()).toBe("succeeded");
  expect(account.ended).toEqual(["alice-1", "root-2"]);
  expect(account.told[0]).toEqual({
    TopicArn: "arn:aws:sns:eu-central-1:111122223333:dev-session-alerts",
    Subject: "A session was not recorded",
    Message:
      `Session alice-1 of ${ALICE} on i-0123456789abcdef0 is not recorded: the log group /session-manager/dev had no stream of ` +
      "it 2 minutes after its start. It has been ended.",
  });
  expect(account.told).toHaveLength(2);
});

test.each<[string, Json[], string[]]>([
  ["has a stream", [session("alice-1")], ["alice-1"]],
  ["is younger than two minutes", [session("alice-1", { StartDate: minutesAgo(1.9) })], []],
  [
    "has a document that is not recorded",
    [session("alice-1", { DocumentName: "SessionManager-dev-forward-db" })],
    [],
  ],
  [
    "has a document of another environment",
    [session("alice-1", { DocumentName: "SessionManager-dev2" })],
    [],
  ],
  ["has no document", [session("alice-1", { DocumentName: undefined })], []],
  ["is being ended", [session("alice-1", { Status: "Terminating" })], []],
])("a session that %s is left alone", async (_what, sessions, streams) => {
  const account = new Account(sessions, streams);
  expect(await account.watch()).toBe("succeeded");
  expect([account.ended, account.told]).toEqual([[], []]);
});

test("where there is no log group, nothing is recorded, and sessions are ended", async () => {
  const account = new Account([session("alice-1"), session("bob-2")], ["bob-2"]);
  account.errors[LOOK] = ["CloudWatchLogs.ResourceNotFoundException"];
  expect(await account.watch()).toBe("succeeded");
  expect(account.ended).toEqual(["alice-1"]);
  expect(account.told).toHaveLength(1);
});

test.each([
  "CloudWatchLogs.AccessDeniedException",
  "CloudWatchLogs.CloudWatchLogsException",
  "CloudWatchLogs.InternalServerException",
  "CloudWatchLogs.SdkClientException",
  "States.Timeout",
])("%s proves nothing: the session goes on, and the run fails", async (error) => {
  const account = new Account([session("alice-1")]);
  account.errors[LOOK] = Array<string>(4).fill(error);
  expect(await account.watch()).toBe("Incomplete");
  expect([account.ended, account.told]).toEqual([[], []]);
});

test("a session whose document was named by its ARN is one of ours", async () => {
  const account = new Account([
    session("alice-1", { DocumentName: arnOf("SessionManager-dev") }),
    session("alice-2", { DocumentName: arnOf("SessionManager-development") }),
  ]);
  expect(await account.watch()).toBe("succeeded");
  expect(account.ended).toEqual(["alice-1"]);
});

test("throttling is waited out, and ends no session that may be recorded", async () => {
  const account = new Account([session("alice-1"), session("bob-2")], ["alice-1"]);
  account.errors[LOOK] = Array<string>(3).fill("CloudWatchLogs.ThrottlingException");
  expect(await account.watch()).toBe("succeeded");
  expect(account.ended).toEqual(["bob-2"]);
  const throttled = new Account([session("alice-1"), session("bob-2")], ["alice-1"]);
  throttled.errors[LOOK] = Array<string>(4).fill("CloudWatchLogs.ThrottlingException");
  // The others are judged all the same, and the run counts as failed.
  expect(await throttled.watch()).toBe("Incomplete");
  expect(throttled.ended).toEqual(["bob-2"]);
});

test("a topic that takes no message keeps no session open", async () => {
  const account = new Account([session("alice-1"), session("bob-2")]);
  account.errors["sns:publish"] = Array<string>(4).fill("Sns.AuthorizationErrorException");
  expect(await account.watch()).toBe("Incomplete");
  expect(account.ended).toEqual(["alice-1", "bob-2"]);
  expect(account.told).toHaveLength(1);
});

test("a session that cannot be ended is told of, and keeps none of the others open", async () => {
  const account = new Account([session("alice-1"), session("bob-2")]);
  account.errors["aws-sdk:ssm:terminateSession"] = Array<string>(4).fill("Ssm.AccessDeniedException");
  expect(await account.watch()).toBe("succeeded");
  expect(account.ended).toEqual(["bob-2"]);
  expect(account.told.map(({ Message }) => (Message as string).split("start. ")[1])).toEqual([
    "It could NOT be ended (Ssm.AccessDeniedException), which is tried every minute.",
    "It has been ended.",
  ]);
});

test("450 sessions take three pages, and what could not be told on the first is not forgotten on the last", async () => {
  const sessions = Array.from({ length: 450 }, (_, index) =>
    session(`alice-${String(index).padStart(3, "0")}`),
  );
  const recorded = sessions.map(({ SessionId }) => SessionId as string);
  const unrecorded = [recorded[0], recorded[250], recorded[449]] as string[];
  const account = new Account(
    sessions,
    recorded.filter((id) => !unrecorded.includes(id)),
  );
  expect(await account.watch()).toBe("succeeded");
  expect(account.calls.filter((action) => action.endsWith("describeSessions"))).toHaveLength(3);
  expect(account.ended).toEqual(unrecorded);
  const again = new Account(sessions, recorded);
  again.errors[LOOK] = Array<string>(4).fill("CloudWatchLogs.ThrottlingException");
  expect(await again.watch()).toBe("Incomplete");
});

test("sessions that cannot be listed fail the run, once that was tried four times", async () => {
  const account = new Account([session("alice-1")]);
  account.errors["aws-sdk:ssm:describeSessions"] = Array<string>(4).fill("Ssm.InternalServerErrorException");
  expect(await account.watch()).toBe("Ssm.InternalServerErrorException");
  expect(account.calls).toHaveLength(4);
});
