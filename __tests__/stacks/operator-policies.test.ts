import { type Decision, asIamGetsIt, describeSimulation, simulate } from "../support/simulate-policies";
import { MINIMAL, synthEnvironment } from "../support/synth";

const ACCOUNT = "111122223333";
const INSTANCE = `arn:aws:ec2:eu-central-1:${ACCOUNT}:instance/i-0123456789abcdef0`;
const document = (name: string): string => `arn:aws:ssm:eu-central-1:${ACCOUNT}:document/${name}`;
const SESSION = `arn:aws:ssm:eu-central-1:${ACCOUNT}:session/alice-0abc`;
const KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`;
const BUCKET = `arn:aws:s3:::prod-sessions-${ACCOUNT}-eu-central-1`;
const LOGS = `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/session-manager/prod`;

/** People: what `aws:userid` is for each kind. */
const PEOPLE = {
  role: "AROAEXAMPLE:alice",
  sso: "AROASSOEXAMPLE:alice@example.com",
  user: "AIDAEXAMPLE",
};

/** The policies of an environment, as IAM gets them: with Terraform's references and escapes resolved. */
function policies(changes: object = {}): Record<string, object> {
  const { sessions } = synthEnvironment(
    {
      ...MINIMAL,
      sessions: {
        ...changes,
        rootShell: { user: "ec2-user" },
        forward: { db: { host: "db.internal", port: 5432, cidr: "10.20.0.0/16" } },
      },
    },
    "prod",
  );
  const resolved: Record<string, string> = {
    "${aws_ssm_document.logging_document.name}": "SessionManager-prod",
    "${aws_ssm_document.logging_root-document.name}": "SessionManager-prod_root",
    "${aws_ssm_document.operators_forward-db.name}": "SessionManager-prod-forward-db",
    "${aws_kms_key.logging_key.arn}": KEY,
    "${aws_cloudwatch_log_group.logging.arn}": LOGS,
    "${aws_s3_bucket.logging_archive.bucket}": BUCKET.replace("arn:aws:s3:::", ""),
    "${data.aws_partition.aws_partition.partition}": "aws",
    "${data.aws_caller_identity.aws_account.account_id}": ACCOUNT,
  };
  return Object.fromEntries(
    Object.entries(sessions.resources("aws_iam_policy")).map(([name, { policy }]) => [
      name.replace("operators_", ""),
      asIamGetsIt(policy, (reference) => resolved[reference]),
    ]),
  );
}

type Context = Record<string, string>;
type Case = [
  what: string,
  policy: string,
  action: string,
  resource: string,
  context: Context,
  allowed: boolean,
];

const checked: Context = { "ssm:SessionDocumentAccessCheck": "true" };
const ours: Context = { ...checked, "ssm:resourceTag/SessionAccess": "prod" };
const as = (who: keyof typeof PEOPLE): Context => ({ "aws:userid": PEOPLE[who] });
const owned = (by: string): Context => ({ "ssm:resourceTag/aws:ssmmessages:session-id": by });

const prefixed = (prefix: string): Context => ({ "s3:prefix": prefix });
const via = (service: string): Context => ({ "kms:ViaService": `${service}.eu-central-1.amazonaws.com` });

const COPY = `${BUCKET}/prod/alice-0abc.log`;

/** What the plugin tells KMS. */
const forSession: Context = {
  "kms:EncryptionContext:aws:ssm:SessionId": "alice-0abc",
  "kms:EncryptionContext:aws:ssm:TargetId": "i-0123456789abcdef0",
};

const START = "ssm:StartSession";
const CHANNEL = "ssmmessages:OpenDataChannel";
const ENCRYPT = "kms:GenerateDataKey";
const RECORDED = document("SessionManager-prod");
const ROOT = document("SessionManager-prod_root");
const TUNNEL = document("SessionManager-prod-forward-db");

const CASES: Case[] = [
  // Shell: which instance
  ["a shell on an instance of the environment", "shell", START, INSTANCE, ours, true],
  [
    "a shell on an instance of another environment",
    "shell",
    START,
    INSTANCE,
    { ...checked, "ssm:resourceTag/SessionAccess": "dev" },
    false,
  ],
  ["a shell on an instance without the tag", "shell", START, INSTANCE, checked, false],
  [
    "a shell where another tag has the value",
    "shell",
    START,
    INSTANCE,
    { ...checked, "ssm:resourceTag/Environment": "prod" },
    false,
  ],
  [
    "a shell where the tag's value is longer",
    "shell",
    START,
    INSTANCE,
    { ...checked, "ssm:resourceTag/SessionAccess": "production" },
    false,
  ],
  [
    "a shell where the tag is the request's, not the instance's",
    "shell",
    START,
    INSTANCE,
    { ...checked, "aws:RequestTag/SessionAccess": "prod" },
    false,
  ],
  [
    "a shell where the tag is the caller's, not the instance's",
    "shell",
    START,
    INSTANCE,
    { ...checked, "aws:PrincipalTag/SessionAccess": "prod" },
    false,
  ],
  [
    "a shell on an instance of another account",
    "shell",
    START,
    INSTANCE.replace(ACCOUNT, "444455556666"),
    ours,
    false,
  ],
  [
    "a shell on an instance of another Region",
    "shell",
    START,
    INSTANCE.replace("eu-central-1", "us-east-1"),
    ours,
    false,
  ],
  [
    "a shell on a server outside AWS",
    "shell",
    START,
    `arn:aws:ssm:eu-central-1:${ACCOUNT}:managed-instance/mi-1`,
    ours,
    false,
  ],
  [
    "a shell where the document would not be checked",
    "shell",
    START,
    INSTANCE,
    { ...ours, "ssm:SessionDocumentAccessCheck": "false" },
    false,
  ],
  // Shell: with which document
  ["the recorded document", "shell", START, RECORDED, checked, true],
  [
    "the account's default document, which is not recorded",
    "shell",
    START,
    document("SSM-SessionManagerRunShell"),
    checked,
    false,
  ],
  [
    "the recorded document of another environment",
    "shell",
    START,
    document("SessionManager-dev"),
    checked,
    false,
  ],
  [
    "a document whose name begins like the recorded one",
    "shell",
    START,
    document("SessionManager-prod2"),
    checked,
    false,
  ],
  ["an interactive command", "shell", START, document("AWS-StartInteractiveCommand"), checked, false],
  [
    "a command without a terminal",
    "shell",
    START,
    document("AWS-StartNonInteractiveCommand"),
    checked,
    false,
  ],
  ["SSH through a session", "shell", START, document("AWS-StartSSHSession"), checked, false],
  [
    "port forwarding to the instance",
    "shell",
    START,
    document("AWS-StartPortForwardingSession"),
    checked,
    false,
  ],
  [
    "port forwarding to a remote host",
    "shell",
    START,
    document("AWS-StartPortForwardingSessionToRemoteHost"),
    checked,
    false,
  ],
  ["a tunnel of the environment, with the shell policy alone", "shell", START, TUNNEL, checked, false],
  // Sessions afterwards
  [
    "ending one's own session, in a role",
    "shell",
    "ssm:TerminateSession",
    SESSION,
    { ...as("role"), ...owned(PEOPLE.role) },
    true,
  ],
  [
    "ending one's own session, from Identity Center",
    "shell",
    "ssm:TerminateSession",
    SESSION,
    { ...as("sso"), ...owned(PEOPLE.sso) },
    true,
  ],
  [
    "ending one's own session, as a user",
    "shell",
    "ssm:TerminateSession",
    SESSION,
    { ...as("user"), ...owned(PEOPLE.user) },
    true,
  ],
  [
    "resuming one's own session, in a role",
    "shell",
    "ssm:ResumeSession",
    SESSION,
    { ...as("role"), ...owned(PEOPLE.role) },
    true,
  ],
  [
    "ending another's session",
    "shell",
    "ssm:TerminateSession",
    SESSION,
    { ...as("role"), ...owned("AROAEXAMPLE:bob") },
    false,
  ],
  [
    "ending the session of the same name in another role",
    "shell",
    "ssm:TerminateSession",
    SESSION,
    { ...as("role"), ...owned("AROAOTHER:alice") },
    false,
  ],
  [
    "resuming another's session",
    "shell",
    "ssm:ResumeSession",
    SESSION,
    { ...as("sso"), ...owned(PEOPLE.role) },
    false,
  ],
  ["ending a session without an owner", "shell", "ssm:TerminateSession", SESSION, as("role"), false],
  ["ending a session, as nobody", "shell", "ssm:TerminateSession", SESSION, owned("${aws:userid}"), false],
  [
    "the data channel of a session of another account",
    "shell",
    CHANNEL,
    SESSION.replace(ACCOUNT, "444455556666"),
    as("role"),
    false,
  ],
  [
    "the data channel of a session in another Region",
    "shell",
    CHANNEL,
    SESSION.replace("eu-central-1", "us-east-1"),
    as("role"),
    false,
  ],
  // Sessions are named after people, not after what aws:userid is.
  ["the data channel of one's session, in a role", "shell", CHANNEL, SESSION, as("role"), true],
  [
    "the data channel of one's session, from Identity Center",
    "shell",
    CHANNEL,
    SESSION.replace("alice", "alice@example.com"),
    as("sso"),
    true,
  ],
  ["the data channel of one's session, as a user", "shell", CHANNEL, SESSION, as("user"), true],
  ["the data channel of one's tunnel", "forward", CHANNEL, SESSION, as("role"), true],
  // What a shell needs, and what it must not give
  ["encrypting something else with the sessions' key", "shell", ENCRYPT, KEY, {}, false],
  [
    "encrypting what is said to be for a server outside AWS",
    "shell",
    ENCRYPT,
    KEY,
    { ...forSession, "kms:EncryptionContext:aws:ssm:TargetId": "mi-0123456789abcdef0" },
    false,
  ],
  ["encrypting with another key", "shell", ENCRYPT, KEY.replace("key/1", "key/2"), forSession, false],
  ["encrypting a session", "shell", ENCRYPT, KEY, forSession, true],
  ["decrypting recordings", "shell", "kms:Decrypt", KEY, {}, false],
  ["finding instances", "shell", "ec2:DescribeInstances", "*", {}, true],
  ["seeing which are online", "shell", "ssm:DescribeInstanceInformation", "*", {}, true],
  ["reading the recorded document", "shell", "ssm:DescribeDocument", RECORDED, {}, true],
  ["Run Command, which is root and not recorded", "shell", "ssm:SendCommand", INSTANCE, ours, false],
  ["Run Command by its document", "shell", "ssm:SendCommand", document("AWS-RunShellScript"), checked, false],
  ["changing the recorded document", "shell", "ssm:UpdateDocument", RECORDED, {}, false],
  [
    "choosing the document's default version",
    "shell",
    "ssm:UpdateDocumentDefaultVersion",
    RECORDED,
    {},
    false,
  ],
  ["making a document", "shell", "ssm:CreateDocument", document("SessionManager-prod"), {}, false],
  ["deleting the recorded document", "shell", "ssm:DeleteDocument", RECORDED, {}, false],
  [
    "tagging an instance, to let oneself in",
    "shell",
    "ec2:CreateTags",
    INSTANCE,
    { "aws:RequestTag/SessionAccess": "prod" },
    false,
  ],
  ["tagging an instance through Systems Manager", "shell", "ssm:AddTagsToResource", INSTANCE, {}, false],
  ["deleting recordings", "shell", "logs:DeleteLogGroup", LOGS, {}, false],
  ["shortening how long recordings are kept", "shell", "logs:PutRetentionPolicy", LOGS, {}, false],
  [
    "reading recordings, with the shell policy",
    "shell",
    "logs:GetLogEvents",
    `${LOGS}:log-stream:alice-0abc`,
    {},
    false,
  ],
  ["pushing an SSH key", "shell", "ec2-instance-connect:SendSSHPublicKey", INSTANCE, {}, false],
  ["switching IMDSv2 off", "shell", "ec2:ModifyInstanceMetadataOptions", INSTANCE, {}, false],
  // Root shells
  ["a root shell, with the shell policy alone", "shell", START, ROOT, checked, false],
  ["a root shell, with the forward policy alone", "forward", START, ROOT, checked, false],
  ["a root shell, as an auditor", "auditor", START, ROOT, checked, false],
  ["changing the document of root shells", "root", "ssm:UpdateDocument", ROOT, {}, false],
  ["Run Command, with the root policy", "root", "ssm:SendCommand", INSTANCE, ours, false],
  [
    "an unrecorded shell, with the root policy",
    "root",
    START,
    document("SSM-SessionManagerRunShell"),
    checked,
    false,
  ],
  [
    "a root shell on an instance of another environment",
    "root",
    START,
    INSTANCE,
    { ...checked, "ssm:resourceTag/SessionAccess": "dev" },
    false,
  ],
  ["decrypting recordings, with the root policy", "root", "kms:Decrypt", KEY, {}, false],
  ["a root shell on an instance of the environment", "root", START, INSTANCE, ours, true],
  ["the document of root shells", "root", START, ROOT, checked, true],
  ["encrypting a root shell without saying for which session", "root", ENCRYPT, KEY, {}, false],
  ["encrypting a root shell", "root", "kms:GenerateDataKey", KEY, forSession, true],
  ["a root shell without MFA", "root+mfa", START, ROOT, checked, false],
  // Forwarding
  ["a tunnel on an instance of the environment", "forward", START, INSTANCE, ours, true],
  [
    "a tunnel on an instance of another environment",
    "forward",
    START,
    INSTANCE,
    { ...checked, "ssm:resourceTag/SessionAccess": "dev" },
    false,
  ],
  ["the tunnel's document", "forward", START, TUNNEL, checked, true],
  [
    "the tunnel to another target",
    "forward",
    START,
    document("SessionManager-prod-forward-cache"),
    checked,
    false,
  ],
  ["any port of the instance", "forward", START, document("AWS-StartPortForwardingSession"), checked, false],
  [
    "any host and port",
    "forward",
    START,
    document("AWS-StartPortForwardingSessionToRemoteHost"),
    checked,
    false,
  ],
  ["a shell, with the forward policy alone", "forward", START, RECORDED, checked, false],
  [
    "an unrecorded shell, with the forward policy",
    "forward",
    START,
    document("SSM-SessionManagerRunShell"),
    checked,
    false,
  ],
  [
    "ending one's own tunnel",
    "forward",
    "ssm:TerminateSession",
    SESSION,
    { ...as("sso"), ...owned(PEOPLE.sso) },
    true,
  ],
  [
    "ending another's tunnel",
    "forward",
    "ssm:TerminateSession",
    SESSION,
    { ...as("sso"), ...owned(PEOPLE.user) },
    false,
  ],
  // Auditors
  ["reading a recording", "auditor", "logs:GetLogEvents", `${LOGS}:log-stream:alice-0abc`, {}, true],
  ["searching recordings", "auditor", "logs:FilterLogEvents", `${LOGS}:*`, {}, true],
  ["a Logs Insights query", "auditor", "logs:StartQuery", LOGS, {}, true],
  ["the history of sessions", "auditor", "ssm:DescribeSessions", "*", {}, true],
  ["reading another log group", "auditor", "logs:GetLogEvents", LOGS.replace("prod", "dev"), {}, false],
  ["starting a session, as an auditor", "auditor", START, INSTANCE, ours, false],
  [
    "deleting a recording, as an auditor",
    "auditor",
    "logs:DeleteLogStream",
    `${LOGS}:log-stream:alice-0abc`,
    {},
    false,
  ],
  [
    "ending a session, as an auditor",
    "auditor",
    "ssm:TerminateSession",
    SESSION,
    { ...as("role"), ...owned(PEOPLE.role) },
    false,
  ],
  // Copies, where they are kept: denials first
  ["reading another environment's copy", "auditor+copies", "s3:GetObject", `${BUCKET}/dev/a.log`, {}, false],
  [
    "reading what is beside the copies",
    "auditor+copies",
    "s3:GetObject",
    `${BUCKET}/production/a.log`,
    {},
    false,
  ],
  [
    "reading a copy in another bucket",
    "auditor+copies",
    "s3:GetObject",
    "arn:aws:s3:::other/prod/a.log",
    {},
    false,
  ],
  ["listing the whole bucket", "auditor+copies", "s3:ListBucket", BUCKET, {}, false],
  [
    "listing another environment's copies",
    "auditor+copies",
    "s3:ListBucket",
    BUCKET,
    prefixed("dev/"),
    false,
  ],
  ["writing over a copy", "auditor+copies", "s3:PutObject", COPY, {}, false],
  ["deleting a copy", "auditor+copies", "s3:DeleteObject", COPY, {}, false],
  ["deleting the agent's version of a copy", "auditor+copies", "s3:DeleteObjectVersion", COPY, {}, false],
  ["shortening a copy's lock", "auditor+copies", "s3:PutObjectRetention", COPY, {}, false],
  ["getting round a copy's lock", "auditor+copies", "s3:BypassGovernanceRetention", COPY, {}, false],
  ["taking the lock off", "auditor+copies", "s3:PutBucketObjectLockConfiguration", BUCKET, {}, false],
  ["decrypting what is no copy", "auditor+copies", "kms:Decrypt", KEY, {}, false],
  ["decrypting through another service", "auditor+copies", "kms:Decrypt", KEY, via("ssm"), false],
  [
    "decrypting a copy with another key",
    "auditor+copies",
    "kms:Decrypt",
    KEY.replace("/1", "/2"),
    via("s3"),
    false,
  ],
  ["encrypting, as an auditor", "auditor+copies", "kms:GenerateDataKey", KEY, via("s3"), false],
  ["reading copies where there are none", "auditor", "s3:GetObject", COPY, {}, false],
  ["decrypting copies where there are none", "auditor", "kms:Decrypt", KEY, via("s3"), false],
  ["reading a copy, with the shell policy", "shell+copies", "s3:GetObject", COPY, {}, false],
  ["decrypting a copy, with the shell policy", "shell+copies", "kms:Decrypt", KEY, via("s3"), false],
  ["the bucket that would be made, where yours is used", "auditor+yours", "s3:GetObject", COPY, {}, false],
  [
    "the key of sessions, where your bucket has its own",
    "auditor+yours",
    "kms:Decrypt",
    KEY,
    via("s3"),
    false,
  ],
  ["reading a copy", "auditor+copies", "s3:GetObject", COPY, {}, true],
  ["reading the agent's version of a copy", "auditor+copies", "s3:GetObjectVersion", COPY, {}, true],
  ["seeing how long a copy is locked", "auditor+copies", "s3:GetObjectRetention", COPY, {}, true],
  ["listing copies", "auditor+copies", "s3:ListBucket", BUCKET, prefixed("prod/"), true],
  [
    "listing a session's versions",
    "auditor+copies",
    "s3:ListBucketVersions",
    BUCKET,
    prefixed("prod/a"),
    true,
  ],
  ["decrypting a copy", "auditor+copies", "kms:Decrypt", KEY, via("s3"), true],
  [
    "reading a copy in your bucket",
    "auditor+yours",
    "s3:GetObject",
    "arn:aws:s3:::acme/prod/a.log",
    {},
    true,
  ],
  [
    "listing copies in your bucket",
    "auditor+yours",
    "s3:ListBucket",
    "arn:aws:s3:::acme",
    prefixed("prod/"),
    true,
  ],
  // Multi-factor authentication, where it is demanded
  ["a shell with MFA", "shell+mfa", START, INSTANCE, { ...ours, "aws:MultiFactorAuthPresent": "true" }, true],
  [
    "a shell without MFA",
    "shell+mfa",
    START,
    INSTANCE,
    { ...ours, "aws:MultiFactorAuthPresent": "false" },
    false,
  ],
  ["a shell with long-lived keys, which know nothing of MFA", "shell+mfa", START, INSTANCE, ours, false],
  ["the recorded document without MFA", "shell+mfa", START, RECORDED, checked, false],
  ["a tunnel without MFA", "forward+mfa", START, INSTANCE, ours, false],
];

function decide(): Decision[] {
  const written: Record<string, Record<string, object>> = {
    plain: policies(),
    mfa: policies({ requireMfa: true }),
    copies: policies({ archive: {} }),
    yours: policies({ archive: { bucketName: "acme" } }),
  };
  return simulate(
    CASES.map(([, policy, action, resource, context]) => {
      const [name = "", variant = "plain"] = policy.split("+");
      return {
        policies: [written[variant]?.[name]],
        action,
        resource,
        context,
      };
    }),
  );
}

describeSimulation("operators can do just what they should", () => {
  let decisions: Decision[] = [];

  beforeAll(() => {
    decisions = decide();
  });

  test.each(
    CASES.map(
      ([what, , , , , allowed], index) => [allowed ? "allowed" : "denied", what, index, allowed] as const,
    ),
  )("%s: %s", (_, __, index, allowed) => {
    expect(decisions[index] === "Allow").toBe(allowed);
  });

  test("no policy denies but the guardrail, and none allows a whole service", () => {
    const others = Object.entries(policies({ archive: {} })).filter(([name]) => name !== "guardrail_policy");
    for (const [, policy] of others as [
      string,
      { Statement: { Effect: string; Action: string | string[] }[] },
    ][]) {
      for (const { Effect, Action } of policy.Statement) {
        expect(Effect).toBe("Allow");
        expect([Action].flat().filter((action) => action.includes("*"))).toEqual([]);
      }
    }
  });
});

test("Terraform leaves policy variables alone", () => {
  const { sessions } = synthEnvironment({ ...MINIMAL, sessions: {} });
  const { policy } = sessions.resources("aws_iam_policy").operators_shell as { policy: string };
  expect(policy).toContain('"$${aws:userid}"');
  expect(policy.match(/[^$]\$\{aws:/)).toBeNull();
});
