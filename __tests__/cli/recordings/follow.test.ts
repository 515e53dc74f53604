import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { DescribeSessionsCommand, SSMClient } from "@aws-sdk/client-ssm";
import { mockClient } from "aws-sdk-client-mock";
import { clientConfig } from "../../../cli/aws/client";
import { followAll, followSession } from "../../../cli/recordings/follow";
import { type RecordedEvent, Recordings } from "../../../cli/recordings/log-group";
import { SessionHistory } from "../../../cli/recordings/history";
import { RECORDED, awsError } from "../../support/recorded";

const logs = mockClient(CloudWatchLogsClient);
const ssm = mockClient(SSMClient);
const recordings = new Recordings(new CloudWatchLogsClient(clientConfig("eu-central-1")), RECORDED);
const history = new SessionHistory(new SSMClient(clientConfig("eu-central-1")), RECORDED);

const said = (events: readonly RecordedEvent[]): string[] => events.flatMap(({ lines }) => lines);

test("a session is followed until it has ended, and its last lines have come", async () => {
  const stream: string[] = [];
  let active = true;
  logs.on(GetLogEventsCommand).callsFake(({ nextToken }) => {
    if (stream.length === 0) {
      throw awsError("ResourceNotFoundException");
    }
    const from = nextToken === undefined ? 0 : Number(nextToken);
    return {
      events: stream.slice(from).map((message) => ({ message })),
      nextForwardToken: `${stream.length}`,
    };
  });
  ssm.on(DescribeSessionsCommand).callsFake(({ State }) => ({
    Sessions: (State === "Active") === active ? [{ SessionId: "alice-1", Status: "Connected" }] : [],
  }));
  const happens = [
    () => stream.push("$ ls"),
    () => {},
    () => {
      stream.push("f1", "$ exit");
      active = false;
    },
    // Sent after the end, when that is known already.
    () => stream.push("exit"),
    () => {},
  ];
  const waited: number[] = [];
  const wait = async (length: number): Promise<void> => {
    waited.push(length);
    happens.shift()?.();
  };
  const lines: string[] = [];
  for await (const events of followSession(recordings, history, "alice-1", undefined, wait)) {
    lines.push(...said(events));
  }
  expect(lines).toEqual(["$ ls", "f1", "$ exit", "exit"]);
  expect(waited).toEqual([2_000, 2_000, 2_000, 2_000]);
});

test("all sessions are followed, nothing twice, and nothing left out that comes late", async () => {
  const start = Date.UTC(2026, 0, 1);
  const stored: { eventId: string; message: string; timestamp: number; logStreamName: string }[] = [];
  const store = (message: string, seconds: number): number =>
    stored.push({ eventId: message, message, timestamp: start + seconds * 1_000, logStreamName: "alice-1" });
  logs.on(FilterLogEventsCommand).callsFake(({ startTime }) => ({
    events: stored.filter(({ timestamp }) => timestamp >= startTime),
  }));
  store("before", -5);
  store("first", 1);
  const happens = [() => store("second", 200), () => store("late", 150), () => store("too late", 100)];
  const lines: string[] = [];
  const ended = new Error("enough");
  const wait = async (): Promise<void> => {
    const next = happens.shift();
    if (next === undefined) {
      throw ended;
    }
    next();
  };
  await expect(async () => {
    for await (const events of followAll(recordings, new Date(start), wait)) {
      lines.push(...said(events));
    }
  }).rejects.toBe(ended);
  expect(lines).toEqual(["first", "second", "late"]);
});

test("an instance whose clock is ahead hides nothing of the others", async () => {
  const start = Date.UTC(2026, 0, 1);
  const stored = [{ eventId: "1", message: "ahead", timestamp: start + 7_200_000, logStreamName: "bob-1" }];
  logs.on(FilterLogEventsCommand).callsFake(({ startTime }) => ({
    events: stored.filter(({ timestamp }) => timestamp >= startTime),
  }));
  const lines: string[] = [];
  const ended = new Error("enough");
  let waits = 0;
  const wait = async (): Promise<void> => {
    waits += 1;
    if (waits === 3) {
      throw ended;
    }
    stored.push({
      ...stored[0]!,
      eventId: `a${waits}`,
      message: `alice ${waits}`,
      timestamp: start + waits * 1_000,
    });
  };
  const now = (): number => start + waits * 1_000;
  await expect(async () => {
    for await (const events of followAll(recordings, new Date(start), wait, now)) {
      lines.push(...said(events));
    }
  }).rejects.toBe(ended);
  expect(lines).toEqual(["ahead", "alice 1", "alice 2"]);
});
