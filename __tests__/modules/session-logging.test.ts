import { JOURNAL_PROFILE } from "../../modules/facts/command-journal";
import { evasionPattern, SessionLogging, type SessionLoggingProps } from "../../modules";
import { literal } from "../../modules/private/terraform";
import { matchesPattern } from "../support/filter-pattern";
import { synthModule } from "../support/synth";
import { unresolved, unresolvedNumber } from "../support/tokens";

const logging = (overrides: Partial<SessionLoggingProps> = {}) =>
  synthModule(
    (stack) => new SessionLogging(stack, "logging", { name: "test", region: "eu-central-1", ...overrides }),
  );

const inputs = (overrides: Partial<SessionLoggingProps> = {}) =>
  JSON.parse(logging(overrides).only("aws_ssm_document").content).inputs;

const ACCOUNT = "${data.aws_caller_identity.aws_account.account_id}";
const PARTITION = "${data.aws_partition.aws_partition.partition}";

test("makes key, log group and document, and nothing else", () => {
  expect(logging().inventory()).toEqual({
    aws_kms_key: 1,
    aws_kms_alias: 1,
    aws_cloudwatch_log_group: 1,
    aws_ssm_document: 1,
  });
});

test("a session that cannot be recorded and encrypted does not start", () => {
  const stack = logging();
  expect(stack.only("aws_ssm_document")).toMatchObject({
    name: "SessionManager-test",
    document_type: "Session",
    document_format: "JSON",
  });
  expect(JSON.parse(stack.only("aws_ssm_document").content)).toEqual({
    schemaVersion: "1.0",
    description: expect.any(String),
    sessionType: "Standard_Stream",
    inputs: {
      cloudWatchLogGroupName: "${aws_cloudwatch_log_group.logging.name}",
      cloudWatchEncryptionEnabled: true,
      cloudWatchStreamingEnabled: true,
      s3BucketName: "",
      s3KeyPrefix: "",
      s3EncryptionEnabled: true,
      kmsKeyId: expect.stringMatching(/^\$\{aws_kms_key\.logging_key\w*\.arn\}$/),
      idleSessionTimeout: "20",
      maxSessionDuration: "480",
      runAsEnabled: true,
      runAsDefaultUser: "ssm-user",
      shellProfile: { linux: literal(JOURNAL_PROFILE), windows: "" },
    },
  });
});

test("a line is typed whatever the profile: a recording begins with the first", () => {
  const linux = ": This session is recorded";
  for (const shellProfile of [undefined, "", " \n"]) {
    expect(inputs({ shellProfile, commandJournal: false }).shellProfile).toEqual({ linux, windows: "" });
  }
  expect(matchesPattern(evasionPattern(false), JSON.stringify({ sessionData: [linux] }))).toBe(false);
});

test("settings reach the document", () => {
  expect(
    inputs({ idleMinutes: 5, maxMinutes: 60, runAsUser: "ops", shellProfile: "export A=${B}" }),
  ).toMatchObject({
    idleSessionTimeout: "5",
    maxSessionDuration: "60",
    runAsEnabled: true,
    runAsDefaultUser: "ops",
    shellProfile: { linux: `${literal(JOURNAL_PROFILE)}\nexport A=$\${B}` },
  });
});

test("root shells have a document of their own, the same but for the user", () => {
  const documents = logging({ runAsUser: "ssm-user", rootShell: { user: "ec2-user" } }).resources(
    "aws_ssm_document",
  );
  const [usual, root] = ["logging_document", "logging_root-document"].map((address) => {
    const [found] = Object.entries(documents).filter(([name]) => name.startsWith(address));
    const { name, content } = found?.[1] as { name: string; content: string };
    return { name, content: JSON.parse(content) };
  });
  expect([usual?.name, root?.name]).toEqual(["SessionManager-test", "SessionManager-test_root"]);
  expect(usual?.content.inputs.runAsDefaultUser).toBe("ssm-user");
  expect(root?.content).toEqual({
    ...usual?.content,
    inputs: { ...usual?.content.inputs, runAsDefaultUser: "ec2-user" },
  });
});

test("the account's own preferences are those of the usual sessions", () => {
  const stack = logging({ accountPreferences: "create", rootShell: { user: "ec2-user" } });
  const users = Object.values(stack.resources("aws_ssm_document")).map(({ name, content }) => [
    name,
    JSON.parse(content).inputs.runAsDefaultUser,
  ]);
  expect(Object.fromEntries(users)).toEqual({
    "SessionManager-test": "ssm-user",
    "SessionManager-test_root": "ec2-user",
    "SSM-SessionManagerRunShell": "ssm-user",
  });
});

test("the log group is encrypted with the key and kept for a year", () => {
  expect(logging().only("aws_cloudwatch_log_group")).toMatchObject({
    name: "/session-manager/test",
    retention_in_days: 365,
    kms_key_id: expect.stringMatching(/^\$\{aws_kms_key\.logging_key\w*\.arn\}$/),
  });
  expect(logging({ retentionDays: 30 }).only("aws_cloudwatch_log_group").retention_in_days).toBe(30);
});

test("the key rotates, and serves this log group and this account's alerts alone", () => {
  const key = logging().only("aws_kms_key");
  expect(key).toMatchObject({ enable_key_rotation: true, deletion_window_in_days: 30 });
  expect(JSON.parse(key.policy).Statement).toEqual([
    expect.objectContaining({ Principal: { AWS: `arn:${PARTITION}:iam::${ACCOUNT}:root` }, Action: "kms:*" }),
    expect.objectContaining({
      Principal: { Service: "logs.eu-central-1.amazonaws.com" },
      Condition: {
        ArnEquals: {
          "kms:EncryptionContext:aws:logs:arn": `arn:${PARTITION}:logs:eu-central-1:${ACCOUNT}:log-group:/session-manager/test`,
        },
      },
    }),
    expect.objectContaining({
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
    }),
    // Of EventBridge, AWS supports no aws:Source key here: notices would not be delivered.
    expect.objectContaining({
      Principal: { Service: "events.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Condition: {
        ArnLike: {
          "kms:EncryptionContext:aws:sns:topicArn": `arn:${PARTITION}:sns:eu-central-1:${ACCOUNT}:*`,
        },
      },
    }),
  ]);
});

test("recordings outlive a careless destroy, unless they shall not", () => {
  const archive = {};
  for (const type of ["aws_kms_key", "aws_cloudwatch_log_group", "aws_s3_bucket"]) {
    expect(logging({ archive }).only(type).lifecycle.prevent_destroy).toBe(true);
    expect(logging({ archive, recordings: "delete" }).only(type).lifecycle.prevent_destroy).toBe(false);
  }
  expect(logging().only("aws_cloudwatch_log_group").deletion_protection_enabled).toBe(true);
  // False, and not left out: what is left out stays as it was deployed.
  const deleted = logging({ recordings: "delete" }).only("aws_cloudwatch_log_group");
  expect(deleted.deletion_protection_enabled).toBe(false);
  expect(logging({ archive }).only("aws_s3_bucket").force_destroy).toBe(false);
  expect(logging({ archive, recordings: "delete" }).only("aws_s3_bucket").force_destroy).toBe(true);
});

describe("copies in S3", () => {
  test("go to a bucket that is versioned, encrypted, private and reached over TLS", () => {
    const stack = logging({ archive: { expireDays: 4000 } });
    expect(stack.inventory()).toMatchObject({
      aws_s3_bucket: 1,
      aws_s3_bucket_versioning: 1,
      aws_s3_bucket_server_side_encryption_configuration: 1,
      aws_s3_bucket_public_access_block: 1,
      aws_s3_bucket_policy: 1,
      aws_s3_bucket_lifecycle_configuration: 1,
    });
    expect(stack.only("aws_s3_bucket").bucket).toBe(`test-sessions-${ACCOUNT}-eu-central-1`);
    expect(stack.only("aws_s3_bucket_versioning").versioning_configuration.status).toBe("Enabled");
    const [encryption] = stack.only("aws_s3_bucket_server_side_encryption_configuration").rule;
    expect(encryption.apply_server_side_encryption_by_default.sse_algorithm).toBe("aws:kms");
    expect(stack.only("aws_s3_bucket_public_access_block")).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    const [statement] = JSON.parse(stack.only("aws_s3_bucket_policy").policy).Statement;
    expect(statement).toMatchObject({
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    expect(stack.only("aws_s3_bucket_lifecycle_configuration").rule).toEqual([
      {
        id: "expire",
        status: "Enabled",
        filter: [{ prefix: "" }],
        expiration: [{ days: 4000 }],
        noncurrent_version_expiration: [{ noncurrent_days: 4000 }],
        abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
      },
    ]);
    expect(inputs({ archive: {} })).toMatchObject({ s3KeyPrefix: "test", s3EncryptionEnabled: true });
  });

  test("or to your bucket, which must be encrypted", () => {
    const archive = { bucketName: "acme-sessions" };
    expect(logging({ archive }).inventory()).not.toHaveProperty("aws_s3_bucket");
    expect(inputs({ archive })).toMatchObject({ s3BucketName: "acme-sessions", s3EncryptionEnabled: true });
  });
});

describe("the account's own preferences", () => {
  const documents = (accountPreferences?: "import" | "create") =>
    Object.values(logging({ accountPreferences }).resources("aws_ssm_document")).map(
      ({ name, lifecycle }) => [name, lifecycle?.prevent_destroy],
    );
  const adopted = [
    ["SSM-SessionManagerRunShell", true],
    ["SessionManager-test", undefined],
  ];

  test("are left alone", () => {
    expect(documents()).toEqual([["SessionManager-test", undefined]]);
  });

  test("are taken over or made where asked for, and protected", () => {
    expect(documents("create").sort()).toEqual(adopted);
    expect(documents("import").sort()).toEqual(adopted);
    expect(logging({ accountPreferences: "create" }).json).not.toHaveProperty("import");
    expect(logging({ accountPreferences: "import" }).json.import).toEqual([
      {
        id: "SSM-SessionManagerRunShell",
        to: expect.stringMatching(/^aws_ssm_document\.logging_account-preferences/),
      },
    ]);
  });
});

test("commands are for the alarm to judge where no profile is typed", () => {
  expect(() => logging({ watchedCommands: ["bad name"], idleMinutes: 0 })).toThrow(
    new Error(
      "[module/logging] idleMinutes: got 0; allowed: a whole number of minutes from 1 to 60; choose one in that range",
    ),
  );
});

test("bad props are refused together", () => {
  const build = () =>
    logging({
      retentionDays: 42,
      idleMinutes: 61,
      maxMinutes: 0,
      runAsUser: "root",
      rootShell: { user: "root" },
      shellProfile: "cd; rm -f x",
      watchedCommands: ["rm"],
    });
  for (const refusal of [
    /retentionDays: got 42; allowed: one of CloudWatch's periods/,
    /idleMinutes: got 61; allowed: a whole number of minutes from 1 to 60/,
    /maxMinutes: got 0; allowed: a whole number of minutes from 1 to 1440/,
    /runAsUser: got "root"; allowed: a user other than root, and none whom images let use sudo; name a user/,
    /rootShell\.user: got "root"; allowed: a user who may use sudo; .*SSM Agent refuses root itself/,
    /shellProfile: got "cd; rm -f x"; allowed: no watched command.*leave out rm/,
  ]) {
    expect(build).toThrow(refusal);
  }
});

test.each<[SessionLoggingProps["archive"], string]>([
  [
    { bucketName: "My" },
    'archive.bucketName: got "My"; allowed: the name of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens, and no alias of an access point; name a bucket that exists already, or leave it out to have one made',
  ],
  [
    { expireDays: -5 },
    "archive.expireDays: got -5; allowed: a whole number of days from 1 to 36500; choose more than the log group's, and no more than S3 can lock",
  ],
  [
    { bucketName: "yours", expireDays: 5 },
    "archive.expireDays: got 5; allowed: days for a bucket that is made; leave it out: your bucket has rules of its own",
  ],
  [
    { bucketName: "yours", expireDays: 0 },
    "archive.expireDays: got 0; allowed: days for a bucket that is made; leave it out: your bucket has rules of its own",
  ],
])("the archive %j is refused", (archive, refusal) => {
  expect(() => logging({ archive })).toThrow(new Error(`[module/logging] ${refusal}`));
});

test("an archive's variables are left to Terraform", () => {
  expect(inputs({ archive: { bucketName: unresolved("var.bucket") } }).s3BucketName).toBe("${var.bucket}");
  const made = logging({ archive: { expireDays: unresolvedNumber("var.days") } });
  expect(made.only("aws_s3_bucket_lifecycle_configuration").rule[0].expiration).toEqual([
    { days: "${var.days}" },
  ]);
});

test("a bucket of yours is made by nobody here, and must be in the Region where instances reach S3", () => {
  const stack = logging({ archive: { bucketName: "copies-of-ours" } });
  expect(stack.resources("aws_s3_bucket")).toEqual({});
  expect(stack.resources("aws_s3_bucket_object_lock_configuration")).toEqual({});
  const [bucket] = Object.values(stack.data("aws_s3_bucket"));
  expect(bucket).toMatchObject({
    bucket: "copies-of-ours",
    lifecycle: {
      postcondition: [
        {
          condition: '${self.bucket_region == "eu-central-1"}',
          error_message:
            "copies-of-ours is in ${self.bucket_region}, and instances in eu-central-1 reach S3 of their own Region alone, so " +
            "that no session would start: name a bucket of that Region in archive.bucketName.",
        },
      ],
    },
  });
  expect(logging({ archive: {} }).data("aws_s3_bucket")).toEqual({});
});

test("days and a lock for a bucket that is not made are refused together, as is a lock that contradicts deletion", () => {
  expect(() =>
    logging({ archive: { bucketName: "copies-of-ours", expireDays: 9, lockMode: "governance" } }),
  ).toThrow(
    new Error(
      "[module/logging] archive.expireDays: got 9; allowed: days for a bucket that is made; leave it out: your bucket has " +
        'rules of its own\n[module/logging] archive.lockMode: got "governance"; allowed: a lock for a bucket that is made; ' +
        "leave it out: your bucket has rules of its own",
    ),
  );
  expect(() => logging({ recordings: "delete", archive: { lockMode: "compliance" } })).toThrow(
    /^\[module\/logging\] archive\.lockMode: got "compliance"; allowed: "governance" with recordings: "delete"/,
  );
});
