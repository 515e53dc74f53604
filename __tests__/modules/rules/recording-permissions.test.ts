import {
  all,
  breaking,
  type Case,
  type Change,
  CORE,
  drop,
  FULL,
  put,
  resource,
  set,
} from "../../support/rules";
import type { Json } from "../../support/synth";

const after = breaking(FULL);
const RECORD = "aws_iam_role_policy.instance_access_record-sessions";

describe("recording-permissions", () => {
  const lacks = (...actions: string[]): string[] =>
    actions.map(
      (action) =>
        `recording-permissions: test-instances/instance_access does not permit ${action} on what sessions are recorded with`,
    );
  const edit =
    (change: (text: string) => string): Change =>
    (s) => {
      const config = resource(s, RECORD);
      config.policy = change(config.policy as string);
    };
  const LOGS = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];
  test.each<Case>([
    [
      "no permission at all",
      (s) => drop(s, RECORD),
      lacks(
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
        "kms:Decrypt",
        "s3:GetEncryptionConfiguration",
        "s3:PutObject",
        "kms:GenerateDataKey",
      ),
    ],
    [
      "one that is missing, where the tag that lets people in is written in another case",
      all(
        edit((text) => text.replace("logs:PutLogEvents", "logs:GetLogEvents")),
        ...["web", "db"].map((name): Change => (s) => {
          resource(s, `aws_instance.${name}`).tags = { sessionACCESS: "test" };
        }),
      ),
      lacks("logs:PutLogEvents"),
    ],
    [
      "one that is missing",
      edit((text) => text.replace("logs:PutLogEvents", "logs:GetLogEvents")),
      lacks("logs:PutLogEvents"),
    ],
    [
      "another log group",
      all(
        (s) => put(s, "instances", "aws_cloudwatch_log_group.other", { name: "other" }),
        edit((text) => text.replace(/\$\{[^}]*log_group_arn\}/, "${aws_cloudwatch_log_group.other.arn}")),
      ),
      lacks(...LOGS),
    ],
    [
      "another key",
      all(
        (s) => put(s, "instances", "aws_kms_key.other", {}),
        edit((text) => text.replace(/\$\{[^}]*key_arn\}/g, "${aws_kms_key.other.arn}")),
      ),
      lacks("kms:Decrypt", "kms:GenerateDataKey"),
    ],
    [
      "a group that is named but is another",
      all(
        set("aws_ssm_document.logging_document", {
          content: JSON.stringify({ inputs: { cloudWatchLogGroupName: "/theirs" } }),
        }),
        edit((text) => text.replace(/\$\{[^}]*log_group_arn\}/, "log-group:/ours")),
      ),
      lacks(...LOGS),
    ],
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    [
      "a log group that is not known",
      edit((text) => text.replace(/\$\{[^}]*log_group_arn\}/, "${var.group}")),
    ],
    [
      "a log group that is written out",
      edit((text) => text.replace(/\$\{[^}]*log_group_arn\}/, "log-group:/session-manager/test")),
    ],
    [
      "a group that the document names by text",
      all(
        set("aws_ssm_document.logging_document", {
          content: JSON.stringify({ inputs: { cloudWatchLogGroupName: "/theirs" } }),
        }),
        edit((text) => text.replace(/\$\{[^}]*log_group_arn\}/, "log-group:/theirs")),
      ),
    ],
    ["policies that are not known", all(set(RECORD, { policy: "${var.policy}" }))],
    [
      "sessions that nothing records",
      all(
        (s) => drop(s, RECORD),
        set("aws_ssm_document.logging_document", { content: JSON.stringify({ inputs: {} }) }),
      ),
    ],
    [
      "a document that Terraform composes",
      all((s) => drop(s, RECORD), set("aws_ssm_document.logging_document", { content: "${jsonencode({})}" })),
    ],
    [
      "a document that is no session's",
      all((s) => drop(s, RECORD), set("aws_ssm_document.logging_document", { document_type: "Command" })),
    ],
    [
      "several documents, of which the role may use one",
      (s) => {
        const document = resource(s, "aws_ssm_document.logging_document");
        (s["test-sessions"] as Json).resource.aws_ssm_document = {
          first: {
            ...document,
            content: JSON.stringify({
              inputs: { cloudWatchLogGroupName: "${aws_cloudwatch_log_group.first.name}" },
            }),
          },
          logging_document: document,
        };
        put(s, "sessions", "aws_cloudwatch_log_group.first", { name: "first" });
      },
    ],
  ])("is kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
  test("asks nothing of an administrator's role, which another rule refuses", () => {
    const administrator = "arn:${data.aws_partition.x.partition}:iam::aws:policy/AdministratorAccess";
    expect(after(all((s) => drop(s, RECORD), set(CORE, { policy_arn: administrator })))).toEqual([
      "no-wildcard-resource: test-instances/instance_access/session-manager permits everything",
    ]);
  });
  test("asks for no more than is recorded with", () => {
    const only = (inputs: Json): Change =>
      all(
        (s) => drop(s, RECORD),
        set("aws_ssm_document.logging_document", { content: JSON.stringify({ inputs }) }),
      );
    expect(after(only({ cloudWatchLogGroupName: "ours" }))).toEqual(
      lacks("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"),
    );
    expect(after(only({ s3BucketName: "copies" }))).toEqual(
      lacks("s3:GetEncryptionConfiguration", "s3:PutObject"),
    );
    expect(after(only({ kmsKeyId: "key", s3BucketName: "copies" }))).toEqual(
      lacks("kms:Decrypt", "s3:GetEncryptionConfiguration", "s3:PutObject", "kms:GenerateDataKey"),
    );
  });
});
