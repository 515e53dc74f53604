import {
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  type LogStream,
} from "@aws-sdk/client-cloudwatch-logs";
import { DescribeSessionsCommand, SSMClient, type Session } from "@aws-sdk/client-ssm";
import { mockClient } from "aws-sdk-client-mock";
import { clientConfig } from "../../../cli/aws/client";
import { Recordings } from "../../../cli/recordings/log-group";
import { SessionHistory } from "../../../cli/recordings/history";
import { findSession, recentSessions } from "../../../cli/recordings/sessions";
import { RECORDED, agentEvent, awsError } from "../../support/recorded";

const logs = mockClient(CloudWatchLogsClient);
const ssm = mockClient(SSMClient);
const recordings = new Recordings(new CloudWatchLogsClient(clientConfig("eu-central-1")), RECORDED);
const history = new SessionHistory(new SSMClient(clientConfig("eu-central-1")), RECORDED);
beforeEach(() => {
  logs.reset();
  ssm.reset();
});

const at = (time: string): Date => new Date(`2026-01-01T${time}:00Z`);

function session(id: string, start: string, more: Partial<Session> = {}): Session {
  return {
    SessionId: id,
    Target: "i-1",
    Owner: `arn:aws:iam::111122223333:user/${id.split("-")[0]}`,
    StartDate: at(start),
    DocumentName: "SessionManager-dev",
    ...more,
  };
}

function stream(logStreamName: string, first: string, last: string): LogStream {
  return {
    logStreamName,
    firstEventTimestamp: at(first).getTime(),
    lastEventTimestamp: at(last).getTime(),
  };
}

/** What AWS knows; streams are given as the service orders them. */
function aws(active: readonly Session[], past: readonly Session[], streams: readonly LogStream[]): void {
  ssm.on(DescribeSessionsCommand).callsFake(({ State, Filters }) => ({
    Sessions: (State === "Active" ? active : past).filter(
      ({ SessionId }) => Filters === undefined || SessionId === Filters[0].value,
    ),
  }));
  logs.on(DescribeLogStreamsCommand).callsFake(({ logStreamNamePrefix: prefix = "" }) => ({
    logStreams: streams.filter(({ logStreamName = "" }) => logStreamName.startsWith(prefix)),
  }));
  logs.on(GetLogEventsCommand).callsFake(({ logStreamName }) => ({
    events: [{ message: agentEvent(logStreamName, "$") }],
    nextForwardToken: "f/1",
  }));
}

const ACTIVE = [session("alice-2", "12:00")];
const PAST = [
  session("bob-1", "11:00", { Status: "Terminated", EndDate: at("11:10") }),
  session("carol-1", "10:00", { Status: "Failed", EndDate: at("10:00") }),
  session("dave-1", "09:00", { EndDate: at("09:30"), DocumentName: "SessionManager-dev-forward-db" }),
  session("erin-1", "08:00", { EndDate: at("08:30"), DocumentName: "SSM-SessionManagerRunShell" }),
  session("frank-1", "07:00", { EndDate: at("07:30"), DocumentName: "SSM-SessionManagerRunShell" }),
];
const STREAMS = [
  stream("alice-2", "12:00", "12:01"),
  stream("bob-1", "11:00", "11:09"),
  stream("frank-1", "07:00", "07:29"),
  stream("alice-1", "06:00", "06:20"),
];

test("sessions that are remembered and those that were recorded are one list, newest first", async () => {
  aws(ACTIVE, PAST, STREAMS);
  const sessions = await recentSessions(history, recordings, { limit: 20 });
  expect(sessions.map(({ id, state, tunnel, recorded }) => ({ id, state, tunnel, recorded }))).toEqual([
    { id: "alice-2", state: "active", tunnel: undefined, recorded: true },
    { id: "bob-1", state: "ended", tunnel: undefined, recorded: true },
    { id: "carol-1", state: "failed", tunnel: undefined, recorded: false },
    { id: "dave-1", state: "ended", tunnel: "db", recorded: false },
    // Another document, and recorded here: the account's preferences do that.
    { id: "frank-1", state: "ended", tunnel: undefined, recorded: true },
    { id: "alice-1", state: "ended", tunnel: undefined, recorded: true },
  ]);
  expect(sessions[0]?.ended).toBeUndefined();
  // A recording is looked for where there may be one: not of tunnels.
  const looked = logs.commandCalls(DescribeLogStreamsCommand).map(({ args }) => args[0].input);
  expect(looked.map(({ logStreamNamePrefix }) => logStreamNamePrefix)).toEqual([undefined, "carol-1"]);
  // Forgotten by Systems Manager: the recording says who and where.
  expect(sessions[5]).toMatchObject({
    owner: "arn:aws:sts::111122223333:assumed-role/Operator/alice",
    instanceId: "i-0123456789abcdef0",
    started: at("06:00"),
    ended: at("06:20"),
  });
});

test("a list is no longer than asked for, and no older", async () => {
  aws(ACTIVE, PAST, STREAMS);
  const ids = async (options: { limit: number; since?: Date }): Promise<string[]> =>
    (await recentSessions(history, recordings, options)).map(({ id }) => id);
  expect(await ids({ limit: 2 })).toEqual(["alice-2", "bob-1"]);
  expect(await ids({ limit: 20, since: at("09:00") })).toEqual(["alice-2", "bob-1", "carol-1", "dave-1"]);
  expect(await ids({ limit: 20, since: at("11:30") })).toEqual(["alice-2"]);
});

test("a recording that comes late in the order of streams is found", async () => {
  // The time of the last event is known to CloudWatch Logs within an hour only.
  aws(
    [],
    [session("bob-1", "11:00")],
    [stream("alice-1", "06:00", "06:20"), stream("bob-1", "11:00", "05:00")],
  );
  expect(await recentSessions(history, recordings, { limit: 1 })).toMatchObject([
    { id: "bob-1", recorded: true },
  ]);
});

test("history is read to its end", async () => {
  ssm
    .on(DescribeSessionsCommand, { State: "History" })
    .resolves({ Sessions: [session("bob-1", "11:00")] })
    .on(DescribeSessionsCommand, { State: "History", NextToken: undefined })
    .resolvesOnce({ Sessions: [], NextToken: "more" })
    .on(DescribeSessionsCommand, { State: "Active" })
    .resolves({});
  expect((await history.all()).map(({ id }) => id)).toEqual(["bob-1"]);
});

test.each([
  ["bob-1", "bob-1"],
  ["bo", "bob-1"],
  ["alice-1", "alice-1"],
  ["last", "alice-2"],
])("%s is the session %s", async (wanted, id) => {
  aws(ACTIVE, PAST, [...STREAMS, stream("alice-11", "05:00", "05:10")]);
  expect(await findSession(history, recordings, wanted)).toMatchObject({ id, recorded: true });
});

test("the last is found behind however many tunnels", async () => {
  const tunnels = Array.from({ length: 60 }, (_, index) =>
    session(`zoe-${index}`, "23:00", { DocumentName: "SessionManager-dev-forward-db" }),
  );
  aws([], [...tunnels, ...PAST], STREAMS.slice(1));
  expect(await findSession(history, recordings, "last")).toMatchObject({ id: "bob-1" });
});

test("a session that has just begun can be waited for", async () => {
  aws(ACTIVE, PAST, []);
  expect(await findSession(history, recordings, "alice")).toMatchObject({ id: "alice-2", recorded: false });
});

test.each([
  ["alice", "several sessions begin with alice, such as alice-2, alice-1: type more of one"],
  ["dave-1", "dave-1 is the tunnel db: what goes through is not recorded"],
  [
    "carol",
    "there is no recording of carol-1, which failed: npm run doctor tells whether the log group, the key and the instances' role are as deployed",
  ],
  ["erin-1", "no session erin-1: npm run logs lists those there are"],
  ["zoe", "no session zoe: npm run logs lists those there are"],
  ["*", "no session *: npm run logs lists those there are"],
])("%s is refused", async (wanted, message) => {
  aws(ACTIVE, PAST, STREAMS);
  await expect(findSession(history, recordings, wanted)).rejects.toThrow(message);
  if (wanted === "*") {
    expect(logs.commandCalls(DescribeLogStreamsCommand)).toEqual([]);
  }
});

test("the names of streams reach no terminal as they are", async () => {
  aws([], [], [stream("x-\u001b[2Ja", "06:00", "06:20"), stream("x-\u009b31mb", "05:00", "05:20")]);
  await expect(findSession(history, recordings, "x-")).rejects.toThrow(
    "several sessions begin with x-, such as x-a, x-b: type more of one",
  );
});

test("there is no last session before the first", async () => {
  aws([], PAST.slice(1, 3), []);
  await expect(findSession(history, recordings, "last")).rejects.toThrow(
    "no session was recorded yet: npm run connect opens one",
  );
});

test("history that may not be read is told with the policy that allows it", async () => {
  ssm.on(DescribeSessionsCommand).rejects(awsError("AccessDeniedException"));
  await expect(recentSessions(history, recordings, { limit: 20 })).rejects.toThrow(
    "denied: ssm:DescribeSessions in eu-central-1: attach the policy dev-session-auditor to whom you are in AWS",
  );
});
