/** SSM Agent looks its log group up among all, so that no resource can be named for this. */
export const FIND_LOG_GROUP = "logs:DescribeLogGroups";

/** What SSM Agent does with each service: to register, to be reached, and to record. */
export const AGENT_ACTIONS = {
  ssm: ["ssm:UpdateInstanceInformation"],
  // The connections that a session, or a command, runs over.
  ssmmessages: [
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
  ],
  ec2messages: [
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
  ],
  logs: ["logs:CreateLogStream", FIND_LOG_GROUP, "logs:DescribeLogStreams", "logs:PutLogEvents"],
  kms: ["kms:Decrypt"],
} as const satisfies Record<string, readonly string[]>;

/** What it does with the streams of its log group. */
export const RECORD_ACTIONS = AGENT_ACTIONS.logs.filter((action) => action !== FIND_LOG_GROUP);

/** What it does with a bucket that keeps copies of recordings. */
export const COPY_ACTIONS = ["s3:GetEncryptionConfiguration", "s3:PutObject"];

/** What it does, through S3, with the key that encrypts copies: large ones are sent in parts, which asks for both. */
export const COPY_KEY_ACTIONS = ["kms:GenerateDataKey", "kms:Decrypt"];

/**
 * The services by which instances are reached. No resource can be named of what the agent does with them, as it registers
 * itself and opens channels that do not exist yet.
 *
 * @param ec2Messages whether agents before 3.3.40.0 are among them
 */
export function reachingServices(ec2Messages: boolean): ("ssm" | "ssmmessages" | "ec2messages")[] {
  return ["ssm", "ssmmessages", ...(ec2Messages ? (["ec2messages"] as const) : [])];
}
