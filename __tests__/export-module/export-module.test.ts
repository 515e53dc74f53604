import { dirname, join } from "node:path";
import { exportedModule } from "../../scripts/export-module";
import type { EnvironmentSettings } from "../../stacks/settings/environment";
import { loadEnvironments } from "../../stacks/settings/load";
import { MIXED } from "../support/existing-network";
import { FULL, MINIMAL, exported, moduleJson } from "../support/exported-module";
import { type Json, StackJson, settingsOf, synthEnvironment } from "../support/synth";
import { WITHOUT_TAGS } from "../support/without-tags";

const FILES = { full: exported(FULL), minimal: exported(MINIMAL) };

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
        'iam_path: string = "/", checked',
        "log_group_key_arn: string = null, checked",
        "name: string, checked",
        'permissions_boundary_arn: string = "arn:aws:iam::111122223333:policy/boundary", checked',
        "tags: map(string) = {}, checked",
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
        "access_tag: string, checked",
        'iam_path: string = "/", checked',
        "idle_minutes: number = 20, checked",
        "log_group_key_arn: string = null, checked",
        "max_minutes: number = 480, checked",
        "name: string, checked",
        'permissions_boundary_arn: string = "arn:aws:iam::111122223333:policy/boundary", checked',
        "retention_days: number = 365, checked",
        "tags: map(string) = {}, checked",
      ],
      outputs: [
        "alert_topic_arn",
        "archive_bucket",
        "auditor_policy_arn",
        "document_name",
        "forward_documents",
        "forward_policy_arn",
        "guardrail_policy_arn",
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
        "endpoint_security_group_id: string, checked",
        'iam_path: string = "/", checked',
        "instance_profile_name: string = null, checked",
        "key_arn: string, checked",
        "log_group_arn: string, checked",
        "name: string, checked",
        'permissions_boundary_arn: string = "arn:aws:iam::111122223333:policy/boundary", checked',
        'role_name: string = "instances-of-test", checked',
        "s3_prefix_list_id: string, checked",
        "tags: map(string) = {}, checked",
        "vpc_id: string, checked",
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
        "access_tag: string, checked",
        "detailed_monitoring: bool = false",
        "hop_limit: number = 1, checked",
        "image_parameter: string = null, checked",
        "instance_profile_name: string",
        'instance_type: string = "t3.nano", checked',
        "name: string, checked",
        "root_volume_kms_key_id: string = null, checked",
        "root_volume_size_gib: number = 8, checked",
        "security_group_id: string, checked",
        "security_group_ids: list(string) = []",
        "subnet_id: string, checked",
        "tags: map(string) = {}, checked",
        "termination_protection: bool = false",
        'user_data: string = "", checked',
      ],
      outputs: ["instance_id", "private_ip"],
    });
  });

  describe.each(ALL_MODULES)("%s: %s", (_kind, _name, json) => {
    test("leaves provider and backend to the caller", () => {
      expect(Object.keys(json).filter((key) => ["provider", "backend"].includes(key))).toEqual([]);
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
      // What a shell expands is written with two signs, as a policy's variables are: in scripts, and in what looks for them.
      const scripts = ["user_data", "pattern"];
      const written = JSON.stringify(json, (key, value: unknown) => (scripts.includes(key) ? "" : value));
      expect(written).not.toMatch(/object Object|TfToken|undefined|NaN|\$\$\{(?!aws:|h\/\/)/);
    });

    test("gives the caller's tags to everything that can have tags", () => {
      const tagged = new StackJson(json)
        .all()
        .flatMap(({ type, config }) => [
          ...(WITHOUT_TAGS.includes(type) ? [] : [{ type, tags: config.tags as unknown }]),
          ...(type === "aws_instance" ? [{ type, tags: config.root_block_device.tags as unknown }] : []),
        ]);
      expect(tagged.filter(({ tags }) => !/^\$\{(merge\()?var\.tags\b/.test(`${tags as string}`))).toEqual(
        [],
      );
    });
  });

  test("hold the resources that the environment has", () => {
    const stacks = synthEnvironment(FULL, "exported");
    const inventory = (name: string) => new StackJson(moduleJson(FILES.full, name)).inventory();
    expect(inventory("networking")).toEqual(stacks.networking.inventory());
    expect(inventory("sessions")).toEqual(stacks.sessions.inventory());
    // The instance is a module of its own, called for each.
    const { aws_instance, terraform_data, ...others } = stacks.instances.inventory();
    expect({ aws_instance, terraform_data }).toEqual({ aws_instance: 2, terraform_data: 4 });
    expect(inventory("access")).toEqual(others);
    expect(inventory("instance")).toEqual({ aws_instance: 1, terraform_data: 2 });
  });

  test("an instance waits for endpoints, permissions and ways out, through what it is given", () => {
    const addresses = (name: string, ...types: string[]): string[] =>
      new StackJson(moduleJson(FILES.full, name))
        .all()
        .filter(({ type }) => types.includes(type))
        .map(({ type, name }) => `${type}.${name}`)
        .sort();
    const waitsFor = (name: string, output: string): string[] =>
      moduleJson(FILES.full, name).output[output].depends_on.sort() as string[];
    expect(waitsFor("networking", "endpoint_security_group_id")).toEqual(
      addresses("networking", "aws_vpc_endpoint", "aws_vpc_security_group_ingress_rule"),
    );
    for (const output of ["instance_profile_name", "security_group_id"]) {
      expect(waitsFor("access", output)).toEqual(
        addresses(
          "access",
          "aws_iam_role_policy",
          "aws_iam_role_policy_attachment",
          "aws_vpc_security_group_egress_rule",
        ),
      );
    }
    const egress = new StackJson(moduleJson(FILES.full, "access")).resources(
      "aws_vpc_security_group_egress_rule",
    );
    expect(Object.values(egress).map((rule) => rule.referenced_security_group_id)).toContain(
      "${var.endpoint_security_group_id}",
    );
  });

  test("there are none of a network that others own", () => {
    expect(exportedModule(settingsOf(MIXED, "theirs"))).toEqual({
      problems: [
        "theirs uses an existing network, which a module cannot make: call access and instance of another environment with its VPC",
      ],
    });
  });

  test.each(["dev", "recipe"])("%s can be exported", (name) => {
    const { environments } = loadEnvironments(join(__dirname, "../../environments"), name);
    expect(exportedModule(environments[0] as EnvironmentSettings)).toHaveProperty("files");
  });
});
