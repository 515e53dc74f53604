import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { exportedModule } from "../../scripts/export-module";
import type { Environment, EnvironmentSettings } from "../../stacks/settings/environment";
import { loadEnvironments } from "../../stacks/settings/load";
import { MIXED } from "../support/existing-network";
import { type Json, StackJson, settingsOf, synthEnvironment } from "../support/synth";
import { describeProvider, terraform } from "../support/terraform";

/** Everything that an environment of its own can have. */
const FULL: Environment = {
  region: "eu-central-1",
  network: {
    availabilityZones: ["eu-central-1a", "eu-central-1c"],
    endpoints: { s3Gateway: true },
    flowLogs: { retentionDays: 30 },
  },
  sessions: {
    archive: { expireDays: 400 },
    forward: { db: { host: "db.internal", port: 5432, cidr: "10.20.0.0/16" } },
    runAsUser: "ssm-user",
  },
  instances: { web: { instanceType: "t4g.nano" } },
};

const MINIMAL: Environment = {
  region: "us-east-1",
  sessions: false,
  network: { endpoints: { ec2Messages: false } },
  instances: { one: {} },
};

const VERSION = (
  JSON.parse(readFileSync(require.resolve("@cdktf/provider-aws/package.json"), "utf8")) as {
    cdktf: { provider: { version: string } };
  }
).cdktf.provider.version;

function exported(environment: Environment): Record<string, string> {
  const result = exportedModule(settingsOf(environment));
  if ("problems" in result) {
    throw new Error(result.problems.join("\n"));
  }
  return result.files;
}

const FILES = { full: exported(FULL), minimal: exported(MINIMAL) };

function moduleJson(files: Record<string, string>, name: string): Json {
  return JSON.parse(files[`${name}/main.tf.json`] as string) as Json;
}

const ALL_MODULES = Object.entries(FILES).flatMap(([kind, files]) =>
  Object.keys(files)
    .filter((path) => path.endsWith(".tf.json"))
    .map((path) => [kind, dirname(path), moduleJson(files, dirname(path))] as const),
);

/** What a module takes, as one line each: type, default and whether it is validated. */
function interfaceOf(json: Json): { variables: string[]; outputs: string[] } {
  const variables = Object.entries(json.variable as Record<string, Json>).map(([name, variable]) => {
    const fallback = "default" in variable ? ` = ${JSON.stringify(variable.default)}` : "";
    return `${name}: ${variable.type}${fallback}${variable.validation ? ", checked" : ""}`;
  });
  return { variables, outputs: Object.keys(json.output) };
}

describe("modules for Terraform, without TypeScript", () => {
  test("one for each part, and a root that calls them", () => {
    expect(Object.keys(FILES.full)).toEqual([
      "networking/main.tf.json",
      "sessions/main.tf.json",
      "access/main.tf.json",
      "instance/main.tf.json",
      "example/main.tf",
    ]);
  });

  test("none of sessions where they are not recorded", () => {
    expect(Object.keys(FILES.minimal)).not.toContain("sessions/main.tf.json");
  });

  test("networking: variables and outputs", () => {
    expect(interfaceOf(moduleJson(FILES.full, "networking"))).toEqual({
      variables: [
        'cidr: string = "10.10.0.0/23", checked',
        "flow_log_retention_days: number = 30, checked",
        "name: string, checked",
        "tags: map(string) = {}",
      ],
      outputs: [
        "availability_zones",
        "endpoint_ids",
        "endpoint_security_group_id",
        "route_table_id",
        "s3_prefix_list_id",
        "subnet_ids",
        "vpc_id",
      ],
    });
  });

  test("sessions: variables and outputs", () => {
    expect(interfaceOf(moduleJson(FILES.full, "sessions"))).toEqual({
      variables: [
        "access_tag: string",
        "idle_minutes: number = 20, checked",
        "max_minutes: number = 480, checked",
        "name: string, checked",
        "retention_days: number = 365, checked",
        "tags: map(string) = {}",
      ],
      outputs: [
        "alert_topic_arn",
        "archive_bucket",
        "auditor_policy_arn",
        "document_name",
        "forward_policy_arn",
        "key_arn",
        "log_group_arn",
        "log_group_name",
        "shell_policy_arn",
      ],
    });
  });

  test("access: variables and outputs", () => {
    expect(interfaceOf(moduleJson(FILES.full, "access"))).toEqual({
      variables: [
        "archive_bucket: string",
        "endpoint_security_group_id: string",
        "key_arn: string",
        "log_group_arn: string",
        "name: string, checked",
        "permissions_boundary_arn: string = null",
        "s3_prefix_list_id: string",
        "tags: map(string) = {}",
        "vpc_id: string",
      ],
      outputs: [
        "instance_profile_arn",
        "instance_profile_name",
        "role_arn",
        "role_name",
        "security_group_id",
      ],
    });
  });

  test("instance: variables and outputs", () => {
    expect(interfaceOf(moduleJson(FILES.full, "instance"))).toEqual({
      variables: [
        "access_tag: string",
        "detailed_monitoring: bool = false",
        "hop_limit: number = 1, checked",
        "image_parameter: string = null",
        "instance_profile_name: string",
        'instance_type: string = "t3.nano"',
        "name: string, checked",
        "root_volume_kms_key_id: string = null",
        "root_volume_size_gib: number = 8, checked",
        "security_group_id: string",
        "security_group_ids: list(string) = []",
        "subnet_id: string",
        "tags: map(string) = {}",
        "termination_protection: bool = false",
        'user_data: string = ""',
      ],
      outputs: ["instance_id", "private_ip"],
    });
  });

  describe.each(ALL_MODULES)("%s: %s", (_kind, _name, json) => {
    test("leaves provider and backend to the caller", () => {
      expect(Object.keys(json).sort()).toEqual(expect.not.arrayContaining(["provider", "backend", "//"]));
      expect(json.terraform).toEqual({
        required_version: ">= 1.4",
        required_providers: { aws: { source: "hashicorp/aws", version: ">= 6.25.0" } },
      });
    });

    test("says of every variable and output what it is", () => {
      const described = [...Object.values(json.variable), ...Object.values(json.output)] as Json[];
      expect(described.filter(({ description }) => !/^[A-Z].{10,}/.test(description))).toEqual([]);
      const checks = Object.values(json.variable as Json).flatMap(({ validation = [] }) => validation);
      expect(checks.filter((one) => !/^\w+: allowed: .+\.$/.test(one.error_message))).toEqual([]);
    });

    test("uses every variable it has, and no other", () => {
      const { variable, ...rest } = json;
      const used = JSON.stringify(rest).match(/\bvar\.\w+/g) ?? [];
      expect([...new Set(used)].sort()).toEqual(Object.keys(variable as Json).map((name) => `var.${name}`));
    });

    test("holds nothing that JavaScript made of a value it did not know", () => {
      expect(JSON.stringify(json)).not.toMatch(/object Object|TfToken|undefined|NaN|\$\$\{(?!aws:)/);
    });

    test("gives the caller's tags to everything that can have tags", () => {
      const tagged = new StackJson(json).all().flatMap(({ config }) => [config, config.root_block_device]);
      const tags = tagged.flatMap((one: Json | undefined) => (one && "tags" in one ? [one.tags] : []));
      expect(tags.filter((one) => !/^\$\{(merge\()?var\.tags\b/.test(one))).toEqual([]);
    });
  });

  test("hold the resources that the environment has", () => {
    const stacks = synthEnvironment(FULL, "exported");
    const inventory = (name: string) => new StackJson(moduleJson(FILES.full, name)).inventory();
    expect(inventory("networking")).toEqual(stacks.networking.inventory());
    expect(inventory("sessions")).toEqual(stacks.sessions.inventory());
    expect({ ...inventory("access"), ...inventory("instance") }).toEqual(stacks.instances.inventory());
  });

  test("are given by the example what they need, and nothing else", () => {
    for (const files of Object.values(FILES)) {
      const example = files["example/main.tf"] as string;
      const calls = [...example.matchAll(/^module "(\w+)" \{\n([\s\S]*?)\n\}/gm)];
      expect(calls.map(([, name]) => `${name}/main.tf.json`).sort()).toEqual(
        Object.keys(files)
          .filter((path) => path.endsWith(".json"))
          .sort(),
      );
      for (const [, name = "", body = ""] of calls) {
        const given = [...body.matchAll(/^ {2}(\w+) +=/gm)].map(([, key]) => key as string);
        const { variable } = moduleJson(files, name) as { variable: Record<string, Json> };
        const required = Object.keys(variable).filter((key) => !("default" in (variable[key] as Json)));
        expect(given).toEqual(expect.arrayContaining(required));
        expect(given.filter((key) => !["source", "for_each"].includes(key) && !(key in variable))).toEqual(
          [],
        );
      }
      const outputs = [...example.matchAll(/module\.(\w+)\.(\w+)/g)].filter(
        ([, name]) => name !== "instance",
      );
      expect(outputs.filter(([, name = "", key = ""]) => !(key in moduleJson(files, name).output))).toEqual(
        [],
      );
    }
  });

  test("there are none of a network that others own", () => {
    expect(exportedModule(settingsOf(MIXED, "theirs"))).toEqual({
      problems: [
        "theirs uses an existing network, which a module cannot make: call access and instance of another environment with its VPC",
      ],
    });
  });

  describe("npm run export-module", () => {
    const ROOT = join(__dirname, "../..");
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "export-"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const run = (...args: string[]) => {
      const command = ["-r", "sucrase/register/ts", "scripts/export-module/index.ts", ...args];
      const { status, stdout, stderr } = spawnSync(process.execPath, command, {
        cwd: ROOT,
        encoding: "utf8",
      });
      return { status, stdout, stderr };
    };

    test("writes files, and says which", () => {
      const { status, stdout, stderr } = run("dev", join(folder, "modules"));
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      const files = stdout.trim().split("\n");
      expect(files).toHaveLength(5);
      expect(files.every((file) => readFileSync(file, "utf8").endsWith("\n"))).toBe(true);
    });

    test("says what is missing, unknown or in the way", () => {
      writeFileSync(join(folder, "file"), "");
      expect([run(), run("prd"), run("dev", join(folder, "file"))]).toEqual([
        {
          status: 1,
          stdout: "",
          stderr: "which environment? npm run export-module -- <environment> [folder]\n",
        },
        {
          status: 1,
          stdout: "",
          stderr: 'ENVIRONMENT: got "prd"; allowed: dev, recipe; choose among these\n',
        },
        {
          status: 1,
          stdout: "",
          stderr: expect.stringMatching(/file\/networking\/main.tf.json cannot be written: .+\n$/) as string,
        },
      ]);
    });
  });

  test.each(["dev", "recipe"])("%s can be exported", (name) => {
    const { environments } = loadEnvironments(join(__dirname, "../../environments"), name);
    expect(exportedModule(environments[0] as EnvironmentSettings)).toHaveProperty("files");
  });
});

describeProvider("Terraform on the exported modules", VERSION, () => {
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
      expect(terraform(root, "validate")).toMatchObject({
        status: 0,
        output: expect.stringContaining("Success! The configuration is valid."),
      });
      expect(terraform(root, "fmt", "-check")).toEqual({ status: 0, output: "" });
    },
    60_000,
  );

  const bad = (name: string, values: string): Record<string, string> => ({
    [`${name}/main.tf.json`]: FILES.full[`${name}/main.tf.json`] as string,
    "root/main.tf": `provider "aws" {\n  region = "eu-central-1"\n}\n\nmodule "bad" {\n  source = "../${name}"\n${values}\n}\n`,
  });

  test.each([
    ["networking", 'name = "dev"\n cidr = "8.8.0.0/16"', "cidr: allowed: a block from /16 to /28"],
    ["networking", 'name = "dev"\n cidr = "10.0.0.1/16"', "cidr: allowed: a block from /16 to /28"],
    ["networking", 'name = "dev"\n cidr = "10.0.0.0/29"', "cidr: allowed: a block from /16 to /28"],
    ["networking", 'name = "dev"\n cidr = "hello"', "cidr: allowed: a block from /16 to /28"],
    ["networking", 'name = "sg-1"', "name: allowed: letters, digits and hyphens"],
    ["networking", 'name = "a"\n flow_log_retention_days = 31', "one of CloudWatch's periods"],
    ["sessions", 'name = "a"\n access_tag = "a"\n idle_minutes = 61', "a whole number from 1 to 60"],
    ["sessions", 'name = "a"\n access_tag = "a"\n max_minutes = 1.5', "a whole number from 1 to 1440"],
    ["sessions", 'name = "a"', 'The argument "access_tag" is required'],
  ])(
    "%s refuses %j",
    (name, values, words) => {
      write(bad(name, values));
      const root = join(folder, "root");
      expect(terraform(root, "init")).toMatchObject({ status: 0 });
      expect(terraform(root, "validate")).toEqual({
        status: 1,
        output: expect.stringContaining(words),
      });
    },
    60_000,
  );
});
