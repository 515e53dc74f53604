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
  fc.oneof({ weight: 70, arbitrary: good }, { weight: 1, arbitrary: junk });

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
/** Now and then one that is refused, or fits only together with others. */
const rarely = (good: fc.Arbitrary<unknown>, ...bad: unknown[]) =>
  fc.oneof({ weight: 40, arbitrary: good }, { weight: 1, arbitrary: fc.constantFrom(...bad) });

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
const privateBlock = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 16, max: 24 }))
  .map(([second, prefix]) => `10.${second}.0.0/${prefix}`);
const block = rarely(privateBlock, "10.0.0.0/15", "10.0.0.0/29", "52.94.0.0/20", "10.0.0.1/24", "0.0.0.0/0");
const tags = fc.dictionary(
  rarely(
    of("Team", "Owner", "cost-center"),
    "SessionAccess",
    "sessionManagerStack",
    "team",
    "environment",
    "Name",
  ) as fc.Arbitrary<string>,
  of("data", "", "a b"),
  { maxKeys: 3 },
);
const ports = rarely(of<unknown>(443, 5432, 22, 65535, { from: 8000, to: 8010 }), 0, 65536, {
  from: 2,
  to: 1,
});
const egressRule = some(
  {
    cidr: rarely(fc.oneof(privateBlock, of("52.94.0.0/16", "10.0.0.5/32")), "52.94.0.0/15", "0.0.0.0/0"),
    ports,
    protocol: of("tcp", "udp"),
    description: of("a database", "a partner"),
  },
  ["cidr", "ports", "description"],
);
const instance = some({
  renamedFrom: rarely(of(undefined), "before", "web", "a b"),
  instanceType: rarely(of("t3.nano", "c7i.4xlarge", "m5.large"), "t3", "t4g.small", "mac1.metal"),
  image: rarely(
    of<unknown>(
      "al2023",
      { amiId: "ami-0123456789abcdef0" },
      { parameter: "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id" },
    ),
    "al2",
  ),
  imageUpdates: of("keep", "follow"),
  zone: rarely(of(undefined), "zone-1", "zone-2", "zone-9", "eu-central-1a"),
  hopLimit: fc.integer({ min: 1, max: 64 }),
  rootVolume: some({ sizeGiB: fc.integer({ min: 8, max: 100 }) }),
  userData: rarely(
    of("#!/bin/sh\necho ${HOME} %{x}", "#!/bin/sh\n# 111122223333 arn:aws:s3:::b", ""),
    "echo",
  ),
  acceptUnrecorded: rarely(of(false), true),
  metadataForRootOnly: rarely(of(false), true),
  egress: fc.uniqueArray(egressRule, {
    maxLength: 2,
    selector: (one) => JSON.stringify(one, (_, inner: unknown) => String(inner)),
  }),
  securityGroupIds: of<unknown>(
    [],
    ["sg-0123456789abcdef0"],
    ["sg-0123456789abcdef0", "sg-0123456789abcdef1"],
  ),
  detailedMonitoring: fc.boolean(),
  terminationProtection: fc.boolean(),
  tags,
});
const newNetwork = some({
  cidr: block,
  availabilityZones: rarely(
    fc.oneof(fc.integer({ min: 1, max: 4 }), of(["eu-central-1a", "eu-central-1b"])),
    7,
    ["us-east-1c"],
    ["eu-central-1a", "eu-central-1a"],
  ),
  subnetPrefix: rarely(of(26, 27, 28), 16, 29),
  endpoints: some({ ec2Messages: fc.boolean(), s3Gateway: fc.boolean() }),
  flowLogs: some({ retentionDays: rarely(of(1, 365), 2) }, ["retentionDays"]),
});
const way = rarely(
  of<unknown>("create", "existing", { elsewhere: ["10.1.0.0/24"] }),
  { elsewhere: [] },
  "theirs",
);
const existingNetwork = some(
  {
    vpcId: rarely(of("vpc-0123456789abcdef0"), "vpc"),
    subnetIds: rarely(
      of<unknown>(
        { "eu-central-1a": "subnet-0123456789abcdef0" },
        { "eu-central-1a": "subnet-0123456789abcdef0", "eu-central-1b": "subnet-0123456789abcdef1" },
      ),
      {},
      { "us-east-1a": "subnet-0123456789abcdef0" },
    ),
    endpoints: some({
      ec2Messages: of(true),
      s3Gateway: fc.boolean(),
      services: fc.oneof(way, some({ ssm: way, ssmmessages: way, ec2messages: way })),
    }),
  },
  ["vpcId", "subnetIds"],
);
const network = fc.oneof({ weight: 3, arbitrary: newNetwork }, { weight: 1, arbitrary: existingNetwork });
const sessions = fc.oneof(
  { weight: 1, arbitrary: fc.constant(false) },
  {
    weight: 4,
    arbitrary: some({
      retentionDays: rarely(of(365, 3653), 3, 30),
      recordings: of("retain", "delete"),
      archive: fc.oneof(
        some({ bucketName: rarely(of("our-copies"), "Our_Copies") }),
        some({ expireDays: rarely(of(5000), 2), lockMode: rarely(of("governance"), "compliance") }),
      ),
      idleMinutes: fc.integer({ min: 1, max: 60 }),
      maxMinutes: fc.integer({ min: 60, max: 1440 }),
      runAsUser: rarely(of("ops"), "root"),
      rootShell: some({ user: rarely(of("ec2-user"), "root") }, ["user"]),
      commandJournal: fc.boolean(),
      shellProfile: rarely(of("cd ~"), "rm -rf /tmp/x"),
      adoptAccountPreferences: of("import", "create"),
      watchedCommands: rarely(of(["rm"], ["rm", "dd"]), [], ["a", "b", "c", "d", "e"]),
      alertEmails: of(["ops@example.com"], []),
      deployerRoleArns: of(["arn:aws:iam::111122223333:role/deploy"], []),
      requireMfa: fc.boolean(),
      forward: fc.dictionary(
        name,
        some({ host: rarely(of("db.internal"), "localhost"), port: rarely(of(5432), 0), cidr: block }, [
          "host",
          "port",
          "cidr",
        ]),
        { maxKeys: 2 },
      ),
    }),
  },
);
const state = rarely(
  of<unknown>(
    { backend: "local" },
    { backend: "s3", bucket: "our-states", region: "eu-central-1", prefix: "session-manager" },
  ),
  // CDKTF starts Terraform for every stack of it.
  { backend: "cloud", organization: "ours", workspacePrefix: "sm" },
  { backend: "gcs" },
  { backend: "s3" },
);

/** What a file in `environments/` may export: about half of them good, the others wrong in a place or two. */
export const arbitraryEnvironment = some(
  {
    region: rarely(of("eu-central-1"), "us-east-1", "cn-north-1", "nowhere"),
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
      path: rarely(of("/", "/teams/payments/"), "teams"),
      permissionsBoundaryArn: of("arn:aws:iam::111122223333:policy/boundary"),
      inlinePolicies: fc.boolean(),
      managedPolicyArns: of(["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"], []),
      onlyThroughVpcs: rarely(of<unknown>(false, [], ["vpc-0123456789abcdef1"]), "hub"),
    }),
    logGroupKeyArn: rarely(
      of("arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"),
      "alias/logs",
    ),
  },
  ["region", "instances"],
);
