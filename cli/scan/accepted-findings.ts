/** A failed check of checkov that is no fault here. Every other failure must be mended. */
export interface AcceptedFinding {
  /** Id of the check, such as `CKV_AWS_126`. */
  readonly check: string;
  /** Address of the resource; `*` stands for any name. */
  readonly resource: string;
  /** Where it is accepted, and must be needed; undefined for every environment, and needed in at least one. */
  readonly environments?: readonly string[];
  readonly reason: string;
}

/** The only place where a failed check is accepted. An entry that is no longer needed is reported. */
export const ACCEPTED_FINDINGS: readonly AcceptedFinding[] = [
  {
    check: "CKV_AWS_126",
    resource: "aws_instance.*",
    reason:
      "Detailed monitoring is charged for every instance, about 2.10 USD a month. Basic metrics every five minutes " +
      "are free; detailedMonitoring switches the others on where somebody looks at them.",
  },
  {
    check: "CKV_AWS_158",
    resource: "aws_cloudwatch_log_group.network_flow-logs_log-group",
    reason:
      "Flow logs hold addresses and ports, never content, and CloudWatch Logs encrypts every log group with a key " +
      "of its own. Another key would cost 1 USD a month. Recordings, which do hold content, have one.",
  },
  {
    check: "CKV_AWS_109",
    resource: "aws_kms_key.logging_key",
    reason:
      "In a key policy * stands for this one key. The statement leaves the key to the account's IAM policies, as " +
      "AWS's default key policy does; without it nobody could manage the key.",
  },
  {
    check: "CKV_AWS_111",
    resource: "aws_kms_key.logging_key",
    reason: "As CKV_AWS_109: * is this one key, and IAM policies decide who uses it.",
  },
  {
    check: "CKV_AWS_356",
    resource: "aws_kms_key.logging_key",
    reason: "As CKV_AWS_109: * is this one key. A key policy can name no other.",
  },
  {
    check: "CKV_AWS_356",
    resource: "aws_iam_policy.operators_shell",
    reason:
      "ssm:GetConnectionStatus stands beside the lists that only work on *, as in AWS's own policy for users of " +
      "Session Manager. It reads whether an instance is connected, and opens nothing.",
  },
  {
    check: "CKV_AWS_356",
    resource: "aws_iam_policy.operators_auditor",
    reason:
      "logs:GetQueryResults takes the id of a query, not a log group. Which logs a query reads is decided by " +
      "logs:StartQuery, which is granted for the recordings alone.",
  },
  {
    check: "CKV_AWS_111",
    resource: "aws_iam_policy.instance_access_be-reached",
    reason:
      "The agent registers, and opens its channels, in the name of the instance whose credentials it has: AWS's own " +
      "policies for it have * too.",
  },
  {
    check: "CKV_AWS_356",
    resource: "aws_iam_policy.instance_access_be-reached",
    reason:
      "As CKV_AWS_111: the id of an instance is not known before it is there, and channels have no name.",
  },
  {
    check: "CKV_AWS_158",
    resource: "aws_cloudwatch_log_group.watch_log-group",
    reason:
      "It says why a look for sessions without a recording failed: ids and ARNs, never content. With the key of the " +
      "recordings it would be silent just when somebody has disabled that key.",
  },
  {
    check: "CKV_AWS_284",
    resource: "aws_sfn_state_machine.watch",
    reason:
      "It calls three services and passes no request on: its own log has its errors, and a trace adds nothing.",
  },
  {
    check: "CKV_AWS_297",
    resource: "aws_scheduler_schedule.watch_schedule",
    reason:
      "A schedule's key encrypts its input, which is empty here. AWS encrypts it with a key of its own, and the watch " +
      "must go on when somebody has disabled the key of the recordings.",
  },
  {
    check: "CKV2_AWS_11",
    resource: "aws_vpc.network",
    environments: ["recipe"],
    reason: "The recipe has no flow logs. network.flowLogs has them, as in dev.",
  },
];
