import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FULL, MINIMAL, exported } from "../../support/exported-module";
import { describeProvider, fitProvider, pinnedProvider, terraform } from "../../support/terraform";

const FILES = { full: exported(FULL), minimal: exported(MINIMAL) };

describeProvider("Terraform on the exported modules", pinnedProvider(), () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "exported-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (files: Record<string, string>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  };

  test.each(Object.entries(FILES))(
    "%s: the example is valid, and written as Terraform formats it",
    (_kind, files) => {
      write(files);
      const root = join(folder, "example");
      expect(terraform(root, "init")).toMatchObject({ status: 0 });
      fitProvider(root, folder);
      expect(terraform(root, "validate")).toMatchObject({
        status: 0,
        output: expect.stringContaining("Success! The configuration is valid."),
      });
      expect(terraform(root, "fmt", "-check")).toEqual({ status: 0, output: "" });
    },
    60_000,
  );

  /** What each module must be given. */
  const REQUIRED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    networking: { name: '"dev"' },
    sessions: { name: '"dev"', access_tag: '"dev"' },
    access: {
      name: '"dev"',
      vpc_id: '"vpc-0123456789abcdef0"',
      endpoint_security_group_id: '"sg-0123456789abcdef0"',
      s3_prefix_list_id: '"pl-63a5400a"',
      log_group_arn: '"arn:aws:logs:eu-central-1:111122223333:log-group:/session-manager/dev"',
      key_arn: '"arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"',
      archive_bucket: '"dev-sessions"',
    },
    instance: {
      name: '"dev-web"',
      instance_profile_name: '"dev"',
      security_group_id: '"sg-0123456789abcdef0"',
      subnet_id: '"subnet-0123456789abcdef0"',
      access_tag: '"dev"',
    },
  };

  const REFUSED: readonly (readonly [module: string, variable: string, value: string, words: string])[] = [
    ["networking", "cidr", '"8.8.0.0/16"', "a block from /16 to /27, inside 10.0.0.0/8"],
    ["networking", "cidr", '"10.0.0.1/16"', "a block from /16 to /27, inside 10.0.0.0/8"],
    ["networking", "cidr", '"10.0.0.0/28"', "a block from /16 to /27, inside 10.0.0.0/8"],
    ["networking", "cidr", '"hello"', "a block from /16 to /27, inside 10.0.0.0/8"],
    ["networking", "tags", '{ "aws:x" = "y" }', "keys of 1 to 128 characters"],
    ["networking", "name", '"sg"', "1 to 32 letters"],
    ["networking", "name", '"sg-1"', "1 to 32 letters"],
    ["networking", "name", `"${"a".repeat(33)}"`, "1 to 32 letters"],
    ["networking", "flow_log_retention_days", "31", "one of CloudWatch's periods"],
    ["sessions", "idle_minutes", "61", "a whole number of minutes from 1 to 60"],
    ["sessions", "max_minutes", "1.5", "a whole number of minutes from 1 to 1440"],
    ["sessions", "access_tag", '"a\\"b"', "1 to 256 letters"],
    ["access", "vpc_id", '"main"', "a VPC id such as vpc-0123456789abcdef0"],
    ["access", "role_name", '"a b"', "1 to 64 letters"],
    ["access", "key_arn", '"alias/mine"', "an ARN such as arn:aws:kms:..."],
    ["access", "permissions_boundary_arn", '"boundary"', "the ARN of a managed policy"],
    ["networking", "permissions_boundary_arn", '"boundary"', "the ARN of a managed policy"],
    ["networking", "log_group_key_arn", '"alias/mine"', "the ARN of a KMS key"],
    ["sessions", "iam_path", '"/teams"', "/, or a path of up to 128 characters"],
    ["access", "iam_path", '"/aws-reserved/x/"', "/, or a path of up to 128 characters"],
    ["instance", "root_volume_kms_key_id", '"alias/mine"', "the ARN of a KMS key"],
    ["instance", "instance_type", '"T3"', "an EC2 instance type"],
    ["instance", "user_data", `"#!${"x".repeat(12000)}"`, "a script (#!), #cloud-config or another text"],
    ["instance", "user_data", '"#cloud-configuration"', "a script (#!), #cloud-config or another text"],
    ["instance", "image_parameter", '"ami-1"', "a Systems Manager parameter's name"],
    ["instance", "hop_limit", "0", "a whole number from 1 to 64"],
  ];

  test("refuse values that AWS would refuse, each in words", () => {
    const calls = REFUSED.map(([module, variable, value], index) => {
      const given = Object.entries({ ...REQUIRED[module], [variable]: value });
      const lines = given.map(([name, one]) => `  ${name} = ${one}`);
      return `module "case_${index}" {\n  source = "../${module}"\n${lines.join("\n")}\n}\n`;
    });
    write({
      ...FILES.full,
      "root/main.tf": `provider "aws" {\n  region = "eu-central-1"\n}\n${calls.join("")}`,
    });
    const root = join(folder, "root");
    expect(terraform(root, "init")).toMatchObject({ status: 0 });
    fitProvider(root, folder);
    const { status, output } = terraform(root, "validate");
    expect(status).toBe(1);
    const errors = output.split(" Error: ").slice(1);
    const unsaid = REFUSED.filter(
      ([, variable, , words], index) =>
        !errors.some(
          (error) =>
            error.includes(`in module "case_${index}"`) && error.includes(`${variable}: allowed: ${words}`),
        ),
    );
    expect(unsaid).toEqual([]);
    expect(errors).toHaveLength(REFUSED.length);
  }, 60_000);

  test("want what has no default", () => {
    write({ ...FILES.full, "root/main.tf": 'module "bad" {\n  source = "../sessions"\n  name = "a"\n}\n' });
    const root = join(folder, "root");
    expect(terraform(root, "init")).toMatchObject({ status: 0 });
    expect(terraform(root, "validate")).toEqual({
      status: 1,
      output: expect.stringContaining('The argument "access_tag" is required'),
    });
  }, 60_000);
});
