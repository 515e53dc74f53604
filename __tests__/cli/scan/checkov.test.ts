import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkovFiles, findCheckov, readReport, runCheckov } from "../../../cli/scan/checkov";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "checkov-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function executable(path: string, script: string): string {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const report = (passed: object[], failed: object[] = [], parsing_errors = 0): string =>
  JSON.stringify({
    results: { passed_checks: passed, failed_checks: failed },
    summary: { parsing_errors },
  });

const FAILED = { check_id: "CKV_AWS_126", check_name: "Monitoring", guideline: null };

describe("findCheckov", () => {
  test("that of .venv comes before another", () => {
    const own = executable(join(folder, ".venv", "bin", "checkov"), "");
    const other = executable(join(folder, "bin", "checkov"), "");
    expect(findCheckov(folder, [join(folder, "bin")])).toBe(own);
    rmSync(own);
    expect(findCheckov(folder, [join(folder, "bin")])).toBe(other);
  });

  test("there may be none", () => {
    expect(findCheckov(folder, [])).toBeUndefined();
  });
});

describe("checkovFiles", () => {
  test("resources of a type are one file, called after it", () => {
    expect(
      checkovFiles([
        { type: "aws_instance", name: "a", config: { monitoring: true } },
        { type: "aws_vpc", name: "a", config: {} },
        { type: "aws_instance", name: "b", config: {} },
      ]),
    ).toEqual({
      "aws_instance.tf.json": { resource: { aws_instance: { a: { monitoring: true }, b: {} } } },
      "aws_vpc.tf.json": { resource: { aws_vpc: { a: {} } } },
    });
  });

  test("a policy is given a second time, as blocks", () => {
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "One",
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com", AWS: ["arn:1", "arn:2"] },
          Action: "sns:Publish",
          Resource: ["a", "b"],
          Condition: { StringEquals: { "aws:SourceAccount": "1", "aws:SourceArn": ["x"] } },
        },
        { Effect: "Deny", Principal: "*", NotAction: ["s3:*"], NotResource: "c" },
      ],
    });
    const files = checkovFiles([
      { type: "aws_sns_topic_policy", name: "alarm", config: { policy } },
      { type: "aws_sns_topic_policy", name: "other", config: { policy: "${data.x.y.json}" } },
    ]);
    expect(JSON.parse(JSON.stringify(files["aws_sns_topic_policy.policy.tf.json"]))).toEqual({
      data: {
        aws_iam_policy_document: {
          alarm: {
            statement: [
              {
                sid: "One",
                effect: "Allow",
                actions: ["sns:Publish"],
                resources: ["a", "b"],
                principals: [
                  { type: "Service", identifiers: ["cloudwatch.amazonaws.com"] },
                  { type: "AWS", identifiers: ["arn:1", "arn:2"] },
                ],
                condition: [
                  { test: "StringEquals", variable: "aws:SourceAccount", values: ["1"] },
                  { test: "StringEquals", variable: "aws:SourceArn", values: ["x"] },
                ],
              },
              {
                effect: "Deny",
                not_actions: ["s3:*"],
                not_resources: ["c"],
                principals: [{ type: "*", identifiers: ["*"] }],
              },
            ],
          },
        },
      },
    });
  });
});

describe("readReport", () => {
  test.each([
    ["resource.web", "/aws_instance.tf.json", "aws_instance.web"],
    ["aws_vpc.network", "/aws_vpc.tf.json", "aws_vpc.network"],
    ["data.logging_key", "/aws_kms_key.policy.tf.json", "aws_kms_key.logging_key"],
  ])("%s of %s has the address %s", (resource, file_path, address) => {
    expect(readReport(report([{}, {}], [{ ...FAILED, resource, file_path }]), "dev")).toEqual({
      passed: 2,
      failed: [
        {
          check: "CKV_AWS_126",
          name: "Monitoring",
          resource: address,
          environment: "dev",
          guideline: expect.stringMatching(/^https:/),
        },
      ],
    });
  });

  test.each([
    ["nothing was checked", report([])],
    ["a file was not read", report([{}], [], 1)],
    // What checkov prints where it finds no file at all.
    ["there was no file", '{"passed": 0, "failed": 0, "parsing_errors": 0}'],
  ])("%s: it throws", (_, json) => {
    expect(() => readReport(json, "dev")).toThrow(/^checkov passed \d checks and could not read/);
  });
});

test("a checkov that does not end well is no pass", () => {
  const broken = executable(join(folder, "broken"), "echo broken >&2; exit 2");
  expect(() => runCheckov(broken, "dev", [], join(folder, "out"))).toThrow(
    "checkov ended with status 2: broken",
  );
});

const checkov = findCheckov(join(__dirname, "../../.."));
if (checkov === undefined) {
  process.stderr.write(
    "skipped: checkov itself: python3 -m venv .venv && .venv/bin/pip install -r requirements-dev.txt has it run\n",
  );
}

(checkov === undefined ? test.skip : test)(
  "checkov itself judges what it is given, texts that contain JSON included",
  () => {
    const statement = (overrides: object) =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...overrides }] });
    const { failed } = runCheckov(
      checkov as string,
      "dev",
      [
        { type: "aws_instance", name: "web", config: { metadata_options: { http_tokens: "optional" } } },
        {
          type: "aws_ssm_document",
          name: "shell",
          config: {
            document_type: "Session",
            document_format: "JSON",
            content: JSON.stringify({ inputs: { cloudWatchLogGroupName: "${aws_x.y.name}", kmsKeyId: "" } }),
          },
        },
        {
          type: "aws_iam_policy",
          name: "operators",
          config: { policy: statement({ Action: "ssm:StartSession", Resource: "*" }) },
        },
        {
          type: "aws_sns_topic_policy",
          name: "alarm",
          config: { policy: statement({ Principal: { AWS: "*" }, Action: "sns:Publish", Resource: "x" }) },
        },
      ],
      join(folder, "out"),
    );
    expect(failed.map(({ check, resource }) => `${check} ${resource}`)).toEqual(
      expect.arrayContaining([
        "CKV_AWS_79 aws_instance.web",
        "CKV_AWS_112 aws_ssm_document.shell",
        "CKV_AWS_113 aws_ssm_document.shell",
        "CKV_AWS_356 aws_iam_policy.operators",
        "CKV_AWS_283 aws_sns_topic_policy.alarm",
      ]),
    );
  },
  60_000,
);
