import { CommandAlarm, type CommandAlarmProps, commandPattern } from "../../modules";
import { synthModule } from "../support/synth";

const alarm = (overrides: Partial<CommandAlarmProps> = {}) =>
  synthModule(
    (stack) =>
      new CommandAlarm(stack, "alarm", {
        name: "test",
        region: "eu-central-1",
        logGroupName: "/session-manager/test",
        keyArn: "arn:key",
        ...overrides,
      }),
  );

const TOPIC = "${aws_sns_topic.alarm.arn}";

test("makes a filter and an alarm for rm and for evasion, a topic and a rule, and nothing else", () => {
  expect(alarm().inventory()).toEqual({
    aws_cloudwatch_event_rule: 1,
    aws_cloudwatch_event_target: 1,
    aws_cloudwatch_log_metric_filter: 2,
    aws_cloudwatch_metric_alarm: 2,
    aws_sns_topic: 1,
    aws_sns_topic_policy: 1,
  });
});

test("every filter counts into the metric that its alarm watches", () => {
  const stack = alarm({ watchedCommands: ["rm", "dd"] });
  const filters = Object.values(stack.resources("aws_cloudwatch_log_metric_filter"));
  const alarms = Object.values(stack.resources("aws_cloudwatch_metric_alarm"));
  expect(filters.map(({ metric_transformation: { name, namespace } }) => [namespace, name]).sort()).toEqual(
    alarms.map(({ metric_name, namespace }) => [namespace, metric_name]).sort(),
  );
  expect(alarms.map(({ metric_name }) => metric_name).sort()).toEqual([
    "command-dd",
    "command-rm",
    "evasion",
  ]);
  for (const filter of filters) {
    expect(filter).toMatchObject({
      log_group_name: "/session-manager/test",
      metric_transformation: { value: "1" },
    });
  }
  for (const one of alarms) {
    expect(one).toMatchObject({
      period: 60,
      evaluation_periods: 1,
      statistic: "Sum",
      threshold: 1,
      comparison_operator: "GreaterThanOrEqualToThreshold",
      treat_missing_data: "notBreaching",
      alarm_actions: [TOPIC],
    });
    expect(one.alarm_description).toContain("/session-manager/test");
  }
});

test("patterns are those of the commands", () => {
  const patterns = Object.values(alarm().resources("aws_cloudwatch_log_metric_filter")).map(
    ({ pattern }) => pattern,
  );
  expect(patterns).toContain(commandPattern("rm"));
});

test("the topic is encrypted, and takes messages of our alarms and our rules alone", () => {
  const stack = alarm();
  expect(stack.only("aws_sns_topic")).toMatchObject({
    name: "test-session-alerts",
    kms_master_key_id: "arn:key",
  });
  const { Statement } = JSON.parse(stack.only("aws_sns_topic_policy").policy);
  expect(Statement).toEqual([
    expect.objectContaining({
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
      Resource: TOPIC,
      Condition: {
        StringEquals: { "aws:SourceAccount": "${data.aws_caller_identity.aws_account.account_id}" },
        ArnLike: { "aws:SourceArn": expect.stringMatching(/:cloudwatch:eu-central-1:.*:alarm:test-\*$/) },
      },
    }),
    expect.objectContaining({
      Principal: { Service: "events.amazonaws.com" },
      Action: "sns:Publish",
      Resource: TOPIC,
      Condition: {
        ArnEqualsIfExists: {
          "aws:SourceArn": [
            "session-started",
            "session-started-root",
            "evidence-touched",
            "watchers-touched",
          ].map((rule) => expect.stringMatching(new RegExp(`:events:eu-central-1:.*:rule/test-${rule}$`))),
        },
      },
    }),
  ]);
});

test("whoever starts a session is told of", () => {
  const stack = alarm();
  expect(stack.only("aws_cloudwatch_event_rule").name).toBe("test-session-started");
  expect(JSON.parse(stack.only("aws_cloudwatch_event_rule").event_pattern)).toEqual({
    source: ["aws.ssm"],
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: { eventSource: ["ssm.amazonaws.com"], eventName: ["StartSession"] },
  });
  expect(stack.only("aws_cloudwatch_event_target").arn).toBe(TOPIC);
});

test("whoever starts a root shell is told of by itself, and cannot keep that from being sent", () => {
  const stack = alarm({ rootDocumentName: "SessionManager-test_root" });
  const rules = Object.values(stack.resources("aws_cloudwatch_event_rule"));
  const root = rules.find(({ name }) => name === "test-session-started-root");
  expect(JSON.parse(root?.event_pattern).detail.requestParameters).toEqual({
    documentName: ["SessionManager-test_root", { suffix: ":document/SessionManager-test_root" }],
  });
  const notice = Object.values(stack.resources("aws_cloudwatch_event_target")).find(({ rule }) =>
    rule.includes("root"),
  );
  expect(notice?.input_transformer.input_template).toBe(
    '"ROOT SHELL: <who> started one on <target> at <time>. <error>"',
  );
  const { Statement } = JSON.parse(stack.only("aws_sns_topic_policy").policy);
  expect(Statement[1].Condition.ArnEqualsIfExists["aws:SourceArn"]).toContainEqual(
    expect.stringMatching(/:rule\/test-session-started-root$/),
  );
});

test("addresses are subscribed, each under its own name", () => {
  const emails = ["ops@example.com", "sec@example.com"];
  const subscriptions = (list: string[]) => alarm({ emails: list }).resources("aws_sns_topic_subscription");
  expect(
    Object.values(subscriptions(emails))
      .map(({ protocol, endpoint }) => [protocol, endpoint])
      .sort(),
  ).toEqual([
    ["email", "ops@example.com"],
    ["email", "sec@example.com"],
  ]);
  expect(Object.keys(subscriptions([...emails].reverse())).sort()).toEqual(
    Object.keys(subscriptions(emails)).sort(),
  );
});

test("addresses that look alike are told apart", () => {
  const emails = ["a.b@example.com", "a-b@example.com", "a+b@example.com", "ab@example.com"];
  expect(
    Object.values(alarm({ emails }).resources("aws_sns_topic_subscription"))
      .map(({ endpoint }) => endpoint)
      .sort(),
  ).toEqual([...emails].sort());
});

test("nothing to watch leaves evasion watched", () => {
  const alarms = Object.values(alarm({ watchedCommands: [] }).resources("aws_cloudwatch_metric_alarm"));
  expect(alarms.map(({ metric_name }) => metric_name)).toEqual(["evasion"]);
});

test.each<[Partial<CommandAlarmProps>, RegExp]>([
  [
    { watchedCommands: ["a", "b", "c", "d", "e"] },
    /watchedCommands: got .*; allowed: up to 4 commands, as CloudWatch Logs takes five/,
  ],
  [{ watchedCommands: ["rm", "rm"] }, /watchedCommands: got .*each once/],
  [{ watchedCommands: ["rm -rf"] }, /watchedCommands\[0\]: got "rm -rf"; allowed: the name of a command/],
  [{ emails: ["a@b.de", "a@b.de"] }, /emails: got .*each once; remove the second one/],
  [{ emails: ["ops"] }, /emails\[0\]: got "ops"; allowed: an e-mail address/],
])("%j is refused", (overrides, refusal) => {
  expect(() => alarm(overrides)).toThrow(refusal);
});
