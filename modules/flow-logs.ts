import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { FlowLog } from "@cdktf/provider-aws/lib/flow-log";
import { Construct } from "constructs";
import { checked, checkedOptional } from "./facts/bound";
import { inPlace } from "./facts/arn";
import { type RoleDemands, checkedDemands } from "./facts/iam-names";
import { LOG_GROUP_KEY_ARN } from "./facts/log-group-key";
import { RETENTION } from "./facts/retention";
import { checkedName } from "./facts/name-prefix";
import { accountId, partition } from "./private/once-per-stack";
import { policyDocument } from "./private/policy";
import { providerPlace } from "./private/provider-place";
import { refuseBadProps } from "./private/refuse-bad-props";
import { addRole, addRolePolicy } from "./private/role";
import { guard } from "./rules/guard";

/** Props of {@link FlowLogs}. */
export interface FlowLogsProps extends RoleDemands {
  /**
   * The beginning of every name, 1 to 32 letters, digits and hyphens, beginning with a letter and not with `sg-`.
   * The log group is called `<name>-flow-logs`.
   */
  readonly name: string;
  /** Region of the VPC, such as `eu-central-1`. */
  readonly region: string;
  /** The VPC whose traffic is recorded. */
  readonly vpcId: string;
  /** How many days records are kept: one of the periods of CloudWatch Logs, 1 to 3653. */
  readonly retentionDays: number;
  /**
   * ARN of a KMS key in the Region that encrypts the log group, and whose policy lets CloudWatch Logs use it.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
   * @default - CloudWatch Logs encrypts it with a key of its own
   */
  readonly logGroupKeyArn?: string;
}

/**
 * Records who talked to whom in a VPC, accepted and rejected alike, in a CloudWatch log group.
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html
 *
 * @throws where `name`, the key or what is demanded of the role is not allowed, or `retentionDays` is no period that
 * CloudWatch Logs has.
 */
export class FlowLogs extends Construct {
  /** ARN of the log group. */
  public readonly logGroupArn: string;

  constructor(scope: Construct, id: string, props: FlowLogsProps) {
    super(scope, id);
    guard(this, props);
    const place = providerPlace(this);
    refuseBadProps(this, [
      checkedName(props.name),
      checked("retentionDays", props.retentionDays, RETENTION),
      checkedOptional("logGroupKeyArn", props.logGroupKeyArn, inPlace(LOG_GROUP_KEY_ARN, place)),
      ...checkedDemands(props, place),
    ]);

    const name = `${props.name}-flow-logs`;
    const logGroup = new CloudwatchLogGroup(this, "log-group", {
      name,
      retentionInDays: props.retentionDays,
      kmsKeyId: props.logGroupKeyArn,
    });
    const role = addRole(
      this,
      "role",
      {
        name: `${name}-${props.region}`,
        description: `Writes the VPC flow logs of ${props.name}`,
        assumeRolePolicy: this.trustPolicy(props.region),
      },
      props,
    );
    const write = { name: "write-flow-logs", policy: writePolicy(logGroup.arn) };
    const permission = addRolePolicy(this, "permission", role, write, props);
    new FlowLog(this, "Default", {
      vpcId: props.vpcId,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: logGroup.arn,
      iamRoleArn: role.arn,
      maxAggregationInterval: 60,
      tags: { Name: name },
      dependsOn: [permission],
    });
    this.logGroupArn = logGroup.arn;
  }

  /** Only flow logs of this account and Region may use the role, not those of another AWS customer. */
  private trustPolicy(region: string): string {
    const account = accountId(this);
    return policyDocument({
      Effect: "Allow",
      Principal: { Service: "vpc-flow-logs.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: {
        StringEquals: { "aws:SourceAccount": account },
        ArnLike: {
          "aws:SourceArn": `arn:${partition(this)}:ec2:${region}:${account}:vpc-flow-log/*`,
        },
      },
    });
  }
}

function writePolicy(logGroupArn: string): string {
  return policyDocument({
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
    Resource: [logGroupArn, `${logGroupArn}:*`],
  });
}
