import { runInNewContext } from "node:vm";
import { type Setting, allSettings } from "../../docs/read-settings";
import type { Environment } from "../../stacks/settings/environment";
import { validateEnvironment } from "../../stacks/settings/validate";
import { existingNetwork } from "../support/existing-network";
import { MINIMAL, synth } from "../support/synth";
import { addStacks } from "../../stacks";

type Group = Record<string, unknown>;

const EGRESS = [{ cidr: "10.20.0.0/24", ports: 443, description: "a service" }];
const DB = { host: "db.internal", port: 5432, cidr: "10.30.0.0/24" };
const CLOUD = { backend: "cloud", organization: "ours", workspacePrefix: "sm" };

/** Environments in which settings are left out, by a name that tests of contexts go by. */
const BASES: Readonly<Record<string, Group>> = {
  minimal: { ...MINIMAL, instances: { name: {} } },
  groups: {
    ...MINIMAL,
    network: { endpoints: {} },
    sessions: {},
    instances: { name: { rootVolume: {}, egress: EGRESS } },
    iam: {},
  },
  archive: { ...MINIMAL, sessions: { archive: {}, forward: { name: DB } }, instances: { name: {} } },
  "Amazon Linux 2": { ...MINIMAL, network: { endpoints: {} }, instances: { name: { image: "al2" } } },
  existing: { ...MINIMAL, network: existingNetwork(), instances: { name: {} }, sessions: {} },
  elsewhere: {
    ...MINIMAL,
    network: existingNetwork({ services: { elsewhere: ["10.1.0.0/24"] } }),
    instances: { name: {} },
    iam: {},
  },
};

/** What a default is where its words are not the value, in some of the environments. */
const SAID: Readonly<Record<string, readonly { readonly value: unknown; readonly of: readonly string[] }[]>> =
  {
    namePrefix: [{ value: "test", of: Object.keys(BASES) }],
    "network.subnetPrefix": [{ value: 25, of: ["groups"] }],
    "network.endpoints.ec2Messages": [
      { value: false, of: ["groups", "existing"] },
      { value: true, of: ["Amazon Linux 2"] },
    ],
    "sessions.archive.expireDays": [{ value: 3650, of: ["archive"] }],
    "sessions.runAsUser": [{ value: "ssm-user", of: ["groups", "archive", "existing"] }],
    "sessions.shellProfile": [
      { value: "", of: ["groups"] },
      { value: " \n", of: ["groups"] },
    ],
    "instances.<name>.userData": [{ value: "", of: ["minimal", "groups"] }],
    "instances.<name>.egress[].protocol": [{ value: "tcp", of: ["groups"] }],
    "iam.roleName": [{ value: "test-instances", of: ["minimal", "groups"] }],
    "iam.instanceProfileName": [{ value: "test-instances", of: ["minimal", "groups"] }],
    "iam.onlyThroughVpcs": [
      { value: [], of: ["minimal", "groups"] },
      { value: false, of: ["elsewhere"] },
    ],
    "state.hostname": [],
  };

/** Defaults that no value says: what stands for them is nothing, or is known to AWS alone. */
const NO_VALUE = [
  "allowedAccountIds",
  "assumeRoleArn",
  "state.kmsKeyId",
  "state.assumeRoleArn",
  "state.profile",
  "state.project",
  "network.flowLogs.retentionDays",
  "network.vpcId",
  "network.subnetIds",
  "sessions",
  "sessions.archive.bucketName",
  "sessions.rootShell.user",
  "sessions.adoptAccountPreferences",
  "sessions.forward.<name>.cidr",
  "sessions.forward.<name>.securityGroupId",
  "instances.<name>.rootVolume.kmsKeyId",
  // Terraform calculates it, among those that offer the type. One that is written is a choice, which moves the instance.
  "instances.<name>.zone",
  "instances.<name>.egress[].cidr",
  "instances.<name>.egress[].securityGroupId",
  "instances.<name>.egress[].prefixListId",
  "instances.<name>.renamedFrom",
  "iam.permissionsBoundaryArn",
  "logGroupKeyArn",
];

const SETTINGS = allSettings().filter(({ fallback }) => fallback !== "required");

function saidOf({ path, fallback }: Setting): readonly { value: unknown; of: readonly string[] }[] {
  if (path in SAID) {
    return SAID[path] ?? [];
  }
  const [, code] = /^`(.+)`$/.exec(fallback) ?? [];
  return code === undefined ? [] : [{ value: valueOf(code), of: Object.keys(BASES) }];
}

function valueOf(code: string): unknown {
  return JSON.parse(JSON.stringify(runInNewContext(`(${code})`))) as unknown;
}

/** An environment with one more setting; undefined where that belongs to a group which is not there, or it is set. */
function saying(base: Group, path: string, value: unknown, instead = false): Group | undefined {
  const copy = structuredClone(base);
  const keys = path.replace("<name>", "name").replace("[]", ".0").split(".");
  const last = keys.pop() as string;
  let group: unknown = copy;
  for (const key of keys) {
    group = (group as Group | undefined)?.[key];
  }
  if (typeof group !== "object" || group === null || (last in group && !instead)) {
    return undefined;
  }
  (group as Group)[last] = value;
  return copy;
}

function written(environment: Group) {
  const { settings, problems } = validateEnvironment("test", environment);
  expect(problems).toEqual([]);
  return settings ? synth((app) => addStacks(app, settings)).stacks : undefined;
}

const asWritten = Object.fromEntries(
  Object.keys(BASES).map((name) => {
    let stacks: ReturnType<typeof written>;
    return [name, () => (stacks ??= written(BASES[name] as Group))];
  }),
);

test("every default of the settings is a value that is tried here, or has none", () => {
  const neither = SETTINGS.filter((one) => !(one.path in SAID) && saidOf(one).length === 0);
  expect(neither.map(({ path }) => path).sort()).toEqual([...NO_VALUE].sort());
  const known = new Set(SETTINGS.map(({ path }) => path));
  expect(Object.keys(SAID).filter((path) => !known.has(path))).toEqual([]);
});

test.each(
  SETTINGS.flatMap((one) =>
    saidOf(one).flatMap(({ value, of }) =>
      of.flatMap((base) => {
        const environment = saying(BASES[base] as Group, one.path, value);
        // What is of the other kind of network is refused there.
        const foreign =
          base === "existing" || base === "elsewhere" ? /^network\.(cidr|availab)/ : /services$/;
        return environment === undefined || foreign.test(one.path)
          ? []
          : [[one.path, JSON.stringify(value), base, environment] as const];
      }),
    ),
  ),
)("%s: %s said aloud is the same as leaving it out (%s)", (_path, _value, base, environment) => {
  expect(written(environment)).toEqual(asWritten[base]?.());
});

test("every default that has a value has been said in some environment", () => {
  const unsaid = SETTINGS.filter((one) =>
    saidOf(one).some(
      ({ value, of }) => !of.some((base) => saying(BASES[base] as Group, one.path, value) !== undefined),
    ),
  );
  expect(unsaid.map(({ path }) => path)).toEqual([]);
});

test("the host of HCP Terraform said aloud is the same backend", () => {
  const read = (state: object) =>
    validateEnvironment("test", { ...MINIMAL, state: { ...CLOUD, ...state } }).settings;
  expect(read({ hostname: "app.terraform.io" })?.state).toEqual({ ...CLOUD, hostname: undefined });
  expect(read({ hostname: "terraform.example.com" })?.state).toEqual({
    ...CLOUD,
    hostname: "terraform.example.com",
  });
});

// What is added to everything, said by a person who has seen it in AWS.
test.each<[string, Partial<Environment>]>([
  ["tags that are added", { tags: { Environment: "test", ManagedBy: "cdktf" } }],
  ["the name of an instance", { instances: { name: { tags: { Name: "test-name" } } } }],
  ["an empty network", { network: {} }],
  ["an empty group of IAM", { iam: {} }],
  ["an empty root volume", { instances: { name: { rootVolume: {} } } }],
])("%s: nothing changes", (_name, changes) => {
  expect(written({ ...BASES.minimal, ...changes })).toEqual(asWritten.minimal?.());
});

test("each service of an existing network said to be made, and an empty map of them", () => {
  const services = Object.fromEntries(["ssm", "ssmmessages", "logs", "kms"].map((one) => [one, "create"]));
  for (const said of [services, {}, "create"]) {
    const network = existingNetwork({ services: said });
    expect(written({ ...BASES.existing, network })).toEqual(asWritten.existing?.());
  }
});

/** Every setting that can be left out, undefined in its place. */
test.each(Object.keys(BASES))("settings that are undefined are left out (%s)", (base) => {
  let environment = BASES[base] as Group;
  for (const { path } of SETTINGS) {
    environment = saying(environment, path, undefined) ?? environment;
  }
  expect(JSON.stringify(validateEnvironment("test", environment))).toBe(
    JSON.stringify(validateEnvironment("test", BASES[base])),
  );
});

test.each(SETTINGS.map(({ path }) => path))("%s: null is refused in words", (path) => {
  const environments = Object.values({
    ...BASES,
    rarer: {
      ...MINIMAL,
      network: { flowLogs: { retentionDays: 365 } },
      sessions: { rootShell: { user: "ec2-user" } },
    },
    s3: { ...MINIMAL, state: { backend: "s3", bucket: "our-states", region: "eu-central-1", prefix: "sm" } },
    cloud: { ...MINIMAL, state: CLOUD },
  }).flatMap((base) => saying(base, path, null, true) ?? []);
  expect(environments.length).toBeGreaterThan(0);
  for (const environment of environments) {
    const { problems } = validateEnvironment("test", environment);
    const messages = problems.map(({ message }) => message);
    expect(messages).toContainEqual(expect.stringMatching(/^(no such setting, )?got null; allowed: /));
    expect(messages.filter((message) => !message.includes("allowed: "))).toEqual([]);
  }
});

// An empty text or list that could only be a mistake. Those that mean the default are above.
test.each<[object, RegExp]>([
  [{ namePrefix: "" }, /^namePrefix: got ""/],
  [{ allowedAccountIds: [] }, /^allowedAccountIds: got \[\]; .*leave the setting out/],
  [{ assumeRoleArn: "" }, /^assumeRoleArn: got ""/],
  [{ state: {} }, /^state(\.backend)?: got /],
  [{ network: { flowLogs: {} } }, /^network\.flowLogs\.retentionDays: got nothing/],
  [{ network: { cidr: "" } }, /^network\.cidr: got ""/],
  [{ sessions: { runAsUser: "" } }, /^sessions\.runAsUser: got ""/],
  [{ sessions: { rootShell: {} } }, /^sessions\.rootShell\.user: got nothing/],
  [{ sessions: { archive: { bucketName: "" } } }, /^sessions\.archive\.bucketName: got ""/],
  [{ sessions: { alertEmails: [""] } }, /^sessions\.alertEmails\[?\.?0\]?: got ""/],
  [{ sessions: { forward: { "": DB } } }, /^sessions\.forward/],
  [{ iam: { roleName: "" } }, /^iam\.roleName: got ""/],
  [{ iam: { permissionsBoundaryArn: "" } }, /^iam\.permissionsBoundaryArn: got ""/],
  [{ instances: { web: { zone: "" } } }, /^instances\.web\.zone: got ""/],
  [{ instances: { web: { instanceType: "" } } }, /^instances\.web\.instanceType: got ""/],
  [{ instances: { web: { rootVolume: { kmsKeyId: "alias/aws/ebs" } } } }, /leave it out for the account's/],
  [{ instances: { web: { image: {} } } }, /^instances\.web\.image: got \{\}/],
  [
    { instances: { web: { egress: [{ ports: 443, description: "a", cidr: "" }] } } },
    /^instances\.web\.egress/,
  ],
])("%j is refused", (changes, said) => {
  const { problems } = validateEnvironment("test", { ...MINIMAL, ...changes });
  expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([expect.stringMatching(said)]);
});
