import { CloudwatchLogMetricFilter } from "@cdktf/provider-aws/lib/cloudwatch-log-metric-filter";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Construct } from "constructs";
import { checkedEach } from "./facts/bound";
import {
  WATCHED_COMMAND,
  commandPattern,
  evasionPattern,
  watchedCommandsProblem,
} from "./facts/command-pattern";
import { DEFAULTS } from "./facts/defaults";
import { EMAIL } from "./facts/email";
import { literal } from "./private/terraform";
import { checkedName } from "./facts/name-prefix";
import { addNotice } from "./private/notice";
import { accountId, arnsIn } from "./private/once-per-stack";
import { policyDocument } from "./private/policy";
import { onceProblem } from "./facts/refusal";
import { refuseBadProps } from "./private/refuse-bad-props";
import { addRootNotice } from "./private/root-notice";
import { sessionNames } from "./private/session-names";
import { shortHash } from "./facts/short-hash";
import { guard } from "./rules/guard";

/** Props of {@link CommandAlarm}. */
export interface CommandAlarmProps {
  /** The beginning of every name: 1 to 32 letters, digits and hyphens, beginning with a letter and not with `sg-`. */
  readonly name: string;
  /** Region of the provider, such as `eu-central-1`. */
  readonly region: string;
  /** Log group that sessions are recorded in, streamed. */
  readonly logGroupName: string;
  /** ARN of the key that encrypts the topic, which must admit CloudWatch and EventBridge. */
  readonly keyArn: string;
  /**
   * Commands that raise an alarm, four at most.
   * @default ["rm"]
   */
  readonly watchedCommands?: readonly string[];
  /**
   * Whether shells write a journal of commands, which alarms then look into.
   * @default true
   */
  readonly commandJournal?: boolean;
  /**
   * Name of the document of root shells, each start of which is told by a notice of its own.
   * @default - none
   */
  readonly rootDocumentName?: string;
  /**
   * E-mail addresses that alerts are sent to, once each has confirmed.
   * @default - none; subscribe to the topic as you like
   */
  readonly emails?: readonly string[];
}

/**
 * Tells a topic when a watched command is run in a session, when something looks like hiding, and whenever a session is
 * started. An alarm tells once, and again after a minute without the command.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
 *
 * That a session is started is known from CloudTrail: without a trail that records management events, that one notice
 * does not come.
 *
 * @throws where the name, a command, their number or an address is not allowed.
 */
export class CommandAlarm extends Construct {
  /** ARN of the topic that alerts are sent to. */
  public readonly topicArn: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: CommandAlarmProps,
  ) {
    super(scope, id);
    guard(this, props);
    const { watchedCommands = DEFAULTS.watchedCommands, emails = [] } = props;
    const { commandJournal = DEFAULTS.commandJournal } = props;
    refuseBadProps(this, [
      checkedName(props.name),
      { prop: "watchedCommands", given: watchedCommands, problem: watchedCommandsProblem(watchedCommands) },
      ...checkedEach("watchedCommands", watchedCommands, WATCHED_COMMAND),
      { prop: "emails", given: emails, problem: onceProblem(emails) },
      ...checkedEach("emails", emails, EMAIL),
    ]);

    const names = sessionNames(props.name, accountId(this), props.region);
    const topic = new SnsTopic(this, "Default", { name: names.topic, kmsMasterKeyId: props.keyArn });
    this.tellSessionStarts(topic, names.rules.started);
    if (props.rootDocumentName !== undefined) {
      addRootNotice(this, topic.arn, names.rules.rootStarted, props.rootDocumentName);
    }
    const rules = Object.values(names.rules);
    new SnsTopicPolicy(this, "policy", { arn: topic.arn, policy: this.topicPolicy(topic, rules) });
    for (const email of emails) {
      new SnsTopicSubscription(this, emailId(email), {
        topicArn: topic.arn,
        protocol: "email",
        endpoint: email,
      });
    }
    for (const command of watchedCommands) {
      this.watch(
        topic,
        `command-${command}`,
        commandPattern(command, commandJournal),
        `${command} was run in a session. Look for it in the log group ${props.logGroupName}.`,
      );
    }
    this.watch(
      topic,
      "evasion",
      evasionPattern(commandJournal),
      `Low severity: something in a session looks like hiding or deleting by other means. Look into the log group ${props.logGroupName}.`,
    );
    this.topicArn = topic.arn;
  }

  private watch(topic: SnsTopic, what: string, pattern: string, description: string): void {
    const { name, region, logGroupName } = this.props;
    const metric = {
      name: what,
      namespace: sessionNames(name, accountId(this), region).metricNamespace,
    };
    new CloudwatchLogMetricFilter(this, `${what}-filter`, {
      name: `${name}-${what}`,
      logGroupName,
      pattern: literal(pattern),
      metricTransformation: { ...metric, value: "1", unit: "Count" },
    });
    new CloudwatchMetricAlarm(this, `${what}-alarm`, {
      alarmName: `${name}-${what}`,
      alarmDescription: description,
      namespace: metric.namespace,
      metricName: metric.name,
      statistic: "Sum",
      period: 60,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      treatMissingData: "notBreaching",
      alarmActions: [topic.arn],
    });
  }

  /** Who starts which session on what: nothing of what is done in it, which CloudTrail does not see. */
  private tellSessionStarts(topic: SnsTopic, name: string): void {
    addNotice(this, "session-started", {
      name,
      description: "A session is started, seen by CloudTrail",
      eventPattern: JSON.stringify({
        source: ["aws.ssm"],
        "detail-type": ["AWS API Call via CloudTrail"],
        detail: { eventSource: ["ssm.amazonaws.com"], eventName: ["StartSession"] },
      }),
      topicArn: topic.arn,
      inputPaths: {
        who: "$.detail.userIdentity.arn",
        target: "$.detail.requestParameters.target",
        document: "$.detail.requestParameters.documentName",
        time: "$.time",
        error: "$.detail.errorCode",
      },
      inputTemplate: '"<who> started a session on <target> with <document> at <time>. <error>"',
    });
  }

  private topicPolicy(topic: SnsTopic, rules: readonly string[]): string {
    const { name, region } = this.props;
    const account = accountId(this);
    const arn = arnsIn(this, region);
    return policyDocument(
      {
        Sid: "AlarmsOfThisEnvironment",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: topic.arn,
        Condition: {
          StringEquals: { "aws:SourceAccount": account },
          ArnLike: { "aws:SourceArn": arn("cloudwatch", `alarm:${name}-*`) },
        },
      },
      {
        // EventBridge does not promise to tell a topic which rule it is: where it does, it must be one of these.
        // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
        Sid: "NoticesOfThisEnvironment",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sns:Publish",
        Resource: topic.arn,
        Condition: {
          ArnEqualsIfExists: { "aws:SourceArn": rules.map((rule) => arn("events", `rule/${rule}`)) },
        },
      },
    );
  }
}

/** Addresses may differ in characters that an id cannot carry: the hash tells them apart. */
function emailId(email: string): string {
  return `email-${shortHash(email)}-${email}`;
}
