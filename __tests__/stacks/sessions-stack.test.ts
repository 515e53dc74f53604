import type { Environment } from "../../stacks/settings/environment";
import { ownStacks } from "../support/environments";
import { type Json, MINIMAL, synthEnvironment } from "../support/synth";

const environment = (sessions: Environment["sessions"], changes: object = {}) =>
  synthEnvironment({ ...MINIMAL, sessions, ...changes });

const FORWARD = { db: { host: "db.internal", port: 5432, cidr: "10.20.0.0/16" } };

const services = (sessions: Environment["sessions"]): string[] =>
  Object.values(environment(sessions).networking.resources("aws_vpc_endpoint")).map(({ service_name }) =>
    service_name.split(".").pop(),
  );

test("an environment that never recorded has no stack, and nothing of it elsewhere", () => {
  const { sessions, instances, manifest } = environment(undefined);
  expect(sessions).toBeUndefined();
  expect(manifest.stacks["test-instances"].dependencies).toEqual(["test-networking"]);
  expect(Object.keys(instances.resources("aws_iam_role_policy"))).toEqual([
    "instance_access_only-through-vpcs",
  ]);
  expect(instances.only("aws_instance").tags).not.toHaveProperty("SessionAccess");
  expect(Object.keys(ownStacks())).not.toContain("recipe-sessions");
});

test("the default records, watches rm and has policies for shells and auditors, and a guardrail", () => {
  const { sessions } = environment({});
  expect(sessions.inventory()).toEqual({
    aws_cloudwatch_event_rule: 3,
    aws_cloudwatch_event_target: 3,
    aws_cloudwatch_log_group: 2,
    aws_cloudwatch_log_metric_filter: 2,
    aws_cloudwatch_metric_alarm: 3,
    aws_iam_policy: 3,
    aws_iam_role: 2,
    aws_iam_role_policy: 2,
    aws_kms_alias: 1,
    aws_kms_key: 1,
    aws_scheduler_schedule: 1,
    aws_sfn_state_machine: 1,
    aws_sns_topic: 1,
    aws_sns_topic_policy: 1,
    aws_ssm_document: 1,
  });
  expect(Object.keys(sessions.json.output).sort()).toEqual([
    "alert_topic_arn",
    "auditor_policy_arn",
    "document_name",
    "guardrail_policy_arn",
    "key_arn",
    "log_group_arn",
    "log_group_name",
    "shell_policy_arn",
  ]);
});

test("root shells add a document, a policy and a notice, and no environment's name is that of another's", () => {
  const { sessions } = environment({ rootShell: { user: "ec2-user" } });
  expect(sessions.inventory()).toMatchObject({
    aws_cloudwatch_event_rule: 4,
    aws_cloudwatch_event_target: 4,
    aws_iam_policy: 4,
    aws_ssm_document: 2,
  });
  expect(sessions.json.output.root_document_name.value).toMatch(
    /^\$\{aws_ssm_document\.logging_root-document\w*\.name\}$/,
  );
  expect(sessions.json.output.root_policy_arn.value).toMatch(
    /^\$\{aws_iam_policy\.operators_root\w*\.arn\}$/,
  );
  const names = (namePrefix: string, settings: Environment["sessions"]): string[] =>
    Object.entries(environment(settings, { namePrefix }).sessions.json.resource as Json)
      // A policy within a role has a name for itself.
      .flatMap(([type, named]) => (type === "aws_iam_role_policy" ? [] : [named]))
      .flatMap((named) => Object.values(named as Json))
      .map(({ name }) => name as string | undefined)
      .filter((name) => name !== undefined);
  const own = names("dev", { rootShell: { user: "ec2-user" }, forward: FORWARD });
  expect(own).toContain("SessionManager-dev_root");
  expect(own).toContain("dev-session-started-root");
  for (const other of ["dev-root", "dev-session", "dev-session-started"]) {
    const theirs = names(other, { rootShell: { user: "ec2-user" } });
    expect(theirs.filter((name) => own.includes(name))).toEqual([]);
  }
});

test("networking and sessions read nothing of each other; instances read both", () => {
  const { networking, sessions, manifest } = environment({ archive: {} });
  expect(networking.data("terraform_remote_state")).toEqual({});
  expect(sessions.data("terraform_remote_state")).toEqual({});
  expect(manifest.stacks["test-sessions"].dependencies).toEqual([]);
  expect(manifest.stacks["test-instances"].dependencies).toEqual(["test-networking", "test-sessions"]);
});

describe("features decide endpoints", () => {
  test("recording adds logs and kms, and copies the gateway to S3", () => {
    expect(services(undefined).sort()).toEqual(["ssm", "ssmmessages"]);
    expect(services({}).sort()).toEqual(["kms", "logs", "ssm", "ssmmessages"]);
    expect(services({ archive: {} }).sort()).toEqual(["kms", "logs", "s3", "ssm", "ssmmessages"]);
    expect(services(false).sort()).toEqual(["ssm", "ssmmessages"]);
  });

  test("the gateway lets copies through to the bucket that the other stack makes, or to yours", () => {
    const bucketOf = (archive: { bucketName?: string }) => {
      const { networking, sessions } = environment({ archive });
      const { policy } = networking.resources("aws_vpc_endpoint").endpoints_s3 as Json;
      const [, copies] = JSON.parse(policy).Statement;
      expect(copies).toMatchObject({
        Action: ["s3:PutObject", "s3:PutObjectAcl", "s3:GetEncryptionConfiguration"],
        Condition: { StringEquals: { "aws:PrincipalAccount": expect.any(String) } },
      });
      return {
        gateway: copies.Resource[0].split(":::")[1],
        made: Object.values(sessions.resources("aws_s3_bucket"))[0]?.bucket,
      };
    };
    const made = bucketOf({});
    expect(made.gateway).toBe(made.made);
    expect(bucketOf({ bucketName: "acme-sessions" })).toEqual({ gateway: "acme-sessions", made: undefined });
  });
});

describe("instances", () => {
  const statements = (sessions: Environment["sessions"]) =>
    JSON.parse(
      environment(sessions).instances.resources("aws_iam_role_policy")["instance_access_record-sessions"]
        ?.policy,
    ).Statement;
  const LOGS = "${data.terraform_remote_state.test-sessions.outputs.log_group_arn}";
  const KEY = "${data.terraform_remote_state.test-sessions.outputs.key_arn}";

  test("get just what the agent needs to record", () => {
    expect(statements({})).toEqual([
      { Sid: "FindLogGroup", Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" },
      {
        Sid: "WriteRecordings",
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        Resource: `${LOGS}:*`,
      },
      {
        Sid: "EncryptedSessions",
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: KEY,
        Condition: { Null: { "kms:EncryptionContext:aws:ssm:SessionId": "false" } },
      },
    ]);
  });

  test("and to keep copies", () => {
    const arn = "arn:${data.aws_partition.aws_partition.partition}:s3:::acme-sessions";
    expect(statements({ archive: { bucketName: "acme-sessions" } }).slice(3)).toEqual([
      {
        Sid: "WriteCopies",
        Effect: "Allow",
        Action: ["s3:PutObject", "s3:PutObjectAcl"],
        Resource: `${arn}/test/*`,
      },
      { Sid: "CheckEncryption", Effect: "Allow", Action: "s3:GetEncryptionConfiguration", Resource: arn },
      {
        Sid: "EncryptCopies",
        Effect: "Allow",
        Action: ["kms:GenerateDataKey", "kms:Decrypt"],
        Resource: KEY,
        Condition: { StringLike: { "kms:ViaService": "s3.*.amazonaws.com" } },
      },
    ]);
  });

  test("boot once they may record, and let operators in by their tag", () => {
    const instance = environment({}).instances.only("aws_instance");
    expect(instance.depends_on).toContain("aws_iam_role_policy.instance_access_record-sessions");
    expect(instance.tags).toMatchObject({ SessionAccess: "test", Name: "test-web" });
  });

  test("are let out to forward targets, and to nothing more", () => {
    const rules = (forward: typeof FORWARD | undefined) =>
      environment({ forward }).instances.resources("aws_vpc_security_group_egress_rule");
    expect(Object.keys(rules(undefined))).toEqual(["instance_access_https-to-endpoints"]);
    const [id = "", ...others] = Object.keys(rules(FORWARD)).filter((name) => name.includes("egress-"));
    expect(others).toEqual([]);
    expect(rules(FORWARD)[id]).toMatchObject({
      cidr_ipv4: "10.20.0.0/16",
      from_port: 5432,
      to_port: 5432,
      description: "Tunnels of operators",
    });
    // Two rules alike but for their words are one to AWS, which refuses the second.
    const twins = { ...FORWARD, db2: { ...FORWARD.db, host: "db2.internal" } };
    expect(Object.keys(rules(twins))).toEqual(Object.keys(rules(FORWARD)));
  });
});

test.each(["localhost", "LOCALHOST", "127.0.0.1", "127.0.0.53", "app.localhost"])(
  "a target that is the instance itself, as %s, has its document and lets out to nothing more",
  (host) => {
    const { sessions, instances } = environment({ forward: { app: { host, port: 8080 } } });
    const content = JSON.parse(sessions.resources("aws_ssm_document")["operators_forward-app"]?.content);
    expect(content.properties).toMatchObject({ host, portNumber: "8080" });
    expect(Object.keys(instances.resources("aws_vpc_security_group_egress_rule"))).toEqual([
      "instance_access_https-to-endpoints",
    ]);
    expect(sessions.json.output.forward_policy_arn).toBeDefined();
  },
);

test("each forward target is a document with host and port fixed, and a grant on that alone", () => {
  const { sessions } = environment({ forward: FORWARD });
  const document = sessions.resources("aws_ssm_document")["operators_forward-db"] as Json;
  expect(document).toMatchObject({ name: "SessionManager-test-forward-db", document_type: "Session" });
  const content = JSON.parse(document.content);
  expect(content).toMatchObject({
    sessionType: "Port",
    properties: { type: "LocalPortForwarding", host: "db.internal", portNumber: "5432" },
  });
  expect(Object.keys(content.parameters)).toEqual(["localPortNumber"]);
  const { policy } = sessions.resources("aws_iam_policy").operators_forward as Json;
  expect(policy).toContain("document/${aws_ssm_document.operators_forward-db.name}");
  expect(policy).not.toContain("logging_document");
  expect(sessions.json.output.forward_documents.value).toEqual({
    db: "${aws_ssm_document.operators_forward-db.name}",
  });
});

describe("what settings no longer mention", () => {
  const forgotten = (sessions: Environment["sessions"]): string[] =>
    environment(sessions).sessions.json.removed.map(({ from, lifecycle }: Json) => {
      expect(lifecycle).toEqual({ destroy: false });
      return from;
    });

  test("an ordinary apply destroys all but recordings, where recording is switched off", () => {
    const { sessions } = environment(false);
    expect(sessions.json.resource).toBeUndefined();
    expect(sessions.json.output).toBeUndefined();
    expect(forgotten(false)).toEqual(
      expect.arrayContaining([
        "aws_cloudwatch_log_group.logging",
        "aws_kms_key.logging_key",
        "aws_s3_bucket.logging_archive",
        "aws_s3_bucket_object_lock_configuration.logging_archive_lock",
        "aws_ssm_document.logging_account-preferences",
      ]),
    );
  });

  test("nothing is forgotten that is there, and every address is one that there is with all settings", () => {
    const all = environment({ archive: {}, adoptAccountPreferences: "create" }).sessions;
    expect(all.json.removed).toEqual([]);
    const addresses = all.all().map(({ type, name }) => `${type}.${name}`);
    expect(addresses).toEqual(expect.arrayContaining(forgotten(false)));
    expect(forgotten({})).not.toContain("aws_kms_key.logging_key");
  });

  test("all that a bucket of copies is made of stays in AWS, its lock included", () => {
    const bucket = environment({ archive: {} }).sessions.all();
    const parts = bucket
      .map(({ type, name }) => `${type}.${name}`)
      .filter((one) => one.startsWith("aws_s3_"));
    expect(parts).toHaveLength(7);
    for (const without of [false, {}] as const) {
      expect(forgotten(without)).toEqual(expect.arrayContaining(parts));
    }
  });

  test("where recordings may be deleted, only the account's preferences are kept", () => {
    expect(forgotten({ recordings: "delete" })).toEqual(["aws_ssm_document.logging_account-preferences"]);
  });

  test("Terraform must be one that can forget", () => {
    expect(environment({}).sessions.json.terraform.required_version).toBe(">= 1.7");
    const state = { backend: "s3", bucket: "abc", region: "eu-central-1", prefix: "x" } as const;
    expect(environment({}, { state }).sessions.json.terraform.required_version).toBe(">= 1.10");
  });
});
