import type { Construct } from "constructs";
import {
  CommandAlarm,
  OperatorAccess,
  SessionGuardrail,
  SessionLogging,
  SessionWatch,
  TamperNotice,
} from "../../modules";
import { IDLE_MINUTES, MAX_MINUTES } from "../../modules/facts/sessions";
import type { EnvironmentSettings } from "../../stacks/settings/environment";
import type { RecordedSessions } from "../../stacks/settings/sessions";
import { ModuleStack } from "./module-stack";

/** Recording of sessions, alarms and policies for operators as a module: the same commands are watched, the same tunnels there. */
export class SessionsModule extends ModuleStack {
  constructor(scope: Construct, settings: EnvironmentSettings, sessions: RecordedSessions) {
    super(scope, "sessions");
    const { variables } = this;
    const region = this.region();
    const name = variables.name();
    const demands = variables.roleDemands(settings);
    const { iamPath } = demands;
    const retentionDays = variables.retentionDays(
      "retention_days",
      "Days that recordings are kept",
      sessions.retentionDays,
    );
    const logging = new SessionLogging(this, "logging", {
      name,
      region,
      retentionDays,
      idleMinutes: variables.wholeNumber(
        "idle_minutes",
        "Minutes without input after which a session ends",
        sessions.idleMinutes,
        IDLE_MINUTES,
      ),
      maxMinutes: variables.wholeNumber(
        "max_minutes",
        "Minutes after which a session ends in any case",
        sessions.maxMinutes,
        MAX_MINUTES,
      ),
      recordings: sessions.recordings,
      archive: sessions.archive,
      runAsUser: sessions.runAsUser,
      rootShell: sessions.rootShell,
      commandJournal: sessions.commandJournal,
      shellProfile: sessions.shellProfile,
      watchedCommands: sessions.watchedCommands,
    });
    const { documentName, documentNames, rootDocumentName, keyArn, logGroupArn, logGroupName } = logging;
    const alarm = new CommandAlarm(this, "alarm", {
      name,
      region,
      logGroupName,
      keyArn,
      watchedCommands: sessions.watchedCommands,
      commandJournal: sessions.commandJournal,
      rootDocumentName,
      emails: sessions.alertEmails,
    });
    const { topicArn } = alarm;
    new SessionWatch(this, "watch", {
      name,
      region,
      logGroupName,
      logGroupArn,
      keyArn,
      topicArn,
      documentNames,
      retentionDays,
      logGroupKeyArn: variables.logGroupKeyArn(settings.logGroupKeyArn),
      ...demands,
    });
    new TamperNotice(this, "tampering", {
      name,
      region,
      topicArn,
      keyArn,
      bucketName: logging.archiveBucket,
      deployerRoleArns: sessions.deployerRoleArns,
    });
    const operators = new OperatorAccess(this, "operators", {
      name,
      region,
      accessTag: variables.tagValue(
        "access_tag",
        "Value of the SessionAccess tag of the instances that operators reach",
      ),
      documentName,
      rootDocumentName,
      keyArn,
      logGroupArn,
      archive: logging.archive,
      forward: sessions.forward,
      requireMfa: sessions.requireMfa,
      iamPath,
    });
    const guardrail = new SessionGuardrail(this, "guardrail", {
      name,
      region,
      documentNames,
      keyArn,
      logGroupArn,
      archiveBucket: logging.archiveBucket,
      iamPath,
    });
    this.addTags();
    this.publish({
      document_name: [documentName, "Name of the document that records sessions: start them with it"],
      root_document_name: [rootDocumentName, "Name of the document of root shells, which are recorded too"],
      log_group_name: [logGroupName, "Name of the log group of the recordings"],
      log_group_arn: [logGroupArn, "ARN of the log group of the recordings"],
      key_arn: [keyArn, "ARN of the key of sessions and recordings"],
      archive_bucket: [logging.archiveBucket, "Name of the bucket of copies"],
      alert_topic_arn: [topicArn, "ARN of the topic of alerts: subscribe to it"],
      shell_policy_arn: [
        operators.shellPolicyArn,
        "ARN of the policy that opens recorded shells, to be attached to operators",
      ],
      root_policy_arn: [
        operators.rootPolicyArn,
        "ARN of the policy that opens root shells, to be attached to few",
      ],
      forward_policy_arn: [
        operators.forwardPolicyArn,
        "ARN of the policy that opens this environment's tunnels",
      ],
      forward_documents: [
        Object.keys(operators.forwardDocuments).length > 0 ? operators.forwardDocuments : undefined,
        "Names of the documents that open tunnels, by target",
      ],
      auditor_policy_arn: [operators.auditorPolicyArn, "ARN of the policy that reads recordings"],
      guardrail_policy_arn: [
        guardrail.policyArn,
        "ARN of the policy that denies what is not recorded, to be attached beside operators' others",
      ],
    });
  }
}
