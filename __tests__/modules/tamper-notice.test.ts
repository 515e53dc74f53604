import { TamperNotice, type TamperNoticeProps } from "../../modules";
import { matchesEvent } from "../support/event-pattern";
import { type Json, type StackJson, synthModule } from "../support/synth";

const KEY = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555";
const TOPIC = "arn:aws:sns:eu-central-1:111122223333:dev-session-alerts";
const MACHINE = "arn:aws:states:eu-central-1:111122223333:stateMachine:dev-session-watch";
const GROUP = "arn:aws:logs:eu-central-1:111122223333:log-group:/session-manager/dev";
const DEPLOYER = "arn:aws:iam::111122223333:role/deploy";

const notice = (overrides: Partial<TamperNoticeProps> = {}): StackJson =>
  synthModule(
    (stack) =>
      new TamperNotice(stack, "tampering", {
        name: "dev",
        region: "eu-central-1",
        topicArn: TOPIC,
        keyArn: KEY,
        bucketName: "dev-sessions",
        ...overrides,
      }),
  );

const patterns = (stack: StackJson): Json[] =>
  Object.values(stack.resources("aws_cloudwatch_event_rule")).map(({ event_pattern: text }) =>
    JSON.parse(text),
  );

/** An event as CloudTrail gives it to EventBridge. */
const event = (
  service: string,
  eventName: string,
  requestParameters: Json | null,
  more: Json = {},
): Json => ({
  source: `aws.${service}`,
  "detail-type": "AWS API Call via CloudTrail",
  detail: {
    eventSource: `${service}.amazonaws.com`,
    eventName,
    requestParameters,
    userIdentity: { type: "IAMUser", arn: "arn:aws:iam::111122223333:user/mallory" },
    ...more,
  },
});

const byRole = (arn: string): Json => ({
  userIdentity: {
    type: "AssumedRole",
    arn: "arn:aws:sts::111122223333:assumed-role/x/y",
    sessionContext: { sessionIssuer: { type: "Role", arn } },
  },
});

const isTold = (all: readonly Json[], one: Json): boolean =>
  all.some((pattern) => matchesEvent(pattern, one));

describe("whoever tampers is told of", () => {
  const all = patterns(notice());
  test.each<[string, string, Json]>([
    ["logs", "DeleteLogStream", { logGroupName: "/session-manager/dev", logStreamName: "alice-1" }],
    ["logs", "DeleteLogGroup", { logGroupName: "/session-manager/dev" }],
    [
      "logs",
      "PutLogGroupDeletionProtection",
      { logGroupIdentifier: GROUP, deletionProtectionEnabled: false },
    ],
    ["logs", "PutDataProtectionPolicy", { logGroupIdentifier: "/session-manager/dev" }],
    ["logs", "DisassociateKmsKey", { resourceIdentifier: `${GROUP}:*` }],
    ["logs", "DeleteMetricFilter", { logGroupName: "/session-manager/dev", filterName: "dev-command-rm" }],
    ["ssm", "UpdateDocument", { name: "SessionManager-dev", documentVersion: "1" }],
    ["ssm", "DeleteDocument", { name: "SessionManager-dev_root" }],
    ["ssm", "UpdateDocument", { name: "SessionManager-dev-forward-db" }],
    ["ssm", "CreateDocument", { name: "SessionManager-dev-forward-mine" }],
    ["ssm", "UpdateDocument", { name: "SSM-SessionManagerRunShell" }],
    ["s3", "PutBucketLifecycle", { bucketName: "dev-sessions" }],
    ["monitoring", "DisableAlarmActions", { alarmNames: ["else", "dev-command-rm"] }],
    ["monitoring", "SetAlarmState", { alarmName: "dev-evasion" }],
    ["monitoring", "DeleteAlarms", { alarmNames: ["dev-session-watch"] }],
    ["events", "DisableRule", { name: "dev-watchers-touched" }],
    ["events", "RemoveTargets", { rule: "dev-evidence-touched", ids: ["alerts"] }],
    ["events", "PutRule", { name: "dev-session-started" }],
    ["sns", "Unsubscribe", { subscriptionArn: `${TOPIC}:1234` }],
    ["sns", "SetSubscriptionAttributes", { subscriptionArn: `${TOPIC}:1234`, attributeName: "FilterPolicy" }],
    ["sns", "SetTopicAttributes", { topicArn: TOPIC, attributeName: "Policy" }],
    ["states", "UpdateStateMachine", { stateMachineArn: MACHINE }],
    ["scheduler", "UpdateSchedule", { name: "dev-session-watch", state: "DISABLED" }],
  ])("%s: %s of %j", (service, name, parameters) => {
    expect(isTold(all, event(service, name, parameters))).toBe(true);
  });

  test("kms: by the key's ARN, however the caller named the key", () => {
    const scheduled = (ARN: string): Json =>
      event(
        "kms",
        "ScheduleKeyDeletion",
        { keyId: "alias/x" },
        { resources: [{ ARN, type: "AWS::KMS::Key" }] },
      );
    expect(isTold(all, scheduled(KEY))).toBe(true);
    expect(isTold(all, scheduled(`${KEY.slice(0, -1)}6`))).toBe(false);
  });
});

describe("nobody is told of", () => {
  const all = patterns(notice());
  test.each<[string, string, Json | null]>([
    ["logs", "DeleteLogStream", { logGroupName: "/session-manager/dev2" }],
    ["logs", "PutLogEvents", { logGroupName: "/session-manager/dev" }],
    ["logs", "CreateLogStream", { logGroupName: "/session-manager/dev" }],
    ["logs", "DeleteLogGroup", null],
    ["ssm", "UpdateDocument", { name: "AWS-RunShellScript" }],
    ["ssm", "UpdateDocument", { name: "SessionManager-dev2" }],
    ["ssm", "StartSession", { documentName: "SessionManager-dev" }],
    ["s3", "DeleteBucket", { bucketName: "prod-sessions" }],
    ["monitoring", "PutMetricAlarm", { alarmName: "dev-cpu-high" }],
    ["events", "PutRule", { name: "dev-nightly" }],
    ["sns", "Unsubscribe", { subscriptionArn: `${TOPIC}2:1234` }],
    ["states", "UpdateStateMachine", { stateMachineArn: MACHINE.replace("dev", "my-dev") }],
    ["scheduler", "DeleteSchedule", { name: "nightly" }],
  ])("%s: %s of %j", (service, name, parameters) => {
    expect(isTold(all, event(service, name, parameters))).toBe(false);
  });
});

test("the end of the rule that tells of watchers is told of by the other rule", () => {
  const [evidence] = patterns(notice()) as [Json, Json];
  const rule = "dev-watchers-touched";
  expect(matchesEvent(evidence, event("events", "DisableRule", { name: rule }))).toBe(true);
  expect(matchesEvent(evidence, event("events", "RemoveTargets", { rule, ids: ["alerts"] }))).toBe(true);
  expect(matchesEvent(evidence, event("events", "DisableRule", { name: "billing" }))).toBe(false);
});

test("only where a role is said to deploy are its calls its own, and users are never taken for it", () => {
  const deleted = (more: Json): Json =>
    event("logs", "DeleteLogStream", { logGroupName: "/session-manager/dev" }, more);
  const disabled = (more: Json): Json =>
    event("events", "DisableRule", { name: "dev-session-started" }, more);
  const known = patterns(notice({ deployerRoleArns: [DEPLOYER] }));
  for (const one of [deleted, disabled]) {
    expect(isTold(patterns(notice()), one(byRole(DEPLOYER)))).toBe(true);
    expect(isTold(known, one(byRole(DEPLOYER)))).toBe(false);
    expect(isTold(known, one(byRole(`${DEPLOYER}er`)))).toBe(true);
    expect(isTold(known, one({}))).toBe(true);
  }
});

test("the topic is told who did what and when, by rules that its policy knows", () => {
  const stack = notice();
  const names = Object.values(stack.resources("aws_cloudwatch_event_rule")).map(({ name }) => name);
  expect(names).toEqual(["dev-evidence-touched", "dev-watchers-touched"]);
  const targets = Object.values(stack.resources("aws_cloudwatch_event_target"));
  expect(targets).toHaveLength(2);
  for (const { arn, input_transformer: transformer } of targets) {
    expect(arn).toBe(TOPIC);
    const used = [...transformer.input_template.matchAll(/<(\w+)>/g)].map(([, name]) => name as string);
    expect(used.sort()).toEqual(Object.keys(transformer.input_paths).sort());
    expect(used).toEqual(expect.arrayContaining(["who", "what", "time"]));
    expect(transformer.input_paths.who).toBe("$.detail.userIdentity.arn");
  }
});

test("without a bucket none is watched over", () => {
  expect(JSON.stringify(patterns(notice({ bucketName: undefined })))).not.toContain("bucketName");
});

test("the longest name leaves patterns short enough, and what is too long is refused", () => {
  const name = "a".repeat(32);
  const longest = notice({ name, bucketName: `${name}-sessions-111122223333-us-west-2` });
  for (const { event_pattern: text } of Object.values(longest.resources("aws_cloudwatch_event_rule"))) {
    expect((text as string).length).toBeLessThanOrEqual(2048);
  }
  const deployerRoleArns = Array.from({ length: 20 }, (_, index) => `${DEPLOYER}${index}`);
  expect(() => notice({ deployerRoleArns })).toThrow(
    /deployerRoleArns: got .*; allowed: texts that make a pattern of up to 2048 characters, not \d+; name fewer deployers$/,
  );
});

test.each<[Partial<TamperNoticeProps>, RegExp]>([
  [{ deployerRoleArns: ["deploy"] }, /deployerRoleArns\[0\]: got "deploy"; allowed: the ARN of an IAM role/],
  [{ deployerRoleArns: [DEPLOYER, DEPLOYER] }, /deployerRoleArns: got .*each once/],
  [{ name: "a b" }, /name: got "a b"/],
])("%j is refused", (overrides, refusal) => {
  expect(() => notice(overrides)).toThrow(refusal);
});
