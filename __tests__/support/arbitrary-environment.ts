import fc from "fast-check";

/** Values that no setting, or only another one, can use. */
const junk = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, NaN, "", " ", "${x}", "__proto__", [], {}, () => 1, 10n),
  fc.string(),
  fc.integer(),
  fc.array(fc.string(), { maxLength: 2 }),
);

/** Mostly what a setting takes. */
const mostly = (good: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 60, arbitrary: good }, { weight: 1, arbitrary: junk });

/** Some of several settings, now and then with one that does not exist. */
const some = (settings: Record<string, fc.Arbitrary<unknown>>, required: string[] = []) =>
  fc
    .tuple(
      fc.record(Object.fromEntries(Object.entries(settings).map(([key, good]) => [key, mostly(good)])), {
        requiredKeys: required,
      }),
      fc.oneof(
        { weight: 80, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.dictionary(fc.string(), junk, { maxKeys: 1 }) },
      ),
    )
    .map(([known, unknown]) => ({ ...known, ...unknown }));

const of = <T>(...values: T[]) => fc.constantFrom(...values);
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
const region = of("eu-central-1", "us-east-1", "us-gov-west-1", "eu-central-1", "cn-north-1");
const block = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 15, max: 29 }), of(10, 10, 10, 172, 192, 52))
  .map(([second, prefix, first]) => `${first}.${second}.0.0/${prefix}`);
const tags = fc.dictionary(
  of("Team", "Owner", "cost-center", "Name", "SessionAccess", "team"),
  of("data", "", "a b"),
  { maxKeys: 3 },
);
const ports = fc.oneof(
  of<unknown>(443, 5432, 22, 1, 65535),
  of({ from: 8000, to: 8010 }, { from: 2, to: 1 }),
);
const egressRule = some(
  {
    cidr: fc.oneof(block, of("52.94.0.0/16", "0.0.0.0/0", "10.0.0.5/32")),
    ports,
    protocol: of("tcp", "udp"),
    description: of("a database", "the partner's service"),
  },
  ["cidr", "ports", "description"],
);
const instance = some({
  instanceType: of("t3.nano", "t4g.small", "c7gn.4xlarge", "m5.large", "a1.metal", "t3"),
  image: of<unknown>(
    "al2023",
    "al2",
    "al2023",
    { amiId: "ami-0123456789abcdef0" },
    { parameter: "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id" },
  ),
  imageUpdates: of("keep", "follow"),
  zone: of("zone-1", "zone-2", "eu-central-1a"),
  hopLimit: fc.integer({ min: 1, max: 64 }),
  rootVolume: some({ sizeGiB: fc.integer({ min: 8, max: 100 }) }),
  userData: of("#!/bin/sh\necho ${HOME} %{x}", "echo 111122223333 arn:aws:s3:::b", ""),
  egress: fc.array(egressRule, { maxLength: 2 }),
  securityGroupIds: fc.array(of("sg-0123456789abcdef0", "sg-0123456789abcdef1"), { maxLength: 2 }),
  detailedMonitoring: fc.boolean(),
  terminationProtection: fc.boolean(),
  tags,
});
const network = some({
  cidr: block,
  availabilityZones: fc.oneof(
    fc.integer({ min: 1, max: 4 }),
    of(["eu-central-1a", "eu-central-1b"], ["us-east-1c"]),
  ),
  subnetPrefix: fc.integer({ min: 18, max: 28 }),
  endpoints: some({ ec2Messages: fc.boolean(), s3Gateway: fc.boolean() }),
  flowLogs: some({ retentionDays: of(1, 365, 2) }, ["retentionDays"]),
});
const sessions = fc.oneof(
  { weight: 1, arbitrary: fc.constant(false) },
  {
    weight: 4,
    arbitrary: some({
      retentionDays: of(365, 3653, 30),
      recordings: of("retain", "delete"),
      archive: some({ bucketName: of("our-copies", "Our_Copies"), expireDays: of(400, 5000) }),
      idleMinutes: fc.integer({ min: 1, max: 60 }),
      maxMinutes: fc.integer({ min: 1, max: 1440 }),
      runAsUser: of("ops", "root"),
      shellProfile: of("cd ~", "rm -rf /tmp/x"),
      adoptAccountPreferences: of("import", "create"),
      watchedCommands: of(["rm"], ["rm", "dd"], [], ["a", "b", "c", "d", "e"]),
      alertEmails: of(["ops@example.com"], []),
      requireMfa: fc.boolean(),
      forward: fc.dictionary(
        name,
        some({ host: of("db.internal", "localhost"), port: of(5432, 0), cidr: block }, ["host", "port"]),
        { maxKeys: 2 },
      ),
    }),
  },
);
const state = of<unknown>(
  { backend: "local" },
  { backend: "s3", bucket: "our-states", region: "eu-central-1", prefix: "session-manager" },
  { backend: "cloud", organization: "ours", workspacePrefix: "sm" },
  { backend: "gcs" },
);

/** What a file in `environments/` may export: about half of them good, the others wrong in a place or two. */
export const arbitraryEnvironment = some(
  {
    region,
    tags,
    allowedAccountIds: of(["111122223333"], ["111122223333", "444455556666"]),
    assumeRoleArn: of("arn:aws:iam::111122223333:role/deploy"),
    namePrefix: name,
    state,
    network,
    sessions,
    instances: fc.dictionary(name, instance, { minKeys: 1, maxKeys: 3 }),
    iam: some({
      roleName: name,
      permissionsBoundaryArn: of("arn:aws:iam::111122223333:policy/boundary"),
      managedPolicyArns: of(["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"], []),
    }),
  },
  ["region", "instances"],
);
