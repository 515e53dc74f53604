import { type Decision, asIamGetsIt, describeSimulation, simulate } from "../support/simulate-policies";
import { MINIMAL, synthEnvironment } from "../support/synth";

const ACCOUNT = "111122223333";
const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:eu-central-1:${ACCOUNT}:${resource}`;
const document = (name: string): string => arn("ssm", `document/${name}`);

const INSTANCE = arn("ec2", "instance/i-0123456789abcdef0");
const VOLUME = arn("ec2", "volume/vol-0123456789abcdef0");
const SNAPSHOT = "arn:aws:ec2:eu-central-1::snapshot/snap-0123456789abcdef0";
const RECORDED = document("SessionManager-prod");
const ROOT = document("SessionManager-prod_root");
const TUNNEL = document("SessionManager-prod-forward-db");
const SESSION = arn("ssm", "session/alice-0abc");
const KEY = arn("kms", "key/1");
const LOGS = arn("logs", "log-group:/session-manager/prod");
const STREAM = `${LOGS}:log-stream:alice-0abc`;
const BUCKET = "arn:aws:s3:::acme-sessions";

const { sessions } = synthEnvironment(
  {
    ...MINIMAL,
    sessions: {
      archive: { bucketName: "acme-sessions" },
      rootShell: { user: "ec2-user" },
      forward: { db: { host: "db.internal", port: 5432, cidr: "10.20.0.0/16" } },
    },
  },
  "prod",
);

const RESOLVED: Readonly<Record<string, string>> = {
  "${aws_ssm_document.logging_document.name}": "SessionManager-prod",
  "${aws_ssm_document.logging_root-document.name}": "SessionManager-prod_root",
  "${aws_ssm_document.operators_forward-db.name}": "SessionManager-prod-forward-db",
  "${aws_kms_key.logging_key.arn}": KEY,
  "${aws_cloudwatch_log_group.logging.arn}": LOGS,
  "${data.aws_partition.aws_partition.partition}": "aws",
  "${data.aws_caller_identity.aws_account.account_id}": ACCOUNT,
};

/** A policy of the environment, by the end of its name. */
function policy(name: string): object {
  const all = Object.values(sessions.resources("aws_iam_policy"));
  return asIamGetsIt(
    all.find((one) => one.name === `prod-session-${name}`)?.policy,
    (reference) => RESOLVED[reference],
  );
}

const ADMINISTRATOR = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

/** What people have beside the guardrail. */
const BESIDE = {
  administrator: [ADMINISTRATOR],
  operator: [policy("shell"), policy("root"), policy("forward"), policy("auditor")],
};

type Context = Record<string, string | string[]>;
type Case = [what: string, action: string, resource: string, context?: Context];

const START = "ssm:StartSession";
const checked: Context = { "ssm:SessionDocumentAccessCheck": "true" };
const me: Context = { "aws:userid": "AROAEXAMPLE:alice" };
const owned = (by: string): Context => ({ ...me, "ssm:resourceTag/aws:ssmmessages:session-id": by });
const tagging = (...keys: string[]): Context => ({ "aws:TagKeys": keys });

/** What it denies, whatever else allows it. */
const DENIED: Case[] = [
  // Sessions that nobody records
  ["SSH through a session", START, document("AWS-StartSSHSession"), checked],
  ["an interactive command", START, document("AWS-StartInteractiveCommand"), checked],
  ["a command without a terminal", START, document("AWS-StartNonInteractiveCommand"), checked],
  ["any port of the instance", START, document("AWS-StartPortForwardingSession"), checked],
  ["any host and port", START, document("AWS-StartPortForwardingSessionToRemoteHost"), checked],
  ["a document of AWS itself", START, "arn:aws:ssm:eu-central-1::document/AWS-StartSSHSession", checked],
  ["the account's preferences, by their name", START, document("SSM-SessionManagerRunShell"), checked],
  ["a document whose name begins like the recorded one", START, document("SessionManager-prod2"), checked],
  ["the recorded document of another environment", START, document("SessionManager-dev"), checked],
  ["a tunnel of another environment", START, document("SessionManager-dev-forward-db"), checked],
  ["the recorded document of another Region", START, RECORDED.replace("eu-central-1", "us-east-1"), checked],
  ["an instance of another Region", START, INSTANCE.replace("eu-central-1", "us-east-1"), checked],
  ["a server outside AWS", START, arn("ssm", "managed-instance/mi-1"), checked],
  ["a task of ECS", START, arn("ecs", "task/cluster/1"), checked],
  // Other ways in
  ["Run Command", "ssm:SendCommand", INSTANCE],
  ["Run Command by its document", "ssm:SendCommand", document("AWS-RunShellScript")],
  ["a runbook", "ssm:StartAutomationExecution", arn("ssm", "automation-definition/AWS-RunShellScript:1")],
  ["State Manager", "ssm:CreateAssociation", document("AWS-RunShellScript")],
  ["State Manager, many at once", "ssm:CreateAssociationBatch", document("AWS-RunShellScript")],
  ["another association's command", "ssm:UpdateAssociation", arn("ssm", "association/1")],
  ["an association, now", "ssm:StartAssociationsOnce", arn("ssm", "association/1")],
  ["a maintenance window", "ssm:RegisterTaskWithMaintenanceWindow", arn("ssm", "maintenancewindow/mw-1")],
  ["another's task of a window", "ssm:UpdateMaintenanceWindowTask", arn("ssm", "maintenancewindow/mw-1")],
  ["pushing an SSH key", "ec2-instance-connect:SendSSHPublicKey", INSTANCE],
  ["the serial console", "ec2-instance-connect:SendSerialConsoleSSHPublicKey", INSTANCE],
  [
    "a tunnel of EC2 Instance Connect",
    "ec2-instance-connect:OpenTunnel",
    arn("ec2", "instance-connect-endpoint/e"),
  ],
  ["the password of Windows", "ec2:GetPasswordData", INSTANCE],
  ["user data that runs at the next boot", "ec2:ModifyInstanceAttribute", INSTANCE],
  ["IMDSv1", "ec2:ModifyInstanceMetadataOptions", INSTANCE],
  ["another role for the instance", "ec2:ReplaceIamInstanceProfileAssociation", INSTANCE],
  ["a role for an instance without", "ec2:AssociateIamInstanceProfile", INSTANCE],
  ["a copy of a disk", "ec2:CreateSnapshot", VOLUME],
  ["copies of all disks", "ec2:CreateSnapshots", INSTANCE],
  ["an image", "ec2:CreateImage", INSTANCE],
  ["another root volume", "ec2:CreateReplaceRootVolumeTask", INSTANCE],
  ["taking its volume", "ec2:DetachVolume", VOLUME],
  ["its volume on an instance of one's own", "ec2:AttachVolume", VOLUME],
  ["what is on a copy", "ebs:GetSnapshotBlock", SNAPSHOT],
  // Sessions of others
  ["resuming another's session", "ssm:ResumeSession", SESSION, owned("AROAEXAMPLE:bob")],
  ["ending another's session", "ssm:TerminateSession", SESSION, owned("AROAEXAMPLE:bob")],
  [
    "ending the session of the same name in another role",
    "ssm:TerminateSession",
    SESSION,
    owned("AROAOTHER:alice"),
  ],
  ["ending a session without an owner", "ssm:TerminateSession", SESSION, me],
  // Tags that decide
  ["letting oneself in to an instance", "ec2:CreateTags", INSTANCE, tagging("SessionAccess")],
  ["the same in small letters, which IAM takes for it", "ec2:CreateTags", INSTANCE, tagging("sessionaccess")],
  ["the same among other tags", "ec2:CreateTags", INSTANCE, tagging("Name", "SessionAccess")],
  ["shutting others out", "ec2:DeleteTags", INSTANCE, tagging("SessionAccess")],
  ["choosing whom sessions run as, by one's role", "iam:TagRole", "*", tagging("SSMSessionRunAs")],
  ["by one's user", "iam:TagUser", "*", tagging("SSMSessionRunAs")],
  ["by a tag of the session", "sts:TagSession", "*", tagging("ssmsessionrunas")],
  // Evidence
  ["deleting all recordings", "logs:DeleteLogGroup", LOGS],
  ["deleting a recording", "logs:DeleteLogStream", STREAM],
  ["an empty recording, for those who look for one", "logs:CreateLogStream", STREAM],
  ["an alarm that is deleted", "cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:prod-command-rm")],
  ["an alarm that is silent", "cloudwatch:DisableAlarmActions", arn("cloudwatch", "alarm:prod-evasion")],
  ["a rule that is off", "events:DisableRule", arn("events", "rule/prod-session-started")],
  ["a rule that tells nobody", "events:RemoveTargets", arn("events", "rule/prod-watchers-touched")],
  ["a rule for other events", "events:PutRule", arn("events", "rule/prod-evidence-touched")],
  ["no topic", "sns:DeleteTopic", arn("sns", "prod-session-alerts")],
  ["a topic for others", "sns:SetTopicAttributes", arn("sns", "prod-session-alerts")],
  [
    "a watch that never runs",
    "scheduler:UpdateSchedule",
    arn("scheduler", "schedule/default/prod-session-watch"),
  ],
  [
    "a watch that finds nothing",
    "states:UpdateStateMachine",
    arn("states", "stateMachine:prod-session-watch"),
  ],
  ["shortening how long they are kept", "logs:PutRetentionPolicy", LOGS],
  ["lifting their protection", "logs:PutLogGroupDeletionProtection", LOGS],
  ["writing into a recording", "logs:PutLogEvents", STREAM],
  ["another pattern for the alarm", "logs:PutMetricFilter", `${LOGS}:*`],
  ["taking the alarm's pattern away", "logs:DeleteMetricFilter", `${LOGS}:*`],
  ["recordings without the key", "logs:DisassociateKmsKey", LOGS],
  ["recordings with another key", "logs:AssociateKmsKey", LOGS],
  ["deleting a copy", "s3:DeleteObject", `${BUCKET}/prod/alice-0abc.log`],
  ["deleting what a copy was before", "s3:DeleteObjectVersion", `${BUCKET}/prod/alice-0abc.log`],
  ["overwriting a copy", "s3:PutObject", `${BUCKET}/prod/alice-0abc.log`],
  ["deleting a copy that is locked", "s3:BypassGovernanceRetention", `${BUCKET}/prod/alice-0abc.log`],
  ["copies that expire at once", "s3:PutLifecycleConfiguration", BUCKET],
  ["deleting the bucket", "s3:DeleteBucket", BUCKET],
  ["deleting the key, and all that it encrypts", "kms:ScheduleKeyDeletion", KEY],
  ["switching the key off", "kms:DisableKey", KEY],
  ["another policy for the key", "kms:PutKeyPolicy", KEY],
  ["a document that records nowhere", "ssm:UpdateDocument", RECORDED],
  ["an older version of the document", "ssm:UpdateDocumentDefaultVersion", RECORDED],
  ["deleting the document", "ssm:DeleteDocument", RECORDED],
  ["deleting the document of root shells", "ssm:DeleteDocument", ROOT],
  ["sharing the document", "ssm:ModifyDocumentPermission", RECORDED],
  ["another host for a tunnel", "ssm:UpdateDocument", TUNNEL],
  ["a shell that is named like a tunnel", "ssm:CreateDocument", document("SessionManager-prod-forward-x")],
];

/** What it leaves to those who have the environment's own policies. */
const LEFT: Case[] = [
  ["a shell on an instance", START, INSTANCE, { ...checked, "ssm:resourceTag/SessionAccess": "prod" }],
  ["the document that records it", START, RECORDED, checked],
  ["the document of root shells", START, ROOT, checked],
  ["a tunnel's document", START, TUNNEL, checked],
  ["the channel of a session", "ssmmessages:OpenDataChannel", SESSION, me],
  [
    "encrypting a session",
    "kms:GenerateDataKey",
    KEY,
    { "kms:EncryptionContext:aws:ssm:TargetId": "i-0123456789abcdef0" },
  ],
  ["resuming one's own session", "ssm:ResumeSession", SESSION, owned("AROAEXAMPLE:alice")],
  ["ending one's own session", "ssm:TerminateSession", SESSION, owned("AROAEXAMPLE:alice")],
  ["finding instances", "ec2:DescribeInstances", "*"],
  ["seeing which are online", "ssm:DescribeInstanceInformation", "*"],
  ["reading a recording", "logs:GetLogEvents", STREAM],
  ["searching recordings", "logs:FilterLogEvents", `${LOGS}:*`],
  ["a query of Logs Insights", "logs:StartQuery", LOGS],
  ["the history of sessions", "ssm:DescribeSessions", "*"],
];

/** What it leaves to those who may do it anyway. */
const LEFT_TO_ADMINISTRATORS: Case[] = [
  ["reading a copy", "s3:GetObject", `${BUCKET}/prod/alice-0abc.log`],
  ["other objects of the same bucket", "s3:PutObject", `${BUCKET}/reports/1.txt`],
  ["other log groups", "logs:DeleteLogGroup", arn("logs", "log-group:/app")],
  ["other keys", "kms:DisableKey", arn("kms", "key/2")],
  ["other documents", "ssm:CreateDocument", document("Runbook")],
  ["other tags of an instance", "ec2:CreateTags", INSTANCE, tagging("Name")],
  ["other tags of a role", "iam:TagRole", "*", tagging("Team")],
  ["starting an instance", "ec2:StartInstances", INSTANCE],
];

/** Decisions about cases, for somebody with the guardrail and other policies. */
function decide(beside: keyof typeof BESIDE, cases: readonly Case[]): Record<string, Decision> {
  const policies = [...BESIDE[beside], policy("guardrail")];
  const decisions = simulate(
    cases.map(([, action, resource, context = {}]) => ({ policies, action, resource, context })),
  );
  return Object.fromEntries(cases.map(([what], index) => [what, decisions[index] as Decision]));
}

const all = (cases: readonly Case[], decision: Decision): Record<string, Decision> =>
  Object.fromEntries(cases.map(([what]) => [what, decision]));

describeSimulation("the guardrail", () => {
  test("denies an administrator what is not recorded, or would change evidence", () => {
    expect(decide("administrator", DENIED)).toEqual(all(DENIED, "Deny"));
  });

  test("denies an operator the same", () => {
    expect(decide("operator", DENIED)).toEqual(all(DENIED, "Deny"));
  });

  test("leaves operators all that their policies are for", () => {
    expect(decide("operator", LEFT)).toEqual(all(LEFT, "Allow"));
  });

  test("leaves administrators the same, and what is not about sessions", () => {
    const cases = [...LEFT, ...LEFT_TO_ADMINISTRATORS];
    expect(decide("administrator", cases)).toEqual(all(cases, "Allow"));
  });

  test("allows nothing by itself", () => {
    const policies = [policy("guardrail")];
    const cases = [...LEFT, ...LEFT_TO_ADMINISTRATORS].map(([, action, resource, context = {}]) => ({
      ...{ policies, action, resource, context },
    }));
    expect(new Set(simulate(cases))).toEqual(new Set(["ImplicitDeny"]));
  });

  test("denies a session of another environment whose guardrail is on the same person", () => {
    const other = JSON.parse(
      JSON.stringify(policy("guardrail")).replaceAll("SessionManager-prod", "SessionManager-dev"),
    );
    const [decision] = simulate([
      {
        policies: [ADMINISTRATOR, policy("guardrail"), other],
        action: START,
        resource: RECORDED,
        context: checked,
      },
    ]);
    expect(decision).toBe("Deny");
  });
});
