import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import type { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { SchedulerSchedule } from "@cdktf/provider-aws/lib/scheduler-schedule";
import { SfnStateMachine } from "@cdktf/provider-aws/lib/sfn-state-machine";
import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { checked, checkedOptional } from "./facts/bound";
import { inPlace } from "./facts/arn";
import { type RoleDemands, checkedDemands } from "./facts/iam-names";
import { LOG_GROUP_KEY_ARN } from "./facts/log-group-key";
import { checkedName } from "./facts/name-prefix";
import { problem } from "./facts/refusal";
import { RETENTION } from "./facts/retention";
import { accountId, arnsIn, partition } from "./private/once-per-stack";
import { type PolicyStatement, policyDocument } from "./private/policy";
import { providerPlace } from "./private/provider-place";
import { refuseBadProps } from "./private/refuse-bad-props";
import { addRole, addRolePolicy } from "./private/role";
import { sessionNames } from "./private/session-names";
import { sessionWatchDefinition } from "./private/session-watch-definition";
import { guard } from "./rules/guard";

/** Props of {@link SessionWatch}. */
export interface SessionWatchProps extends RoleDemands {
  /** The beginning of every name: 1 to 32 letters, digits and hyphens, beginning with a letter and not with `sg-`. */
  readonly name: string;
  /** Region of the provider, such as `eu-central-1`. */
  readonly region: string;
  /** Log group that sessions are recorded in, streamed. */
  readonly logGroupName: string;
  /** ARN of that log group. */
  readonly logGroupArn: string;
  /** ARN of the key that encrypts the topic. */
  readonly keyArn: string;
  /** ARN of the topic that is told. */
  readonly topicArn: string;
  /**
   * Names of the Session documents whose shells are recorded, at least one. Sessions with any other document, such as
   * tunnels, are left alone.
   */
  readonly documentNames: readonly string[];
  /** How many days the watch's own log is kept: one of the periods of CloudWatch Logs, 1 to 3653. */
  readonly retentionDays: number;
  /**
   * ARN of a KMS key in the Region that encrypts the watch's own log, and whose policy lets CloudWatch Logs use it; not the
   * key of the recordings, as the watch must work when somebody disables that.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
   * @default - CloudWatch Logs encrypts it with a key of its own
   */
  readonly logGroupKeyArn?: string;
}

/**
 * Looks every minute for sessions that are older than two minutes and have no recording, ends them and tells a topic: SSM
 * Agent goes on without a recording where it cannot begin one. It asks Systems Manager itself, so it needs no trail. An
 * alarm tells when the watch itself has not succeeded for a quarter of an hour.
 * https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
 *
 * Not seen by it: a recording that stops later, and what an instance's administrator writes into one.
 *
 * @throws where the name, the period, the key or what is demanded of the roles is not allowed, or no document is named.
 */
export class SessionWatch extends Construct {
  /** ARN of the state machine. */
  public readonly stateMachineArn: string;

  private readonly arn: ReturnType<typeof arnsIn>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SessionWatchProps,
  ) {
    super(scope, id);
    this.arn = arnsIn(this, props.region);
    guard(this, props);
    const { documentNames } = props;
    const place = providerPlace(this);
    refuseBadProps(this, [
      checkedName(props.name),
      checked("retentionDays", props.retentionDays, RETENTION),
      checkedOptional("logGroupKeyArn", props.logGroupKeyArn, inPlace(LOG_GROUP_KEY_ARN, place)),
      ...checkedDemands(props, place),
      {
        prop: "documentNames",
        given: documentNames,
        problem:
          documentNames.length > 0
            ? undefined
            : problem("at least one document", "name those that record their sessions"),
      },
    ]);

    const name = sessionNames(props.name, accountId(this), props.region).watch;
    // Not with the key of the recordings: it must work when somebody disables that.
    const log = new CloudwatchLogGroup(this, "log-group", {
      // Policies of such a name are not counted one by one:
      // https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
      name: `/aws/vendedlogs/states/${name}`,
      retentionInDays: props.retentionDays,
      kmsKeyId: props.logGroupKeyArn,
    });
    const role = this.role(
      "role",
      "session-watch",
      "states",
      "Looks for sessions without a recording, and ends them",
    );
    const permission = this.allow("permission", role, ...this.ofStateMachine());
    const machine = new SfnStateMachine(this, "Default", {
      name,
      type: "EXPRESS",
      roleArn: role.arn,
      definition: sessionWatchDefinition({
        ...props,
        partition: partition(this),
        // Whoever starts a session may name its document by its ARN.
        documents: documentNames.flatMap((one) => [one, this.arn("ssm", `document/${one}`)]),
      }),
      loggingConfiguration: {
        level: "ERROR",
        includeExecutionData: true,
        logDestination: `${log.arn}:*`,
      },
      dependsOn: [permission],
    });
    this.runEveryMinute(name, machine);
    this.tellOfSilence(name, machine);
    this.stateMachineArn = machine.arn;
  }

  private runEveryMinute(name: string, machine: SfnStateMachine): void {
    const role = this.role("schedule-role", "watch-schedule", "scheduler", "Starts the watch every minute");
    const permission = this.allow("schedule-permission", role, {
      Effect: "Allow",
      Action: "states:StartExecution",
      Resource: machine.arn,
    });
    new SchedulerSchedule(this, "schedule", {
      name,
      description: "Looks for sessions without a recording",
      scheduleExpression: "rate(1 minute)",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: machine.arn,
        roleArn: role.arn,
        input: "{}",
        // The next minute brings the next run.
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
      dependsOn: [permission],
    });
  }

  /** Whatever keeps the watch from its work: a schedule that is off, a permission that is gone, an error of its own. */
  private tellOfSilence(name: string, machine: SfnStateMachine): void {
    new CloudwatchMetricAlarm(this, "alarm", {
      alarmName: name,
      alarmDescription: `The watch for sessions without a recording has not succeeded for 15 minutes. Look into the state machine ${name} and its log.`,
      namespace: "AWS/States",
      metricName: "ExecutionsSucceeded",
      dimensions: { StateMachineArn: machine.arn },
      statistic: "Sum",
      period: 300,
      evaluationPeriods: 3,
      threshold: 1,
      comparisonOperator: "LessThanThreshold",
      treatMissingData: "breaching",
      alarmActions: [this.props.topicArn],
    });
  }

  /** Roles are the account's, and not the Region's: their names have the Region too. */
  private role(id: string, what: string, service: string, description: string): IamRole {
    const assumeRolePolicy = policyDocument({
      Effect: "Allow",
      Principal: { Service: `${service}.amazonaws.com` },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": accountId(this) } },
    });
    const name = `${this.props.name}-${what}-${this.props.region}`;
    return addRole(this, id, { name, description, assumeRolePolicy }, this.props);
  }

  private allow(id: string, role: IamRole, ...statements: readonly PolicyStatement[]): TerraformResource {
    const policy = policyDocument(...statements);
    return addRolePolicy(this, id, role, { name: "session-watch", policy }, this.props);
  }

  private ofStateMachine(): PolicyStatement[] {
    const { logGroupArn, topicArn, keyArn } = this.props;
    return [
      { Sid: "ListSessions", Effect: "Allow", Action: "ssm:DescribeSessions", Resource: "*" },
      {
        Sid: "EndSessions",
        Effect: "Allow",
        Action: "ssm:TerminateSession",
        Resource: this.arn("ssm", "session/*"),
      },
      {
        Sid: "FindRecordings",
        Effect: "Allow",
        Action: "logs:DescribeLogStreams",
        Resource: [logGroupArn, `${logGroupArn}:*`],
      },
      { Sid: "Tell", Effect: "Allow", Action: "sns:Publish", Resource: topicArn },
      {
        // For messages alone: recordings have another context.
        Sid: "EncryptMessages",
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: keyArn,
        Condition: { StringEquals: { "kms:EncryptionContext:aws:sns:topicArn": topicArn } },
      },
      {
        // All of what AWS demands of a state machine that has a log, none of which can be narrowed:
        // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
        Sid: "OwnLog",
        Effect: "Allow",
        Action: [
          "logs:CreateLogDelivery",
          "logs:GetLogDelivery",
          "logs:UpdateLogDelivery",
          "logs:DeleteLogDelivery",
          "logs:ListLogDeliveries",
          "logs:PutResourcePolicy",
          "logs:DescribeResourcePolicies",
          "logs:DescribeLogGroups",
        ],
        Resource: "*",
      },
    ];
  }
}
