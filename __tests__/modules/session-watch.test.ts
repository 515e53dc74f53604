import { SessionWatch, type SessionWatchProps } from "../../modules";
import { type Json, synthModule } from "../support/synth";

const watch = (overrides: Partial<SessionWatchProps> = {}) =>
  synthModule(
    (stack) =>
      new SessionWatch(stack, "watch", {
        name: "test",
        region: "eu-central-1",
        logGroupName: "/session-manager/test",
        logGroupArn: "arn:group",
        keyArn: "arn:key",
        topicArn: "arn:topic",
        documentNames: ["SessionManager-test"],
        retentionDays: 30,
        ...overrides,
      }),
  );

/** A resource by the beginning of its name, behind which CDKTF writes a hash. */
const named = (type: string, id: string): Json =>
  Object.entries(watch().resources(type)).find(([name]) => name.startsWith(`${id}_`))?.[1] as Json;

const ACCOUNT = "${data.aws_caller_identity.aws_account.account_id}";
const PARTITION = "${data.aws_partition.aws_partition.partition}";

test("makes a state machine with a log, a schedule, a role for each, and an alarm", () => {
  expect(watch().inventory()).toEqual({
    aws_cloudwatch_log_group: 1,
    aws_cloudwatch_metric_alarm: 1,
    aws_iam_role: 2,
    aws_iam_role_policy: 2,
    aws_scheduler_schedule: 1,
    aws_sfn_state_machine: 1,
  });
});

test("it runs every minute, once it may, and its errors are kept", () => {
  const stack = watch();
  expect(stack.only("aws_sfn_state_machine")).toMatchObject({
    name: "test-session-watch",
    type: "EXPRESS",
    role_arn: expect.stringMatching(/^\$\{aws_iam_role\.watch_role_\w+\.arn\}$/),
    logging_configuration: {
      level: "ERROR",
      log_destination: expect.stringMatching(/^\$\{aws_cloudwatch_log_group\.watch_log-group_\w+\.arn\}:\*$/),
    },
    depends_on: [expect.stringMatching(/^aws_iam_role_policy\.watch_permission_/)],
  });
  expect(stack.only("aws_scheduler_schedule")).toMatchObject({
    name: "test-session-watch",
    schedule_expression: "rate(1 minute)",
    target: {
      arn: "${aws_sfn_state_machine.watch.arn}",
      role_arn: expect.stringMatching(/^\$\{aws_iam_role\.watch_schedule-role_\w+\.arn\}$/),
      retry_policy: { maximum_retry_attempts: 0, maximum_event_age_in_seconds: 60 },
    },
    depends_on: [expect.stringMatching(/^aws_iam_role_policy\.watch_schedule-permission_/)],
  });
  expect(stack.only("aws_scheduler_schedule")).not.toHaveProperty("state");
  expect(stack.only("aws_cloudwatch_log_group")).toMatchObject({
    name: "/aws/vendedlogs/states/test-session-watch",
    retention_in_days: 30,
  });
});

test("the definition is of this partition, group, topic and documents", () => {
  const definition = watch({ documentNames: ["a", "b"] }).only("aws_sfn_state_machine").definition as string;
  const { List, Each } = JSON.parse(definition).States;
  expect(List.Resource).toBe(`arn:${PARTITION}:states:::aws-sdk:ssm:describeSessions`);
  expect(List.Output.Sessions).toMatch(
    / in \["a","arn:[^"]+:document\/a","b","arn:[^"]+:document\/b"\] and /,
  );
  const { Look, Tell } = Each.ItemProcessor.States;
  expect(Look.Arguments.LogGroupName).toBe("/session-manager/test");
  expect(Tell.Arguments.TopicArn).toBe("arn:topic");
});

test("a role trusts its service in this account alone", () => {
  const trust = (id: string): Json => JSON.parse(named("aws_iam_role", id).assume_role_policy).Statement;
  for (const [id, service] of [
    ["watch_role", "states"],
    ["watch_schedule-role", "scheduler"],
  ] as const) {
    expect(trust(id)).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: `${service}.amazonaws.com` },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
      },
    ]);
  }
});

test("the roles can do what they must: no recording is read, and no key opens one", () => {
  const statements = (id: string): Json[] => JSON.parse(named("aws_iam_role_policy", id).policy).Statement;
  expect(statements("watch_schedule-permission")).toEqual([
    { Effect: "Allow", Action: "states:StartExecution", Resource: "${aws_sfn_state_machine.watch.arn}" },
  ]);
  const [ownLog, ...others] = statements("watch_permission").reverse();
  expect(others.reverse().map(({ Action, Resource, Condition }) => [Action, Resource, Condition])).toEqual([
    ["ssm:DescribeSessions", "*", undefined],
    ["ssm:TerminateSession", `arn:${PARTITION}:ssm:eu-central-1:${ACCOUNT}:session/*`, undefined],
    ["logs:DescribeLogStreams", ["arn:group", "arn:group:*"], undefined],
    ["sns:Publish", "arn:topic", undefined],
    [
      ["kms:Decrypt", "kms:GenerateDataKey"],
      "arn:key",
      { StringEquals: { "kms:EncryptionContext:aws:sns:topicArn": "arn:topic" } },
    ],
  ]);
  expect(ownLog).toMatchObject({ Sid: "OwnLog", Resource: "*" });
  expect(
    (ownLog?.Action as string[]).filter((action) => !/Deliver|ResourcePolic|DescribeLogGroups/.test(action)),
  ).toEqual([]);
});

test("names of roles are no longer than IAM takes, in the longest Region too", () => {
  const roles = watch({ name: "a".repeat(32), region: "ap-southeast-1" }).resources("aws_iam_role");
  for (const { name } of Object.values(roles)) {
    expect((name as string).length).toBeLessThanOrEqual(64);
  }
});

test("a watch that does not succeed is told of, as is one that does not run", () => {
  expect(watch().only("aws_cloudwatch_metric_alarm")).toMatchObject({
    alarm_name: "test-session-watch",
    namespace: "AWS/States",
    metric_name: "ExecutionsSucceeded",
    dimensions: { StateMachineArn: "${aws_sfn_state_machine.watch.arn}" },
    statistic: "Sum",
    comparison_operator: "LessThanThreshold",
    threshold: 1,
    period: 300,
    evaluation_periods: 3,
    treat_missing_data: "breaching",
    alarm_actions: ["arn:topic"],
  });
});

test.each<[Partial<SessionWatchProps>, RegExp]>([
  [{ name: "a b" }, /name: got "a b"/],
  [{ retentionDays: 42 }, /retentionDays: got 42; allowed: one of CloudWatch's periods/],
  [{ documentNames: [] }, /documentNames: got \[\]; allowed: at least one document; name those that record/],
])("%j is refused", (overrides, refusal) => {
  expect(() => watch(overrides)).toThrow(refusal);
});
