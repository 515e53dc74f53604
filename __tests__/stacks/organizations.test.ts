import type { TerraformResource } from "cdktf";
import type { Environment } from "../../stacks/settings/environment";
import { existingNetwork } from "../support/existing-network";
import { FULL, exported, moduleJson } from "../support/exported-module";
import { type Json, StackJson, settingsOf, synthEnvironment } from "../support/synth";
import { WITHOUT_TAGS } from "../support/without-tags";
import { collisions } from "../../stacks/settings/collisions";

const BOUNDARY = "arn:aws:iam::111122223333:policy/team";
const KEY = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555";
const TAGS = { CostCenter: "4711", environment: "Production", managedby: "terraform" };

/** All that an environment can make. */
const LARGE = {
  region: "eu-central-1",
  namePrefix: "acme-pay",
  network: { endpoints: { ec2Messages: true, s3Gateway: true }, flowLogs: { retentionDays: 30 } },
  sessions: {
    archive: {},
    rootShell: { user: "ec2-user" },
    adoptAccountPreferences: "import",
    watchedCommands: ["rm", "dd"],
    alertEmails: ["ops@example.com"],
    forward: { db: { host: "db.internal", port: 5432, cidr: "10.9.0.0/24" } },
  },
  instances: {
    web: {},
    jobs: { egress: [{ cidr: "10.8.0.0/16", ports: 443, description: "Builds" }], userData: "#!/bin/sh" },
  },
  iam: { managedPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"] },
} satisfies Environment;

const DEMANDS = { path: "/teams/payments/", permissionsBoundaryArn: BOUNDARY, inlinePolicies: false };

const demanding = (changes: Partial<Environment> = {}): Environment => {
  const environment = { ...LARGE, ...changes } as Environment;
  return { ...environment, tags: TAGS, logGroupKeyArn: KEY, iam: { ...environment.iam, ...DEMANDS } };
};

type Resource = ReturnType<StackJson["all"]>[number];

function stacksOf(environment: Environment): StackJson[] {
  const { networking, sessions, instances } = synthEnvironment(environment, "shop");
  // An environment without sessions has no such stack.
  return [networking, sessions, instances].filter((stack) => (stack as StackJson | undefined) !== undefined);
}

const everythingOf = (environment: Environment): Resource[] =>
  stacksOf(environment).flatMap((stack) => stack.all());

const ENVIRONMENTS: [string, Environment][] = [
  ["all that can be made", demanding()],
  ["an existing network", demanding({ network: existingNetwork() })],
  ["no recording", demanding({ sessions: undefined })],
  ["recording that is off", demanding({ sessions: false })],
];

const RESOURCES = ENVIRONMENTS.map(([what, environment]) => [what, everythingOf(environment)] as const);
const ofTypes = (resources: readonly Resource[], ...types: string[]): Resource[] =>
  resources.filter(({ type }) => types.includes(type));

test("the environment that failed: flow logs, and a role that had no boundary", () => {
  const roles = everythingOf({
    region: "eu-central-1",
    network: { flowLogs: { retentionDays: 30 } },
    iam: { permissionsBoundaryArn: BOUNDARY },
    instances: { web: {} },
  }).filter(({ type }) => type === "aws_iam_role");
  expect(roles.map(({ config }) => config.permissions_boundary)).toEqual([BOUNDARY, BOUNDARY]);
});

describe.each(RESOURCES)("of %s", (_, resources) => {
  test("every role has the boundary, and is below the path", () => {
    const roles = ofTypes(resources, "aws_iam_role");
    expect(roles.length).toBeGreaterThan(0);
    for (const { config } of roles) {
      expect(config).toMatchObject({ permissions_boundary: BOUNDARY, path: "/teams/payments/" });
    }
  });

  test("every policy and profile is below the path", () => {
    const others = ofTypes(resources, "aws_iam_policy", "aws_iam_instance_profile");
    expect(others.length).toBeGreaterThanOrEqual(2);
    expect(others.filter(({ config }) => config.path !== "/teams/payments/")).toEqual([]);
  });

  test("no role has an inline policy", () => {
    expect(ofTypes(resources, "aws_iam_role_policy")).toEqual([]);
    expect(ofTypes(resources, "aws_iam_role").filter(({ config }) => config.inline_policy)).toEqual([]);
  });

  test("no ARN is put together from the name of a role, a policy or a profile, which would lack the path", () => {
    const texts = JSON.stringify(resources.map(({ config }) => config)).replaceAll(BOUNDARY, "");
    expect(texts).not.toMatch(/:(role|instance-profile)\/|:iam::[^a:"]*:policy\//);
  });

  test("every log group has a key of the customer's", () => {
    for (const { name, config } of ofTypes(resources, "aws_cloudwatch_log_group")) {
      const own = name === "logging" ? "${aws_kms_key.logging_key.arn}" : KEY;
      expect([name, config.kms_key_id]).toEqual([name, own]);
    }
  });

  test("every name begins with the prefix, after what AWS or the project has before all names of a kind", () => {
    const before =
      /^(\/session-manager\/|\/aws\/vendedlogs\/states\/|alias\/|SessionManager-|SessionManager\/)?/;
    const named = resources
      .filter(({ type, name }) => type !== "aws_iam_role_policy" && name !== "logging_account-preferences")
      .flatMap(
        ({ config }) => [config.name, config.bucket, config.alarm_name, config.tags?.Name] as unknown[],
      )
      .filter((name): name is string => typeof name === "string" && !name.startsWith("${"));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !name.replace(before, "").startsWith("acme-pay"))).toEqual([]);
  });
});

describe("policies of roles, managed in place of inline", () => {
  const inline = everythingOf({ ...LARGE, iam: { ...LARGE.iam, inlinePolicies: true } });
  const managed = everythingOf({ ...LARGE, iam: { ...LARGE.iam, inlinePolicies: false } });
  const of = (resources: readonly Resource[], type: string, name: string): Json | undefined =>
    resources.find((one) => one.type === type && one.name === name)?.config;
  const before = ofTypes(inline, "aws_iam_role_policy");

  test("say the same, of the same roles", () => {
    expect(before.map(({ name }) => name).sort()).toEqual([
      "instance_access_only-through-vpcs",
      "instance_access_record-sessions",
      "network_flow-logs_permission",
      "watch_permission",
      "watch_schedule-permission",
    ]);
    for (const { name, config } of before) {
      expect(of(managed, "aws_iam_policy", name)?.policy).toBe(config.policy);
      expect(of(managed, "aws_iam_role_policy_attachment", `${name}-attachment`)).toMatchObject({
        role: config.role,
        policy_arn: `\${aws_iam_policy.${name}.arn}`,
      });
    }
  });

  test("have names of their own, that IAM takes", () => {
    const names = ofTypes(managed, "aws_iam_policy").map(({ config }) => config.name as string);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[\w+=,.@-]{1,128}$/.test(name))).toEqual([]);
  });

  test("are there before what needs them", () => {
    const waits = (type: string, name: string) => of(managed, type, name)?.depends_on as string[];
    const attachment = (name: string) => `aws_iam_role_policy_attachment.${name}-attachment`;
    expect(waits("aws_flow_log", "network_flow-logs")).toContain(attachment("network_flow-logs_permission"));
    expect(waits("aws_sfn_state_machine", "watch")).toContain(attachment("watch_permission"));
    expect(waits("aws_instance", "web")).toEqual(
      expect.arrayContaining([
        attachment("instance_access_record-sessions"),
        attachment("instance_access_only-through-vpcs"),
      ]),
    );
  });
});

test("what nobody demands is not written", () => {
  const roles = ofTypes(everythingOf(LARGE), "aws_iam_role", "aws_iam_policy", "aws_iam_instance_profile");
  const written = roles.flatMap(({ config }) =>
    ["path", "permissions_boundary"].filter((one) => one in config),
  );
  expect(written).toEqual([]);
  expect(everythingOf({ ...LARGE, iam: { ...LARGE.iam, path: "/" } })).toEqual(everythingOf(LARGE));
});

test("another path is no other name: two environments may not share a role", () => {
  const [one, other] = ["/a/", "/b/"].map((path) =>
    settingsOf({ ...LARGE, iam: { path, roleName: "same" } }, `env-${path.slice(1, 2)}`),
  );
  const found = collisions([one, other] as ReturnType<typeof settingsOf>[]);
  expect(found.map(({ message }) => message)).toContainEqual(
    expect.stringContaining('got "same", the role of'),
  );
});

describe("tags", () => {
  /** Whether AWS gives a type tags that Terraform can set, as the provider's bindings have it. */
  function takesTags(type: string): boolean {
    if (type === "terraform_data") {
      return false;
    }
    const file = type.slice("aws_".length).replaceAll("_", "-");
    const bindings = jest.requireActual<
      Record<string, typeof TerraformResource & { tfResourceType?: string }>
    >(`@cdktf/provider-aws/lib/${file}`);
    const found = Object.values(bindings).find((one) => one.tfResourceType === type);
    return Object.hasOwn(found?.prototype as object, "tagsInput");
  }

  const types = [...new Set(RESOURCES.flatMap(([, resources]) => resources.map(({ type }) => type)))];
  types.push("aws_iam_role_policy");

  test("docs/organizations.md lists what can have none", () => {
    expect(types.filter((type) => !takesTags(type)).sort()).toEqual(WITHOUT_TAGS);
  });

  test.each(ENVIRONMENTS)(
    "%s has those of the organization on everything, in the case it writes",
    (_, environment) => {
      for (const { json } of stacksOf(environment)) {
        const [provider] = json.provider.aws as Json[];
        const given = provider?.default_tags[0].tags as Record<string, string>;
        expect(given).toMatchObject(TAGS);
        // IAM takes keys that differ in case for one, and refuses the pair.
        expect(Object.keys(given).filter((key) => ["Environment", "ManagedBy"].includes(key))).toEqual([]);
        const own = new StackJson(json)
          .all()
          .flatMap(({ config }) => Object.keys((config.tags ?? {}) as object));
        const taken = Object.keys(given).map((key) => key.toLowerCase());
        expect(own.filter((key) => taken.includes(key.toLowerCase()))).toEqual([]);
        // A provider of its own would have other tags.
        expect(new StackJson(json).all().filter(({ config }) => config.provider !== undefined)).toEqual([]);
      }
    },
  );
});

describe("modules that are exported", () => {
  const files = exported({
    ...FULL,
    iam: { ...FULL.iam, ...DEMANDS },
    logGroupKeyArn: KEY,
  });
  const modules = Object.keys(files)
    .filter((path) => path.endsWith(".tf.json"))
    .map((path) => path.split("/")[0] as string);

  test.each(modules)("%s: every role, policy and profile has what its variables say", (name) => {
    const json = moduleJson(files, name);
    const resources = new StackJson(json).all();
    const roles = ofTypes(resources, "aws_iam_role");
    expect(
      roles.filter(({ config }) => config.permissions_boundary !== "${var.permissions_boundary_arn}"),
    ).toEqual([]);
    const all = [...roles, ...ofTypes(resources, "aws_iam_policy", "aws_iam_instance_profile")];
    expect(all.filter(({ config }) => config.path !== "${var.iam_path}")).toEqual([]);
    expect(ofTypes(resources, "aws_iam_role_policy")).toEqual([]);
    const groups = ofTypes(resources, "aws_cloudwatch_log_group").filter(({ name }) => name !== "logging");
    expect(groups.filter(({ config }) => config.kms_key_id !== "${var.log_group_key_arn}")).toEqual([]);
    const defaults = Object.fromEntries(
      Object.entries(json.variable as Record<string, Json>).map(([key, one]) => [
        key,
        one.default as unknown,
      ]),
    );
    expect(defaults).toMatchObject({
      ...(roles.length > 0 && { permissions_boundary_arn: BOUNDARY, iam_path: "/teams/payments/" }),
      ...(groups.length > 0 && { log_group_key_arn: KEY }),
    });
  });

  test("three of them have roles", () => {
    const having = modules.filter((name) => "aws_iam_role" in moduleJson(files, name).resource);
    expect(having).toEqual(["networking", "sessions", "access"]);
  });
});
