import { CloudWatchLogsClient, TestMetricFilterCommand } from "@aws-sdk/client-cloudwatch-logs";
import { mockClient } from "aws-sdk-client-mock";
import {
  type Vector,
  filterPatterns,
  findMatches,
  findingsTable,
} from "../../../cli/recordings/alarm-pattern";
import vectors from "../../support/journal-vectors.json";
import { matchesPattern } from "../../support/filter-pattern";
import { MINIMAL, synthEnvironment } from "../../support/synth";

const patterns = filterPatterns(synthEnvironment({ ...MINIMAL, sessions: {} }).sessions.all());

const logs = mockClient(CloudWatchLogsClient);

/** The service, as the evaluator of the tests would have it: what is sent and read is under test here. */
function answer(find: (pattern: string, event: string) => boolean): void {
  logs.reset();
  logs.on(TestMetricFilterCommand).callsFake(({ filterPattern, logEventMessages }) => ({
    matches: (logEventMessages as string[])
      .map((event, index) => ({ eventNumber: index + 1, event }))
      .filter(({ event }) => find(filterPattern, event)),
  }));
}

test("patterns are those that Terraform will send", () => {
  expect(Object.keys(patterns)).toEqual(["test-command-rm", "test-evasion"]);
  expect(patterns["test-command-rm"]).toMatch(/^\{ \$\.sessionData\[\*\] = %/);
});

test("every event is sent once per pattern, fifty at a time, and counted for its session", async () => {
  answer(matchesPattern);
  const findings = await findMatches(new CloudWatchLogsClient({}), patterns, vectors);
  const events = vectors.flatMap((vector) => vector.events);
  const sent = logs.commandCalls(TestMetricFilterCommand).map(({ args }) => args[0].input);
  for (const pattern of Object.values(patterns)) {
    const batches = sent
      .filter(({ filterPattern }) => filterPattern === pattern)
      .map((one) => one.logEventMessages ?? []);
    expect(batches.flat()).toEqual(events);
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(50);
  }
  const plain = findings.find(({ vector }) => vector.name === "plain");
  expect(plain?.matches).toEqual({ "test-command-rm": 1, "test-evasion": 0 });
  expect(findings.find(({ vector }) => vector.name === "history switched off")?.matches).toEqual({
    "test-command-rm": 0,
    "test-evasion": 1,
  });
});

const SESSIONS: Vector[] = [
  { kind: "pos", name: "plain", events: ["a"] },
  { kind: "neg", name: "rmdir", events: ["b", "c"] },
];

test("the table says what was found", async () => {
  answer((_, event) => event === "a");
  const findings = await findMatches(new CloudWatchLogsClient({}), { "test-command-rm": "x" }, SESSIONS);
  expect(findingsTable(findings, "test-command-rm")).toMatchInlineSnapshot(`
    "kind   session  test-command-rm
    pos    plain    found
    neg    rmdir    -

    test-command-rm: all 1 uses were found"
  `);
});

test("and what was missed", async () => {
  answer(() => false);
  const findings = await findMatches(new CloudWatchLogsClient({}), { "test-command-rm": "x" }, SESSIONS);
  expect(findingsTable(findings, "test-command-rm")).toMatch(
    /\n\ntest-command-rm: 1 of 1 uses were missed: plain$/,
  );
});
