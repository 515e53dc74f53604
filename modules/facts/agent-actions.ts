/** The connections that a session, or a command, runs over. */
export const CHANNELS = [
  "CreateControlChannel",
  "CreateDataChannel",
  "OpenControlChannel",
  "OpenDataChannel",
].map((action) => `ssmmessages:${action}`);

/** What SSM Agent does with each service: to register, to be reached, and to record. */
export const AGENT_ACTIONS = {
  ssm: ["ssm:UpdateInstanceInformation"],
  ssmmessages: CHANNELS,
  ec2messages: ["ec2messages:GetMessages", "ec2messages:AcknowledgeMessage", "ec2messages:SendReply"],
  logs: ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"],
  kms: ["kms:Decrypt"],
} as const satisfies Record<string, readonly string[]>;

/** What it does with a bucket that keeps copies of recordings. */
export const COPY_ACTIONS = ["s3:GetEncryptionConfiguration", "s3:PutObject"];
