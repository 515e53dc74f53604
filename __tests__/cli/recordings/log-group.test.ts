import {
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { mockClient } from "aws-sdk-client-mock";
import { clientConfig } from "../../../cli/aws/client";
import type { SynthesizedEnvironment } from "../../../cli/assembly/environments";
import { Recordings, recordedEnvironment } from "../../../cli/recordings/log-group";
import { RECORDED, agentEvent, awsError } from "../../support/recorded";

const logs = mockClient(CloudWatchLogsClient);
const recordings = new Recordings(new CloudWatchLogsClient(clientConfig("eu-central-1")), RECORDED);
beforeEach(() => logs.reset());

/** Reads pages until one of them is the last. */
async function readToEnd(session: string): Promise<{ lines: (readonly string[])[]; pages: number }> {
  const lines: (readonly string[])[] = [];
  let pages = 0;
  for await (const { events, atEnd } of recordings.read(session)) {
    pages += 1;
    lines.push(...events.map((event) => event.lines));
    if (atEnd) {
      break;
    }
  }
  return { lines, pages };
}

test("a session is read to the end, over pages that are empty", async () => {
  logs
    .on(GetLogEventsCommand)
    .resolvesOnce({ events: [{ message: agentEvent("alice-1", "a", "b") }], nextForwardToken: "f/1" })
    .resolvesOnce({ events: [], nextForwardToken: "f/2" })
    .resolvesOnce({ events: [{ message: agentEvent("alice-1", "c") }], nextForwardToken: "f/3" })
    .resolves({ events: [], nextForwardToken: "f/3" });
  expect(await readToEnd("alice-1")).toEqual({ lines: [["a", "b"], ["c"]], pages: 4 });
  expect(logs.commandCalls(GetLogEventsCommand).map(({ args }) => args[0].input)).toEqual(
    [undefined, "f/1", "f/2", "f/3"].map((nextToken) => ({
      logGroupName: "/session-manager/dev",
      logStreamName: "alice-1",
      startFromHead: true,
      startTime: undefined,
      limit: undefined,
      nextToken,
    })),
  );
});

test("an event says who, where and as whom", async () => {
  logs.on(GetLogEventsCommand).resolves({
    events: [{ message: agentEvent("alice-1", "$ true && id"), timestamp: 1_767_268_800_000 }],
    nextForwardToken: "f/1",
  });
  expect(await recordings.first("alice-1")).toEqual({
    session: "alice-1",
    id: undefined,
    time: new Date("2026-01-01T12:00:00Z"),
    owner: "arn:aws:sts::111122223333:assumed-role/Operator/alice",
    instanceId: "i-0123456789abcdef0",
    user: "ssm-user",
    lines: ["$ true && id"],
    written: expect.objectContaining({ sessionId: "alice-1", sessionData: ["$ true && id"] }),
  });
});

test.each([
  ["text", "$ ls\nf1\r\nf2\n", ["$ ls", "f1", "f2"]],
  ["JSON that is no event", '{"sessionData":"x"}', ['{"sessionData":"x"}']],
  ["JSON that is no object", "[1]", ["[1]"]],
  ["nothing", "", [""]],
])("a line of a stream that is %s is text", async (_, message, lines) => {
  logs.on(GetLogEventsCommand).resolves({ events: [{ message }], nextForwardToken: "f/1" });
  expect(await recordings.first("alice-1")).toMatchObject({ lines, written: message, owner: undefined });
});

test("an event with parts that are not as expected keeps its lines", async () => {
  const message = '{"sessionData":["x"],"userIdentity":7,"target":"i","runAsUser":[]}';
  logs.on(GetLogEventsCommand).resolves({ events: [{ message }], nextForwardToken: "f/1" });
  expect(await recordings.first("alice-1")).toMatchObject({
    lines: ["x"],
    owner: undefined,
    user: undefined,
  });
});

test("a session without a recording has none yet", async () => {
  logs.on(GetLogEventsCommand).rejects(awsError("ResourceNotFoundException"));
  expect(await readToEnd("alice-1")).toEqual({ lines: [], pages: 1 });
  expect(await recordings.first("alice-1")).toBeUndefined();
});

test("a name that begins alike is not the session", async () => {
  logs.on(DescribeLogStreamsCommand).resolves({ logStreams: [{ logStreamName: "alice-12" }] });
  expect(await recordings.has("alice-1")).toBe(false);
  expect(await recordings.has("alice-12")).toBe(true);
});

test("all sessions are read page by page", async () => {
  logs
    .on(FilterLogEventsCommand)
    .resolvesOnce({ events: [{ message: "a", logStreamName: "alice-1" }], nextToken: "more" })
    .resolvesOnce({ events: [], nextToken: "still more" })
    .resolves({ events: [{ message: "b", logStreamName: "bob-1" }] });
  const lines: string[] = [];
  for await (const page of recordings.readAll(new Date(5))) {
    lines.push(...page.map((event) => `${event.session}: ${event.lines.join()}`));
  }
  expect(lines).toEqual(["alice-1: a", "bob-1: b"]);
  expect(logs.commandCalls(FilterLogEventsCommand)[0]?.args[0].input.startTime).toBe(5);
});

test("a log group that is not there, and a permission that is not, are told with what to do", async () => {
  logs.on(DescribeLogStreamsCommand).rejects(awsError("ResourceNotFoundException"));
  await expect(recordings.has("alice-1")).rejects.toThrow(
    "the log group /session-manager/dev is not there, not deployed yet: npm run deploy -- dev",
  );
  logs.on(DescribeLogStreamsCommand).rejects(awsError("AccessDeniedException"));
  await expect(recordings.has("alice-1")).rejects.toThrow(
    "denied: logs:DescribeLogStreams in eu-central-1: attach the policy dev-session-auditor to whom you are in AWS (the service says no)",
  );
});

test("an environment that does not record is told which setting does", () => {
  const environment = { ...RECORDED, recording: undefined } as SynthesizedEnvironment;
  expect(() => recordedEnvironment(environment)).toThrow(
    "dev does not record sessions: set sessions: {} in environments/dev.ts, then npm start and npm run deploy -- dev",
  );
});
