import { Token } from "cdktf";
import { ACCOUNT_PREFERENCES } from "../facts/names";
import { problem } from "../facts/refusal";
import { type SessionNames, sessionNames } from "./session-names";
import { MAX_BUCKET_NAME } from "../facts/archive";

/** As many characters as a rule's pattern can have: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_PATTERN = 2048;

/** As many as what only Terraform will know can have in one place: the ARN of a key. */
const MAX_TOKEN = 100;

/** The calls that silence a rule. */
const CALLS_ON_RULES = "DisableRule DeleteRule RemoveTargets PutRule PutTargets".split(" ");

/** The calls that take recordings away, or what they are made with. S3 names some of them otherwise than its API. */
const CALLS_ON_EVIDENCE = {
  "aws.logs": [
    ..."DeleteLogGroup DeleteLogStream PutRetentionPolicy DeleteRetentionPolicy".split(" "),
    ..."PutLogGroupDeletionProtection DisassociateKmsKey AssociateKmsKey".split(" "),
    ..."PutMetricFilter DeleteMetricFilter PutDataProtectionPolicy".split(" "),
    ..."PutSubscriptionFilter DeleteSubscriptionFilter".split(" "),
  ],
  "aws.ssm": [
    ..."CreateDocument UpdateDocument UpdateDocumentDefaultVersion".split(" "),
    ..."DeleteDocument ModifyDocumentPermission".split(" "),
  ],
  "aws.kms": "DisableKey ScheduleKeyDeletion PutKeyPolicy DisableKeyRotation".split(" "),
  // The rule about those who watch cannot tell of its own end.
  "aws.events": CALLS_ON_RULES,
  "aws.s3": [
    ..."DeleteBucket PutBucketPolicy DeleteBucketPolicy PutBucketVersioning".split(" "),
    ..."PutBucketLifecycle PutBucketLifecycleConfiguration DeleteBucketLifecycle".split(" "),
    ..."PutBucketEncryption DeleteBucketEncryption PutBucketPublicAccessBlock".split(" "),
    ..."PutBucketObjectLockConfiguration PutObjectLockConfiguration".split(" "),
  ],
};

/** The calls that silence those who watch and tell. */
const CALLS_ON_WATCHERS = {
  "aws.monitoring": "DisableAlarmActions DeleteAlarms PutMetricAlarm SetAlarmState".split(" "),
  "aws.events": CALLS_ON_RULES,
  "aws.sns": [
    ..."DeleteTopic SetTopicAttributes AddPermission RemovePermission".split(" "),
    ..."SetSubscriptionAttributes Unsubscribe".split(" "),
  ],
  "aws.states": "UpdateStateMachine DeleteStateMachine".split(" "),
  "aws.scheduler": "UpdateSchedule DeleteSchedule".split(" "),
};

/** What is watched, beside what {@link SessionNames} names. */
export interface Evidence {
  /** ARN of the key. */
  readonly keyArn: string;
  /** Bucket of copies. */
  readonly bucketName?: string;
}

/** The pattern of events about the recordings, about all that they are made with, and about the rule of the other pattern. */
export function evidencePattern(
  { logGroup, document, rootDocument, rules }: SessionNames,
  { keyArn, bucketName }: Evidence,
  deployers: readonly string[] = [],
): string {
  // CloudWatch Logs takes a name, or an ARN, with or without an asterisk at its end.
  const group = [{ suffix: logGroup }, { suffix: `${logGroup}:*` }];
  // A tunnel's document could be made one of unrecorded shells, and the account's preferences are for who names none.
  const documents = [document, rootDocument, { prefix: `${document}-forward-` }, ACCOUNT_PREFERENCES];
  return pattern(CALLS_ON_EVIDENCE, deployers, [
    { requestParameters: { logGroupName: [logGroup] } },
    { requestParameters: { logGroupIdentifier: group } },
    { requestParameters: { resourceIdentifier: group } },
    // Of a document, and of a rule.
    { requestParameters: { name: [...documents, rules.watchers] } },
    { requestParameters: { rule: [rules.watchers] } },
    { resources: { ARN: [keyArn] } },
    ...(bucketName === undefined ? [] : [{ requestParameters: { bucketName: [bucketName] } }]),
  ]);
}

/** The pattern of events about alarms, rules, the topic and the watch. */
export function watchersPattern(
  name: string,
  { topic, watch, rules }: SessionNames,
  deployers: readonly string[] = [],
): string {
  const alarm = [{ prefix: `${name}-command-` }, `${name}-evasion`, watch];
  const rule = [{ prefix: `${name}-session-` }, rules.evidence, rules.watchers];
  return pattern(CALLS_ON_WATCHERS, deployers, [
    { requestParameters: { alarmName: alarm } },
    { requestParameters: { alarmNames: alarm } },
    // Of a rule, and of the schedule.
    { requestParameters: { name: rule } },
    { requestParameters: { rule } },
    { requestParameters: { topicArn: [{ suffix: `:${topic}` }] } },
    { requestParameters: { subscriptionArn: [{ wildcard: `*:${topic}:*` }] } },
    { requestParameters: { stateMachineArn: [{ suffix: `:${watch}` }] } },
  ]);
}

/** What keeps EventBridge from taking the patterns of an environment whose key only AWS will name. */
export function deployersProblem(
  name: string,
  region: string,
  deployers: readonly string[],
): string | undefined {
  const names = sessionNames(name, "0".repeat(12), region);
  const evidence = { keyArn: "x".repeat(MAX_TOKEN), bucketName: "x".repeat(MAX_BUCKET_NAME) };
  return (
    patternProblem(evidencePattern(names, evidence, deployers)) ??
    patternProblem(watchersPattern(name, names, deployers))
  );
}

/** What keeps EventBridge from taking a pattern: undefined where nothing does. */
export function patternProblem(text: string): string | undefined {
  const tokens = Token.isUnresolved(text) ? (text.match(/\$\{TfToken\[[^\]]*\]\}/g) ?? []) : [];
  const length = text.length - tokens.join("").length + tokens.length * MAX_TOKEN;
  return length <= MAX_PATTERN
    ? undefined
    : problem(
        `texts that make a pattern of up to ${MAX_PATTERN} characters, not ${length}`,
        "name fewer deployers",
      );
}

/**
 * An event of CloudTrail that is one of these calls, about one of these things, and not by one of these roles. A caller
 * without a role, such as a user, is never one of them.
 */
function pattern(
  calls: Readonly<Record<string, readonly string[]>>,
  deployers: readonly string[],
  $or: readonly object[],
): string {
  const others = [{ "anything-but": deployers }, { exists: false }];
  return JSON.stringify({
    source: Object.keys(calls),
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: {
      eventName: Object.values(calls).flat(),
      ...(deployers.length > 0 && { userIdentity: { sessionContext: { sessionIssuer: { arn: others } } } }),
      $or,
    },
  });
}
