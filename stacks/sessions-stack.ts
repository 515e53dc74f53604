import { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import { CommandAlarm, OperatorAccess, SessionLogging } from "../modules";
import { addressOf } from "../modules/private/terraform";
import { EnvironmentStack } from "./environment-stack";
import type { EnvironmentSettings } from "./settings/environment";
import type { RecordedSessions } from "./settings/sessions";
import { type PublishedOutput, publishOutputs } from "./stack-outputs";

/** What {@link SessionsStack} publishes. */
export type SessionsOutput =
  | "document_name"
  | "log_group_name"
  | "log_group_arn"
  | "key_arn"
  | "archive_bucket"
  | "alert_topic_arn"
  | "shell_policy_arn"
  | "forward_policy_arn"
  | "auditor_policy_arn"
  | "forward_documents";

/** Addresses of what holds recordings, and of the account's own preferences. */
const RECORDINGS = [
  "aws_cloudwatch_log_group.logging",
  "aws_kms_key.logging_key",
  "aws_s3_bucket.logging_archive",
  "aws_s3_bucket_lifecycle_configuration.logging_archive_expiry",
  "aws_s3_bucket_policy.logging_archive_policy",
  "aws_s3_bucket_public_access_block.logging_archive_public-access-block",
  "aws_s3_bucket_server_side_encryption_configuration.logging_archive_encryption",
  "aws_s3_bucket_versioning.logging_archive_versioning",
];
const ACCOUNT_PREFERENCES = "aws_ssm_document.logging_account-preferences";

/**
 * Recording of an environment's sessions, alarms on what is done in them, and policies for those who open them. Empty
 * where the environment has switched recording off.
 */
export class SessionsStack extends EnvironmentStack {
  /** What other stacks and people can read. */
  public readonly outputs: Readonly<Partial<Record<SessionsOutput, PublishedOutput>>>;

  constructor(scope: Construct, settings: EnvironmentSettings) {
    // Blocks of type `removed` came with Terraform 1.7.
    super(scope, "sessions", settings, "1.7");
    this.outputs = settings.sessions ? this.record(settings.sessions) : {};
    this.keep(
      settings.sessions && settings.sessions.recordings === "delete"
        ? [ACCOUNT_PREFERENCES]
        : [...RECORDINGS, ACCOUNT_PREFERENCES],
    );
  }

  /** What settings no longer mention is forgotten by Terraform, not deleted: evidence outlives a change of mind. */
  private keep(addresses: readonly string[]): void {
    const present = new Set(this.node.findAll().filter(TerraformResource.isTerraformResource).map(addressOf));
    this.addOverride(
      "removed",
      addresses
        .filter((address) => !present.has(address))
        .map((from) => ({ from, lifecycle: { destroy: false } })),
    );
  }

  private record(sessions: RecordedSessions): Readonly<Record<SessionsOutput, PublishedOutput>> {
    const { namePrefix: name, region, name: accessTag } = this.settings;
    const logging = new SessionLogging(this, "logging", {
      name,
      region,
      retentionDays: sessions.retentionDays,
      recordings: sessions.recordings,
      archive: sessions.archive,
      idleMinutes: sessions.idleMinutes,
      maxMinutes: sessions.maxMinutes,
      runAsUser: sessions.runAsUser,
      shellProfile: sessions.shellProfile,
      watchedCommands: sessions.watchedCommands,
      accountPreferences: sessions.adoptAccountPreferences,
    });
    const alarm = new CommandAlarm(this, "alarm", {
      name,
      region,
      logGroupName: logging.logGroupName,
      keyArn: logging.keyArn,
      watchedCommands: sessions.watchedCommands,
      emails: sessions.alertEmails,
    });
    const operators = new OperatorAccess(this, "operators", {
      name,
      region,
      accessTag,
      documentName: logging.documentName,
      keyArn: logging.keyArn,
      logGroupArn: logging.logGroupArn,
      forward: sessions.forward,
      requireMfa: sessions.requireMfa,
    });
    return publishOutputs<SessionsOutput>(this, {
      document_name: {
        value: logging.documentName,
        description: "Name of the document that records sessions: start them with it",
      },
      log_group_name: { value: logging.logGroupName, description: "Name of the log group of the recordings" },
      log_group_arn: { value: logging.logGroupArn, description: "ARN of the log group of the recordings" },
      key_arn: { value: logging.keyArn, description: "ARN of the key of sessions and recordings" },
      archive_bucket: { value: logging.archiveBucket, description: "Name of the bucket of copies" },
      alert_topic_arn: { value: alarm.topicArn, description: "ARN of the topic of alerts" },
      shell_policy_arn: {
        value: operators.shellPolicyArn,
        description: "ARN of the policy that opens recorded shells, to be attached to operators",
      },
      forward_policy_arn: {
        value: operators.forwardPolicyArn,
        description: "ARN of the policy that opens this environment's tunnels",
      },
      auditor_policy_arn: {
        value: operators.auditorPolicyArn,
        description: "ARN of the policy that reads recordings",
      },
      forward_documents: {
        value: Object.keys(operators.forwardDocuments).length > 0 ? operators.forwardDocuments : undefined,
        description: "Names of the documents that open tunnels, by target",
      },
    });
  }
}
