import { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import {
  CommandAlarm,
  OperatorAccess,
  SessionGuardrail,
  SessionLogging,
  SessionWatch,
  TamperNotice,
} from "../modules";
import { addressOf } from "../modules/private/terraform";
import { ADDRESSES } from "./contract";
import { accessTagOf } from "./default-tags";
import { EnvironmentStack } from "./environment-stack";
import { organizationDemands } from "./features";
import type { EnvironmentSettings } from "./settings/environment";
import type { RecordedSessions } from "./settings/sessions";
import { type PublishedOutputs, publishOutputs } from "./stack-outputs";

/** Addresses of what holds recordings, and of the account's own preferences. */
const RECORDINGS = [
  ADDRESSES.recordings,
  "aws_kms_key.logging_key",
  "aws_s3_bucket.logging_archive",
  "aws_s3_bucket_lifecycle_configuration.logging_archive_expiry",
  "aws_s3_bucket_object_lock_configuration.logging_archive_lock",
  "aws_s3_bucket_policy.logging_archive_policy",
  "aws_s3_bucket_public_access_block.logging_archive_public-access-block",
  "aws_s3_bucket_server_side_encryption_configuration.logging_archive_encryption",
  "aws_s3_bucket_versioning.logging_archive_versioning",
];

/**
 * Recording of an environment's sessions, alarms on what is done in them and to them, and policies for those who open them.
 * Empty where the environment has switched recording off.
 */
export class SessionsStack extends EnvironmentStack {
  /** What other stacks and people can read. */
  public readonly outputs: PublishedOutputs<"sessions">;

  constructor(scope: Construct, settings: EnvironmentSettings) {
    // Blocks of type `removed` came with Terraform 1.7.
    super(scope, "sessions", settings, "1.7");
    this.outputs = settings.sessions ? this.record(settings.sessions) : {};
    this.keep(
      settings.sessions && settings.sessions.recordings === "delete"
        ? [ADDRESSES.accountPreferences]
        : [...RECORDINGS, ADDRESSES.accountPreferences],
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

  private record(sessions: RecordedSessions): PublishedOutputs<"sessions"> {
    const { namePrefix: name, region } = this.settings;
    const demands = organizationDemands(this.settings);
    const logging = new SessionLogging(this, "logging", {
      name,
      region,
      retentionDays: sessions.retentionDays,
      recordings: sessions.recordings,
      archive: sessions.archive,
      idleMinutes: sessions.idleMinutes,
      maxMinutes: sessions.maxMinutes,
      runAsUser: sessions.runAsUser,
      rootShell: sessions.rootShell,
      commandJournal: sessions.commandJournal,
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
      commandJournal: sessions.commandJournal,
      rootDocumentName: logging.rootDocumentName,
      emails: sessions.alertEmails,
    });
    new SessionWatch(this, "watch", {
      name,
      region,
      logGroupName: logging.logGroupName,
      logGroupArn: logging.logGroupArn,
      keyArn: logging.keyArn,
      topicArn: alarm.topicArn,
      documentNames: logging.documentNames,
      retentionDays: sessions.retentionDays,
      ...demands,
    });
    new TamperNotice(this, "tampering", {
      name,
      region,
      topicArn: alarm.topicArn,
      keyArn: logging.keyArn,
      bucketName: logging.archiveBucket,
      deployerRoleArns: sessions.deployerRoleArns,
    });
    const operators = new OperatorAccess(this, "operators", {
      name,
      region,
      accessTag: accessTagOf(this.settings),
      documentName: logging.documentName,
      rootDocumentName: logging.rootDocumentName,
      keyArn: logging.keyArn,
      logGroupArn: logging.logGroupArn,
      archive: logging.archive,
      forward: sessions.forward,
      requireMfa: sessions.requireMfa,
      iamPath: demands.iamPath,
    });
    const guardrail = new SessionGuardrail(this, "guardrail", {
      name,
      region,
      documentNames: logging.documentNames,
      keyArn: logging.keyArn,
      logGroupArn: logging.logGroupArn,
      archiveBucket: logging.archiveBucket,
      iamPath: demands.iamPath,
    });
    const { forwardDocuments } = operators;
    return publishOutputs(this, "sessions", {
      document_name: logging.documentName,
      root_document_name: logging.rootDocumentName,
      log_group_name: logging.logGroupName,
      log_group_arn: logging.logGroupArn,
      key_arn: logging.keyArn,
      archive_bucket: logging.archiveBucket,
      alert_topic_arn: alarm.topicArn,
      shell_policy_arn: operators.shellPolicyArn,
      root_policy_arn: operators.rootPolicyArn,
      forward_policy_arn: operators.forwardPolicyArn,
      auditor_policy_arn: operators.auditorPolicyArn,
      guardrail_policy_arn: guardrail.policyArn,
      forward_documents: Object.keys(forwardDocuments).length > 0 ? forwardDocuments : undefined,
    });
  }
}
