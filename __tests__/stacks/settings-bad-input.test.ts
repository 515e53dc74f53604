import type { Environment } from "../../stacks/settings/environment";
import { validateEnvironment } from "../../stacks/settings/validate";
import { existingNetwork } from "../support/existing-network";
import { MINIMAL, settingsOf } from "../support/synth";

/** What is said of an environment that differs from a good one in just this. */
const problems = (changes: object): string[] =>
  validateEnvironment("test", { ...MINIMAL, ...changes }).problems.map(
    ({ path, message }) => `${path}: ${message}`,
  );

const instance = (settings: object) => problems({ instances: { web: settings } });
const network = (settings: object) => problems({ network: settings });
const existing = (changes: object) => network(existingNetwork({}, changes));
const services = (given: unknown) => network(existingNetwork({ services: given }));

const sessions = (settings: object) => problems({ sessions: settings });
const forward = (target: object) => sessions({ forward: { db: target } });

const recordedInstance = (web: object, recorded: object = {}) =>
  problems({ sessions: recorded, instances: { web } });
const WINDOWS = { parameter: "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base" };

const TAG_OF_SPACE = "x".repeat(129);

test("an environment needs a Region and instances, and has a default for all else", () => {
  expect(settingsOf(MINIMAL, "prod")).toEqual({
    name: "prod",
    namePrefix: "prod",
    region: "eu-central-1",
    tags: {},
    state: { backend: "local" },
    network: {
      cidr: "10.10.0.0/23",
      availabilityZones: 2,
      endpoints: { s3Gateway: false },
    },
    iam: { path: "/", inlinePolicies: true, managedPolicyArns: [] },
    instances: {
      web: {
        instanceType: "t3.nano",
        image: "al2023",
        imageUpdates: "keep",
        hopLimit: 1,
        rootVolume: { sizeGiB: 8 },
        egress: [],
        securityGroupIds: [],
        acceptUnrecorded: false,
        metadataForRootOnly: false,
        detailedMonitoring: false,
        terminationProtection: false,
        tags: {},
      },
    },
  });
});

test("everything an environment can say is accepted", () => {
  const everything: Environment = {
    region: "us-gov-west-1",
    tags: { Team: "data", Environment: "Production" },
    allowedAccountIds: ["111122223333"],
    assumeRoleArn: "arn:aws-us-gov:iam::111122223333:role/team/deploy",
    namePrefix: "prod-eu",
    logGroupKeyArn: "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/12345678-1234-1234-1234-123456789012",
    state: {
      backend: "s3",
      bucket: "state",
      region: "us-gov-west-1",
      prefix: "team/ssm",
      kmsKeyId: "arn:aws-us-gov:kms:us-gov-west-1:111122223333:alias/state",
      assumeRoleArn: "arn:aws-us-gov:iam::111122223333:role/state",
      profile: "state",
    },
    network: {
      cidr: "172.16.0.0/20",
      availabilityZones: ["us-gov-west-1a", "us-gov-west-1b"],
      subnetPrefix: 24,
      endpoints: { ec2Messages: false, s3Gateway: true },
      flowLogs: { retentionDays: 365 },
    },
    iam: {
      roleName: "Role",
      instanceProfileName: "Profile",
      path: "/teams/payments/",
      permissionsBoundaryArn: "arn:aws-us-gov:iam::111122223333:policy/boundary",
      inlinePolicies: false,
      managedPolicyArns: [
        "arn:aws-us-gov:iam::aws:policy/CloudWatchAgentServerPolicy",
        "arn:aws-us-gov:iam::aws:policy/AmazonSSMManagedInstanceCore",
      ],
      onlyThroughVpcs: ["vpc-0123456789abcdef1"],
    },
    instances: {
      "web-1": {
        instanceType: "t4g.small",
        image: { parameter: "/golden" },
        imageUpdates: "follow",
        hopLimit: 2,
        rootVolume: {
          sizeGiB: 30,
          kmsKeyId: "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/12345678-1234-1234-1234-123456789012",
        },
        zone: "us-gov-west-1b",
        userData: "#!/bin/sh\necho ${HOME}",
        egress: [
          { cidr: "10.0.0.0/8", ports: { from: 1, to: 2 }, protocol: "udp", description: "on premises" },
        ],
        securityGroupIds: ["sg-0123456789abcdef0"],
        detailedMonitoring: true,
        terminationProtection: true,
        tags: { Name: "web" },
      },
    },
  };
  expect(settingsOf(everything)).toMatchObject(everything);
  const state = {
    backend: "cloud",
    organization: "acme",
    hostname: "tfe.example.com",
    project: "Access",
    workspacePrefix: "ssm",
  } as const;
  expect(settingsOf({ ...MINIMAL, state }).state).toEqual(state);
});

test("an existing network has a default for all but its ids, and every origin is accepted", () => {
  const network = existingNetwork();
  expect(settingsOf({ ...MINIMAL, network }).network).toEqual({
    ...network,
    endpoints: { s3Gateway: false, services: "create" },
  });
  for (const given of [
    "existing",
    { elsewhere: ["10.0.0.0/8"] },
    { ssm: "create", ssmmessages: "existing" },
  ]) {
    expect(services(given)).toEqual([]);
  }
});

test.each<[string, string[], RegExp]>([
  // Names
  [
    "an unknown setting",
    problems({ networks: {} }),
    /^networks: no such setting, got \{\}; allowed: region, tags, .*did you mean network\?$/,
  ],
  [
    "a misspelt setting",
    network({ endpoint: {} }),
    /^network\.endpoint: no such setting.*did you mean endpoints\?$/,
  ],
  [
    "a setting like no other",
    instance({ colour: "red" }),
    /^instances\.web\.colour: no such setting, got "red".*remove it, or choose one of these$/,
  ],
  [
    "no Region",
    problems({ region: undefined }),
    /^region: got nothing; allowed: a Region of AWS or AWS GovCloud \(US\), such as eu-central-1; /,
  ],
  ["a Region's name", problems({ region: "Frankfurt" }), /^region: got "Frankfurt"; allowed: a Region/],
  [
    "no instances",
    problems({ instances: undefined }),
    /^instances: got nothing; allowed: a map of instances by name/,
  ],
  [
    "a list of instances",
    problems({ instances: ["web"] }),
    /^instances: got \["web"\]; allowed: a map of instances/,
  ],
  [
    "an instance name with a dot",
    problems({ instances: { "web.a": {} } }),
    /^instances\["web\.a"\]: got "web\.a"; allowed: a name of 1 to 63.*rename it, for example to weba$/,
  ],
  [
    "an instance name that CDKTF would merge with another",
    problems({ instances: { "web.a": {}, weba: {} } }),
    /without the other characters it would be weba, another instance of this environment$/,
  ],
  [
    "an instance name with an underscore",
    problems({ instances: { instance_access: {} } }),
    /allowed: a name of 1 to 63 letters, digits and hyphens/,
  ],
  [
    "an instance name that begins with a digit",
    problems({ instances: { "1web": {} } }),
    /begins with a letter; rename it$/,
  ],
  [
    "a name prefix that AWS refuses",
    problems({ namePrefix: "sg-prod" }),
    /^namePrefix: got "sg-prod"; .*not with sg-/,
  ],
  [
    "a name prefix that is too long",
    problems({ namePrefix: "x".repeat(33) }),
    /^namePrefix: .*1 to 32 letters/,
  ],
  // Network
  ["a malformed block", network({ cidr: "10.10/23" }), /^network\.cidr: got "10\.10\/23"; .*four numbers/],
  ["a number for a block", network({ cidr: 10 }), /^network\.cidr: got 10; allowed: an IPv4 block/],
  [
    "host bits",
    network({ cidr: "10.10.0.5/23" }),
    /^network\.cidr: got "10\.10\.0\.5\/23"; .*use "10\.10\.0\.0\/23"$/,
  ],
  [
    "a public block",
    network({ cidr: "8.8.0.0/16" }),
    /^network\.cidr: got "8\.8\.0\.0\/16"; allowed: a private block/,
  ],
  [
    "a block that is too large",
    network({ cidr: "10.0.0.0/8" }),
    /^network\.cidr: got "10\.0\.0\.0\/8"; allowed: a block from \/16 to \/28/,
  ],
  [
    "a block that is too small",
    network({ cidr: "10.0.0.0/29" }),
    /^network\.cidr: got "10\.0\.0\.0\/29"; allowed: a block from \/16 to \/28/,
  ],
  [
    "a block too small for the zones",
    network({ cidr: "10.0.0.0/28" }),
    /^network\.availabilityZones: got 2; allowed: at most 1 zones.*larger block/,
  ],
  [
    "subnets too large for the zones",
    network({ availabilityZones: 3, subnetPrefix: 24 }),
    /^network\.subnetPrefix: got 24; allowed: at most 2 zones.*set subnetPrefix to 25$/,
  ],
  [
    "a subnet prefix that is no number",
    network({ subnetPrefix: "24" }),
    /^network\.subnetPrefix: got "24"; allowed: a whole number up to 28/,
  ],
  [
    "no zone",
    network({ availabilityZones: 0 }),
    /^network\.availabilityZones: got 0; allowed: a whole number of zones from 1 to 6/,
  ],
  ["too many zones", network({ availabilityZones: 7 }), /^network\.availabilityZones: got 7; allowed: /],
  [
    "zones in words",
    network({ availabilityZones: "two" }),
    /^network\.availabilityZones: got "two"; allowed: a number of zones, or a list/,
  ],
  [
    "a zone twice",
    network({ availabilityZones: ["eu-central-1a", "eu-central-1a"] }),
    /remove the second "eu-central-1a": two subnets of it would overlap$/,
  ],
  [
    "zones that share a block",
    network({ availabilityZones: ["eu-central-1a", "eu-central-1c"], subnetPrefix: 24 }),
    /zones whose blocks differ.*set subnetPrefix to 25$/,
  ],
  ["a zone of another Region", network({ availabilityZones: ["us-east-1a"] }), /"us-east-1a" is none/],
  [
    "a retention that CloudWatch does not have",
    network({ flowLogs: { retentionDays: 42 } }),
    /^network\.flowLogs\.retentionDays: got 42; allowed: one of CloudWatch's periods/,
  ],
  [
    "flow logs without a retention",
    network({ flowLogs: true }),
    /^network\.flowLogs: got true; allowed: a group of settings: retentionDays/,
  ],
  [
    "a switch in quotes",
    network({ endpoints: { s3Gateway: "yes" } }),
    /^network\.endpoints\.s3Gateway: got "yes"; allowed: true or false/,
  ],
  // Existing network
  [
    "a VPC's name",
    existing({ vpcId: "main" }),
    /^network\.vpcId: got "main"; allowed: a VPC id such as vpc-/,
  ],
  [
    "subnets without a VPC",
    existing({ vpcId: undefined }),
    /^network\.vpcId: got nothing; allowed: a VPC id/,
  ],
  [
    "a VPC without subnets",
    existing({ subnetIds: undefined }),
    /^network\.subnetIds: got nothing; allowed: a map of subnets by Availability Zone; write/,
  ],
  [
    "an endpoint that the Region has not",
    problems({ region: "ap-southeast-7", network: { endpoints: { ec2Messages: true } } }),
    /^network\.endpoints\.ec2Messages: got true; allowed: false in ap-southeast-7, which has no ec2messages; write/,
  ],
  [
    "an image that needs an endpoint which the Region has not",
    problems({
      region: "ap-southeast-7",
      network: { endpoints: { ec2Messages: false } },
      instances: { web: { image: "al2" } },
    }),
    /^instances\.web\.image: got "al2"; allowed: an image whose agent does without ec2messages in ap-southeast-7; write "al2023"$/,
  ],
  [
    "no subnet",
    existing({ subnetIds: {} }),
    /^network\.subnetIds: got \{\}; allowed: a subnet in each of 1 to 6 zones/,
  ],
  [
    "a subnet's name",
    existing({ subnetIds: { "eu-central-1a": "private" } }),
    /^network\.subnetIds\.eu-central-1a: got "private"; allowed: a subnet id such as subnet-/,
  ],
  [
    "a subnet in two zones",
    existing({ subnetIds: { "eu-central-1a": "subnet-01234567", "eu-central-1b": "subnet-01234567" } }),
    /^network\.subnetIds: .*; allowed: a subnet of its own for every zone/,
  ],
  [
    "subnets of another Region",
    existing({ subnetIds: { "us-east-1a": "subnet-01234567" } }),
    /^network\.subnetIds: got \["us-east-1a"\]; allowed: zones of eu-central-1.*"us-east-1a" is none/,
  ],
  [
    "a new network's block",
    existing({ cidr: "10.0.0.0/16" }),
    /^network\.cidr: no such setting, got "10\.0\.0\.0\/16"; allowed: vpcId, subnetIds, endpoints; this is of a new network: remove it, or remove vpcId and subnetIds$/,
  ],
  [
    "flow logs of others' network",
    existing({ flowLogs: { retentionDays: 30 } }),
    /^network\.flowLogs: no such setting, .*this is of a new network/,
  ],
  [
    "services of a new network",
    network({ endpoints: { services: "existing" } }),
    /^network\.endpoints\.services: no such setting, got "existing"; .*name the vpcId and subnetIds of an existing network$/,
  ],
  [
    "an unknown origin",
    services("existin"),
    /^network\.endpoints\.services: got "existin"; allowed: "create" or "existing" or \{ elsewhere: .* \}; did you mean "existing"\?$/,
  ],
  [
    "an unknown origin of one service",
    services({ ssm: "existin" }),
    /^network\.endpoints\.services\.ssm: got "existin"; allowed: "create" or "existing" or .*did you mean "existing"\?$/,
  ],
  [
    "a misspelt service",
    services({ ssmmesages: "existing" }),
    /^network\.endpoints\.services\.ssmmesages: got "ssmmesages"; allowed: the services .*: ssm, ssmmessages; did you mean ssmmessages\?$/,
  ],
  [
    "an endpoint for older agents, of which there are none",
    services({ ec2messages: "existing" }),
    /^network\.endpoints\.services\.ec2messages: .*; write ec2Messages: true, or remove it$/,
  ],
  [
    "a service that is not needed",
    services({ kms: "existing" }),
    /^network\.endpoints\.services\.kms: .*remove it, or switch on what needs it$/,
  ],
  [
    "elsewhere, but nowhere",
    services({ elsewhere: [] }),
    /^network\.endpoints\.services\.elsewhere: got \[\]; allowed: at least one IPv4 block/,
  ],
  [
    "elsewhere on the internet",
    services({ ssm: { elsewhere: ["8.8.8.0/24"] } }),
    /^network\.endpoints\.services\.ssm\.elsewhere\[0\]: got "8\.8\.8\.0\/24"; allowed: a private block/,
  ],
  [
    "the same place twice",
    services({ elsewhere: ["10.1.0.0/24", "10.1.0.0/24"] }),
    /^network\.endpoints\.services\.elsewhere: .*; allowed: each once/,
  ],
  [
    "an instance in a zone without a subnet",
    problems({ network: existingNetwork(), instances: { web: { zone: "eu-central-1c" } } }),
    /^instances\.web\.zone: got "eu-central-1c"; allowed: eu-central-1a, eu-central-1b; /,
  ],
  // Instances
  [
    "no instance type",
    instance({ instanceType: "nano" }),
    /^instances\.web\.instanceType: got "nano"; allowed: an EC2 instance type/,
  ],
  ["a Mac", instance({ instanceType: "mac2.metal" }), /^instances\.web\.instanceType: .*not a Mac/],
  [
    "an unknown image",
    instance({ image: "ubuntu" }),
    /^instances\.web\.image: got "ubuntu"; allowed: "al2023", "al2", \{ parameter/,
  ],
  [
    "an image for another architecture",
    instance({ instanceType: "t4g.nano", image: { parameter: "/x/x86_64" } }),
    /^instances\.web\.image: .*an image for arm64/,
  ],
  [
    "a minimal image",
    instance({ image: { parameter: "/aws/service/x/al2023-ami-minimal-kernel-default-x86_64" } }),
    /^instances\.web\.image: .*never show up in Session Manager/,
  ],
  ["no AMI id", instance({ image: { amiId: "latest" } }), /^instances\.web\.image: .*an AMI id such as/],
  [
    "unknown image updates",
    instance({ imageUpdates: "folow" }),
    /^instances\.web\.imageUpdates: got "folow"; allowed: "keep" or "follow"; did you mean "follow"\?$/,
  ],
  [
    "a hop limit of 0",
    instance({ hopLimit: 0 }),
    /^instances\.web\.hopLimit: got 0; allowed: a whole number from 1 to 64/,
  ],
  [
    "a hop limit of 65",
    instance({ hopLimit: 65 }),
    /^instances\.web\.hopLimit: got 65; allowed: a whole number from 1 to 64/,
  ],
  ["half a hop", instance({ hopLimit: 1.5 }), /^instances\.web\.hopLimit: got 1\.5; allowed: a whole number/],
  [
    "a volume that is too small",
    instance({ rootVolume: { sizeGiB: 4 } }),
    /^instances\.web\.rootVolume\.sizeGiB: got 4; allowed: a whole number of GiB from 8/,
  ],
  [
    "a volume that is too large",
    instance({ rootVolume: { sizeGiB: 65537 } }),
    /^instances\.web\.rootVolume\.sizeGiB: got 65537; /,
  ],
  [
    "a key's alias for the volume",
    instance({ rootVolume: { kmsKeyId: "alias/ebs" } }),
    /^instances\.web\.rootVolume\.kmsKeyId: got "alias\/ebs"; .*would replace the instance at every apply/,
  ],
  [
    "an unencrypted volume",
    instance({ rootVolume: { encrypted: false } }),
    /^instances\.web\.rootVolume\.encrypted: no such setting/,
  ],
  [
    "a public address",
    instance({ associatePublicIpAddress: true }),
    /^instances\.web\.associatePublicIpAddress: no such setting/,
  ],
  ["a key pair", instance({ keyName: "me" }), /^instances\.web\.keyName: no such setting/],
  [
    "a zone that there is not",
    instance({ zone: "zone-3" }),
    /^instances\.web\.zone: got "zone-3"; allowed: zone-1, zone-2; choose one, or set network\.availabilityZones to 3$/,
  ],
  [
    "a zone's name where zones are counted",
    instance({ zone: "eu-central-1a" }),
    /^instances\.web\.zone: .*allowed: zone-1, zone-2; choose one/,
  ],
  [
    "user data that EC2 refuses",
    instance({ userData: "x".repeat(16385) }),
    /^instances\.web\.userData: got "x+\.\.\.; allowed: a text of up to 16384 bytes/,
  ],
  [
    "a way out to the internet",
    instance({ egress: [{ cidr: "0.0.0.0/0", ports: 443, description: "all" }] }),
    /^instances\.web\.egress\[0\]\.cidr: got "0\.0\.0\.0\/0"; .*never the whole internet/,
  ],
  [
    "a way out without a target",
    instance({ egress: [{ ports: 443, description: "all" }] }),
    /^instances\.web\.egress\[0\]: .*exactly one target/,
  ],
  [
    "a way out twice",
    instance({ egress: [1, 2].map((n) => ({ cidr: "10.0.0.0/8", ports: 443, description: `${n}` })) }),
    /^instances\.web\.egress\[1\]: .*each way out once/,
  ],
  [
    "a way out without ports",
    instance({ egress: [{ cidr: "10.0.0.0/8", description: "all" }] }),
    /egress\[0\]\.ports: got nothing; allowed: a port, or \{ from, to \}/,
  ],
  [
    "a way out without a reason",
    instance({ egress: [{ cidr: "10.0.0.0/8", ports: 443 }] }),
    /egress\[0\]\.description: got nothing; allowed: a text/,
  ],
  [
    "no security group",
    instance({ securityGroupIds: ["web"] }),
    /securityGroupIds\[0\]: got "web"; allowed: a security group id/,
  ],
  // Tags
  [
    "a tag key that AWS keeps for itself",
    problems({ tags: { "aws:x": "y" } }),
    /^tags\["aws:x"\]: got "aws:x"; allowed: keys that do not begin with aws:/,
  ],
  [
    "a tag key that is too long",
    problems({ tags: { [TAG_OF_SPACE]: "y" } }),
    /allowed: keys of 1 to 128 characters/,
  ],
  [
    "a tag value that is too long",
    problems({ tags: { Team: "x".repeat(257) } }),
    /^tags\.Team: got "x+\.\.\.; allowed: values of up to 256/,
  ],
  ["a tag value that is no text", problems({ tags: { Cost: 5 } }), /^tags\.Cost: got 5; allowed: a text/],
  [
    "two tag keys that IAM takes for one",
    problems({ tags: { Team: "a", team: "b" } }),
    /^tags\.team: got "team"; .*as IAM ignores it/,
  ],
  [
    "a Name for everything",
    problems({ tags: { Name: "x" } }),
    /^tags\.Name: .*Name on single instances only/,
  ],
  [
    "too many tags",
    problems({ tags: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`T${n}`, "x"])) }),
    /^tags: got 55; allowed: 50 tags in all/,
  ],
  ["a bad tag on an instance", instance({ tags: { a$: "x" } }), /^instances\.web\.tags\["a\$"\]: /],
  // Accounts and roles
  [
    "an account id without quotes",
    problems({ allowedAccountIds: [111122223333] }),
    /^allowedAccountIds\[0\]: got 111122223333; allowed: account ids of 12 digits; write them in quotes/,
  ],
  ["no account", problems({ allowedAccountIds: [] }), /^allowedAccountIds: got \[\]; allowed: at least one/],
  [
    "a role's name for its ARN",
    problems({ assumeRoleArn: "deploy" }),
    /^assumeRoleArn: got "deploy"; allowed: the ARN of an IAM role/,
  ],
  [
    "a role name that IAM refuses",
    problems({ iam: { roleName: "a b" } }),
    /^iam\.roleName: got "a b"; allowed: 1 to 64 letters/,
  ],
  [
    "a policy's name for its ARN",
    problems({ iam: { managedPolicyArns: ["ReadOnlyAccess"] } }),
    /^iam\.managedPolicyArns\[0\]: .*the ARN of a managed policy/,
  ],
  [
    "a policy twice",
    problems({ iam: { managedPolicyArns: ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/A"] } }),
    /^iam\.managedPolicyArns: .*each managed policy once/,
  ],
  [
    "an endless list of VPCs",
    problems({ iam: { onlyThroughVpcs: true } }),
    /^iam\.onlyThroughVpcs: got true; allowed: false, or a list of VPC ids; write \["vpc-\.\.\."\]$/,
  ],
  [
    "a VPC that is none",
    problems({ iam: { onlyThroughVpcs: ["hub"] } }),
    /^iam\.onlyThroughVpcs\[0\]: got "hub"; allowed: a VPC id such as vpc-0123456789abcdef0; copy it/,
  ],
  [
    "a VPC twice",
    problems({ iam: { onlyThroughVpcs: ["vpc-01234567", "vpc-01234567"] } }),
    /^iam\.onlyThroughVpcs: .*each once; remove the second one$/,
  ],
  [
    "no further VPC where endpoints are elsewhere",
    problems({
      network: existingNetwork({ services: { ssm: { elsewhere: ["10.1.0.0/24"] } } }),
      iam: { onlyThroughVpcs: [] },
    }),
    /^iam\.onlyThroughVpcs: got \[\]; allowed: the VPCs whose endpoints answer for ssm, or false; name them/,
  ],
  // State
  [
    "an unknown backend",
    problems({ state: { backend: "s4" } }),
    /^state\.backend: got "s4"; allowed: "local" or "s3" or "cloud"; did you mean "s3"\?$/,
  ],
  ["a backend in one word", problems({ state: "s3" }), /^state: got "s3"; allowed: \{ backend: "local" \}/],
  [
    "a backend without a bucket",
    problems({ state: { backend: "s3", region: "eu-central-1", prefix: "x" } }),
    /^state\.bucket: got nothing; allowed: the name of an S3 bucket/,
  ],
  [
    "a backend without a prefix",
    problems({ state: { backend: "s3", region: "eu-central-1", bucket: "abc" } }),
    /^state\.prefix: got nothing; allowed: a prefix/,
  ],
  [
    "a prefix with a slash at its end",
    problems({ state: { backend: "s3", region: "eu-central-1", bucket: "abc", prefix: "x/" } }),
    /^state\.prefix: got "x\/"; /,
  ],
  [
    "a cloud without organization",
    problems({ state: { backend: "cloud", workspacePrefix: "x" } }),
    /^state\.organization: got nothing; /,
  ],
  [
    "a cloud host with a scheme",
    problems({
      state: { backend: "cloud", organization: "a", workspacePrefix: "x", hostname: "https://tfe" },
    }),
    /^state\.hostname: .*leave out https/,
  ],
  [
    "an access key",
    problems({
      state: { backend: "s3", bucket: "abc", region: "eu-central-1", prefix: "x", accessKey: "hidden" },
    }),
    /^state\.accessKey: no such setting, got a credential; allowed: no credential/,
  ],
  [
    "a token",
    problems({ state: { backend: "cloud", organization: "a", workspacePrefix: "x", token: "hidden" } }),
    /^state\.token: no such setting, got a credential/,
  ],
  // Found by trying hard
  [
    "a name that JavaScript knows",
    problems({ instances: { constructor: {} } }),
    /^instances\.constructor: got "constructor"; allowed: a name that JavaScript has no other use for/,
  ],
  [
    "names that differ in case",
    problems({ instances: { Web: {}, web: {} } }),
    /^instances\.web: got "web"; .*differ in more than case.*there is Web$/,
  ],
  [
    "too many tags on one instance",
    instance({ tags: Object.fromEntries(Array.from({ length: 47 }, (_, n) => [`T${n}`, "x"])) }),
    /^instances\.web\.tags: got 52; allowed: 50 tags/,
  ],
  [
    "a Terraform expression in an ARN",
    problems({ iam: { permissionsBoundaryArn: "arn:aws:iam::111122223333:policy/${x}" } }),
    /^iam\.permissionsBoundaryArn: /,
  ],
  [
    "a path without its last slash",
    problems({ iam: { path: "/teams" } }),
    /^iam\.path: got "\/teams"; allowed: \/, or a path of up to 128 characters .*; write it as/,
  ],
  ["a path with an empty part", problems({ iam: { path: "//" } }), /^iam\.path: got "\/\/"; /],
  ["a path of AWS's own", problems({ iam: { path: "/aws-service-role/x/" } }), /^iam\.path: /],
  ["an expression in a path", problems({ iam: { path: "/${x}/" } }), /^iam\.path: /],
  ["a long path", problems({ iam: { path: `/${"x".repeat(127)}/` } }), /^iam\.path: /],
  [
    "inline policies in words",
    problems({ iam: { inlinePolicies: "no" } }),
    /^iam\.inlinePolicies: got "no"; allowed: true or false/,
  ],
  [
    "an alias for log groups",
    problems({ logGroupKeyArn: "alias/logs" }),
    /^logGroupKeyArn: got "alias\/logs"; allowed: the ARN of a KMS key, .*CloudWatch Logs takes no alias$/,
  ],
  [
    "a key of another Region for log groups",
    problems({
      logGroupKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/12345678-1234-1234-1234-123456789012",
    }),
    /^logGroupKeyArn: got "arn:.*; allowed: an ARN in eu-central-1; name one of that Region/,
  ],
  [
    "a Region of China",
    problems({ region: "cn-north-1" }),
    /^region: got "cn-north-1"; allowed: a Region of AWS or AWS GovCloud \(US\), such as eu-central-1; /,
  ],
  [
    "a Region of the European Sovereign Cloud",
    problems({ region: "eusc-de-east-1" }),
    /^region: got "eusc-de-east-1"; allowed: a Region of AWS or AWS GovCloud/,
  ],
  [
    "a Region of an isolated partition",
    problems({ region: "us-iso-east-1" }),
    /^region: got "us-iso-east-1"; allowed: a Region of AWS or AWS GovCloud/,
  ],
  [
    "a Region of an isolated partition in Europe",
    problems({ region: "eu-isoe-west-1" }),
    /^region: got "eu-isoe-west-1"; allowed: a Region of AWS or AWS GovCloud/,
  ],
  [
    "an image of Debian",
    instance({ image: { parameter: "/aws/service/debian/release/12/latest/amd64" } }),
    /^instances\.web\.image: .*Debian's images have none/,
  ],
  [
    "a small volume for Windows",
    instance({
      image: { parameter: "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base" },
    }),
    /^instances\.web\.rootVolume\.sizeGiB: got 8; allowed: at least 30 GiB for Windows/,
  ],
  [
    "seven zones in a small block",
    network({ availabilityZones: 7, cidr: "10.0.0.0/28" }),
    /^network\.availabilityZones: got 7; allowed: a whole number of zones from 1 to 6/,
  ],
  ["no number", instance({ hopLimit: NaN }), /^instances\.web\.hopLimit: got NaN; allowed: a whole number/],
  [
    "a function of several lines",
    instance({
      userData: () => {
        return 1;
      },
    }),
    /^instances\.web\.userData: got a function; allowed: a text/,
  ],
  ["a number too large for JSON", problems({ region: 10n }), /^region: got 10n; allowed: a Region/],
  [
    "a credential under another name",
    problems({
      state: {
        backend: "s3",
        bucket: "abc",
        region: "eu-central-1",
        prefix: "x",
        awsSecretAccessKey: "hidden",
      },
    }),
    /^state\.awsSecretAccessKey: no such setting, got a credential; allowed: no credential/,
  ],
  [
    "a credential inside something else",
    problems({ state: ["s3", { apiToken: "hidden" }] }),
    /^state: got \["s3",\{"apiToken":"\(hidden\)"\}\]; /,
  ],
  [
    "a bucket's name that S3 refuses",
    problems({ state: { backend: "s3", bucket: "My Bucket", region: "eu-central-1", prefix: "x" } }),
    /^state\.bucket: got "My Bucket"; /,
  ],
  [
    "a key that is none",
    problems({
      state: {
        backend: "s3",
        bucket: "abc",
        region: "eu-central-1",
        prefix: "x",
        kmsKeyId: "arn:aws:kms:eu-central-1:111122223333:key/foo",
      },
    }),
    /^state\.kmsKeyId: got .*; allowed: the ARN or id of a KMS key/,
  ],
  [
    "a profile that is none",
    problems({
      state: { backend: "s3", bucket: "abc", region: "eu-central-1", prefix: "x", profile: "[me]" },
    }),
    /^state\.profile: got "\[me\]"; /,
  ],
  [
    "a project's name that is too short",
    problems({ state: { backend: "cloud", organization: "a", workspacePrefix: "x", project: "p" } }),
    /^state\.project: got "p"; /,
  ],
  [
    "a workspace prefix with a slash",
    problems({ state: { backend: "cloud", organization: "a", workspacePrefix: "x/y" } }),
    /^state\.workspacePrefix: got "x\/y"; /,
  ],
  // Sessions
  [
    "sessions switched on by true",
    problems({ sessions: true }),
    /^sessions: got true; allowed: \{\} with its settings, or false/,
  ],
  [
    "an unknown setting of sessions",
    sessions({ retention: 30 }),
    /^sessions\.retention: no such setting, got 30; .*did you mean retentionDays\?$/,
  ],
  [
    "a retention of recordings that CloudWatch does not have",
    sessions({ retentionDays: 42 }),
    /^sessions\.retentionDays: got 42; allowed: one of CloudWatch's periods/,
  ],
  [
    "an idle time of an hour and more",
    sessions({ idleMinutes: 61 }),
    /^sessions\.idleMinutes: got 61; allowed: a whole number of minutes from 1 to 60/,
  ],
  ["an idle time of nothing", sessions({ idleMinutes: 0 }), /^sessions\.idleMinutes: got 0; /],
  [
    "a session of more than a day",
    sessions({ maxMinutes: 1441 }),
    /^sessions\.maxMinutes: got 1441; allowed: a whole number of minutes from 1 to 1440/,
  ],
  [
    "sessions as root",
    sessions({ runAsUser: "root" }),
    /^sessions\.runAsUser: got "root"; allowed: a user other than root/,
  ],
  [
    "sessions as a user whom images let use sudo",
    sessions({ runAsUser: "ubuntu" }),
    /^sessions\.runAsUser: got "ubuntu"; allowed: .*none whom images let use sudo; .*rootShell$/,
  ],
  [
    "root shells as root",
    sessions({ rootShell: { user: "root" } }),
    /^sessions\.rootShell\.user: got "root"; allowed: a user who may use sudo; name one such as ec2-user/,
  ],
  [
    "root shells of the user without sudo",
    sessions({ rootShell: { user: "ssm-user" } }),
    /^sessions\.rootShell\.user: got "ssm-user"; allowed: another user than that of all other sessions/,
  ],
  [
    "root shells of the user of all other sessions",
    sessions({ runAsUser: "ops", rootShell: { user: "ops" } }),
    /^sessions\.rootShell\.user: got "ops"; allowed: another user than that of all other sessions/,
  ],
  [
    "root shells of nobody",
    sessions({ rootShell: {} }),
    /^sessions\.rootShell\.user: got nothing; allowed: a user who may use sudo/,
  ],
  [
    "recorded sessions on Windows",
    recordedInstance({ image: WINDOWS, rootVolume: { sizeGiB: 30 } }),
    /^instances\.web\.image: got \{"parameter":.*; allowed: no Windows where sessions are recorded; .*acceptUnrecorded: true/,
  ],
  [
    "recorded sessions on Windows, as another user",
    recordedInstance({ image: WINDOWS, rootVolume: { sizeGiB: 30 } }, { runAsUser: "ops" }),
    /^instances\.web\.image: got /,
  ],
  [
    "unrecorded sessions where all are recorded",
    recordedInstance({ acceptUnrecorded: true }),
    /^instances\.web\.acceptUnrecorded: got true; allowed: true with a Windows image alone/,
  ],
  [
    "user data that cannot be joined",
    recordedInstance({ userData: "echo hello" }),
    /^instances\.web\.userData: got "echo hello"; allowed: a script \(#!\), #cloud-config or/,
  ],
  [
    "user data that leaves no room for the session user",
    recordedInstance({ userData: "#!".padEnd(16384) }),
    /^instances\.web\.userData: got .*; allowed: a text of up to 14\d\d\d bytes with recorded sessions/,
  ],
  [
    "metadata for root only without recorded sessions",
    instance({ metadataForRootOnly: true }),
    /^instances\.web\.metadataForRootOnly: got true; allowed: true where sessions are recorded and run as ssm-user/,
  ],
  [
    "metadata for root only where nftables cannot be had",
    recordedInstance({ metadataForRootOnly: true }),
    /^instances\.web\.metadataForRootOnly: got true; allowed: true with network\.endpoints\.s3Gateway: true/,
  ],
  [
    "metadata for root only, and containers",
    recordedInstance({ metadataForRootOnly: true, hopLimit: 2 }, { archive: {} }),
    /^instances\.web\.hopLimit: got 2; allowed: 1 with metadataForRootOnly/,
  ],
  [
    "sessions as an invalid user",
    sessions({ runAsUser: "Ops Team" }),
    /^sessions\.runAsUser: got "Ops Team"; allowed: the name of a user/,
  ],
  [
    "a shell profile with a watched command",
    sessions({ shellProfile: "cd\nrm -f x" }),
    /^sessions\.shellProfile: .*allowed: no watched command.*leave out rm/,
  ],
  [
    "a shell profile that is too long",
    sessions({ shellProfile: "x".repeat(513), commandJournal: false }),
    /^sessions\.shellProfile: .*up to 512 characters; put the commands into a file of the image, and run that$/,
  ],
  [
    "a shell profile that leaves no room for the journal",
    sessions({ shellProfile: "x".repeat(133) }),
    /^sessions\.shellProfile: .*up to 132 characters beside the journal of commands; .*, or set commandJournal: false$/,
  ],
  [
    "a fifth watched command",
    sessions({ watchedCommands: ["a", "b", "c", "d", "e"] }),
    /^sessions\.watchedCommands: .*up to 4 commands/,
  ],
  [
    "a watched command with options",
    sessions({ watchedCommands: ["rm -rf"] }),
    /^sessions\.watchedCommands\[0\]: got "rm -rf"; allowed: the name of a command/,
  ],
  [
    "a watched command that the pattern cannot carry",
    sessions({ watchedCommands: ["r(m)"] }),
    /^sessions\.watchedCommands\[0\]: got "r\(m\)"; /,
  ],
  [
    "no e-mail address",
    sessions({ alertEmails: ["ops"] }),
    /^sessions\.alertEmails\[0\]: got "ops"; allowed: an e-mail address/,
  ],
  [
    "no role that deploys",
    sessions({ deployerRoleArns: ["deploy"] }),
    /^sessions\.deployerRoleArns\[0\]: got "deploy"; allowed: the ARN of an IAM role/,
  ],
  [
    "a role that deploys twice",
    sessions({ deployerRoleArns: Array(2).fill("arn:aws:iam::111122223333:role/deploy") }),
    /^sessions\.deployerRoleArns: .*each once/,
  ],
  [
    "unknown preferences",
    sessions({ adoptAccountPreferences: true }),
    /^sessions\.adoptAccountPreferences: got true; allowed: "import" or "create"/,
  ],
  [
    "unknown fate of recordings",
    sessions({ recordings: "keep" }),
    /^sessions\.recordings: got "keep"; allowed: "retain" or "delete"/,
  ],
  [
    "a bucket that S3 refuses",
    sessions({ archive: { bucketName: "My Bucket" } }),
    /^sessions\.archive\.bucketName: got "My Bucket"; /,
  ],
  [
    "copies for no day",
    sessions({ archive: { expireDays: 0 } }),
    /^sessions\.archive\.expireDays: got 0; allowed: a whole number of days/,
  ],
  [
    "copies for longer than S3 locks any",
    sessions({ archive: { expireDays: 36_501 } }),
    /^sessions\.archive\.expireDays: got 36501; allowed: a whole number of days from 1 to 36500; /,
  ],
  [
    "a lock that S3 does not have",
    sessions({ archive: { lockMode: "complience" } }),
    /^sessions\.archive\.lockMode: got "complience"; allowed: "governance" or "compliance"; did you mean "compliance"\?/,
  ],
  [
    "a lock that nobody lifts on what is to be deleted",
    sessions({ recordings: "delete", archive: { lockMode: "compliance" } }),
    /^sessions\.archive\.lockMode: got "compliance"; allowed: "governance" with recordings: "delete", as nobody can/,
  ],
  [
    "an address twice",
    sessions({ alertEmails: ["a@b.de", "a@b.de"] }),
    /^sessions\.alertEmails: .*each once/,
  ],
  [
    "a bucket's name with two dots",
    sessions({ archive: { bucketName: "my..bucket" } }),
    /^sessions\.archive\.bucketName: /,
  ],
  [
    "an address for a bucket's name",
    sessions({ archive: { bucketName: "192.168.5.4" } }),
    /^sessions\.archive\.bucketName: /,
  ],
  [
    "an expiry for your own bucket",
    sessions({ archive: { bucketName: "mine", expireDays: 9 } }),
    /^sessions\.archive\.expireDays: got 9; .*your bucket has rules of its own/,
  ],
  [
    "a lock for your own bucket",
    sessions({ archive: { bucketName: "mine", lockMode: "governance" } }),
    /^sessions\.archive\.lockMode: got "governance"; allowed: a lock for a bucket that is made; .*your bucket has rules/,
  ],
  [
    "a prefix too long for a bucket's name",
    problems({ namePrefix: "x".repeat(32), sessions: { archive: {} } }),
    /^namePrefix: got "x{32}"; allowed: a namePrefix of up to 28 characters with a bucket made in eu-central-1/,
  ],
  [
    "a target without host",
    forward({ port: 1, cidr: "10.0.0.0/8" }),
    /^sessions\.forward\.db\.host: got nothing; allowed: a host name/,
  ],
  [
    "a target without port",
    forward({ host: "db", cidr: "10.0.0.0/8" }),
    /^sessions\.forward\.db\.port: got nothing; allowed: a port/,
  ],
  [
    "a tunnel to SSH",
    forward({ host: "db", port: 22, cidr: "10.0.0.0/8" }),
    /^sessions\.forward\.db\.port: got 22; allowed: a port other than 22; open shells with npm run connect: SSH in a tunnel is recorded nowhere$/,
  ],
  [
    "a target without network",
    forward({ host: "db", port: 1 }),
    /^sessions\.forward\.db: .*exactly one network: cidr or securityGroupId/,
  ],
  [
    "a target in two networks",
    forward({ host: "db", port: 1, cidr: "10.0.0.0/8", securityGroupId: "sg-0123456789abcdef0" }),
    /exactly one network/,
  ],
  [
    "a target anywhere",
    forward({ host: "db", port: 1, cidr: "0.0.0.0/0" }),
    /^sessions\.forward\.db\.cidr: got "0\.0\.0\.0\/0"; .*never the whole internet/,
  ],
  [
    "a target's port out of range",
    forward({ host: "db", port: 70000, cidr: "10.0.0.0/8" }),
    /^sessions\.forward\.db\.port: got 70000; /,
  ],
  [
    "a target's host with a scheme",
    forward({ host: "https://db", port: 1, cidr: "10.0.0.0/8" }),
    /^sessions\.forward\.db\.host: got "https:\/\/db"; /,
  ],
  [
    "a target that the agent does not forward to",
    forward({ host: "169.254.169.254", port: 80, cidr: "169.254.0.0/16" }),
    /^sessions\.forward\.db\.host: got "169\.254\.169\.254"; allowed: an address that is not link-local; /,
  ],
  [
    "a network of a target that is the instance itself",
    forward({ host: "localhost", port: 8080, cidr: "127.0.0.1/32" }),
    /^sessions\.forward\.db\.cidr: got "127\.0\.0\.1\/32"; allowed: no cidr where the host is the instance itself; remove it: /,
  ],
  [
    "the VPC's block for such a target, which would open all neighbours",
    forward({ host: "127.0.0.1", port: 8080, cidr: "10.10.0.0/23" }),
    /^sessions\.forward\.db\.cidr: got "10\.10\.0\.0\/23"; allowed: no cidr where the host is the instance itself; /,
  ],
  [
    "a security group for such a target",
    forward({ host: "localhost.localdomain", port: 8080, securityGroupId: "sg-0123456789abcdef0" }),
    /^sessions\.forward\.db\.securityGroupId: got "sg-0123456789abcdef0"; allowed: no securityGroupId where /,
  ],
  [
    "SSH on the instance itself",
    forward({ host: "localhost", port: 22 }),
    /^sessions\.forward\.db\.port: got 22; allowed: a port other than 22; /,
  ],
  [
    "a target's network that no packet leaves for",
    forward({ host: "db", port: 1, cidr: "127.0.0.0/16" }),
    /^sessions\.forward\.db\.cidr: got "127\.0\.0\.0\/16"; allowed: a block of addresses that packets leave an instance for; name where the hosts are: 127\.0\.0\.0\/8 is the instance itself$/,
  ],
  [
    "a way out to the metadata service",
    instance({ egress: [{ cidr: "169.254.169.254/32", ports: 80, description: "metadata" }] }),
    /^instances\.web\.egress\[0\]\.cidr: got "169\.254\.169\.254\/32"; allowed: a block of addresses that packets leave/,
  ],
  [
    "a service that answers on the instance itself",
    services({ elsewhere: ["127.0.0.0/24"] }),
    /^network\.endpoints\.services\.elsewhere\[0\]: got "127\.0\.0\.0\/24"; allowed: a private block/,
  ],
  [
    "a network of link-local addresses",
    network({ cidr: "169.254.0.0/16" }),
    /^network\.cidr: got "169\.254\.0\.0\/16"; allowed: a private block/,
  ],
  [
    "a host outside its network",
    forward({ host: "10.30.0.5", port: 5432, cidr: "10.20.0.0/24" }),
    /^sessions\.forward\.db\.cidr: got "10\.20\.0\.0\/24"; allowed: a block that holds 10\.30\.0\.5, the host; /,
  ],
  [
    "a protocol of a target",
    forward({ host: "db", port: 53, cidr: "10.0.0.0/8", protocol: "udp" }),
    /^sessions\.forward\.db\.protocol: no such setting, got "udp"; .*Session Manager forwards TCP, and never UDP$/,
  ],
  [
    "several ports of a target",
    forward({ host: "db", port: 53, cidr: "10.0.0.0/8", ports: { from: 1, to: 2 } }),
    /^sessions\.forward\.db\.ports: no such setting, .*a tunnel leads to one port: /,
  ],
  [
    "a range for a target's port",
    forward({ host: "db", port: "8000-8010", cidr: "10.0.0.0/8" }),
    /^sessions\.forward\.db\.port: got "8000-8010"; allowed: a port from 1 to 65535; write one number, and a target of its own/,
  ],
  [
    "seven instances in sixteen addresses",
    problems({
      network: { cidr: "10.40.0.0/28", availabilityZones: 1, subnetPrefix: 28 },
      sessions: {},
      instances: { a: {}, b: {}, c: {}, d: {}, e: {}, f: {}, g: {} },
    }),
    /^network\.cidr: got "10\.40\.0\.0\/28"; allowed: as many instances as there are addresses for: zone-1 has 16 - 5 that AWS keeps - 4 for endpoints \(ssm, ssmmessages, logs, kms\) - 1 kept for ec2messages, which older agents need = 6, and would get 7; set cidr to "10\.40\.0\.0\/27" and subnetPrefix to 27: /,
  ],
  [
    "more policies than a role can ever have",
    problems({
      iam: { managedPolicyArns: Array.from({ length: 25 }, (_, n) => `arn:aws:iam::aws:policy/P${n}`) },
    }),
    /^iam\.managedPolicyArns: got .*; allowed: up to 25 managed policies attached to a role, the most that AWS gives, not 26; /,
  ],
  [
    "more security groups than an interface can ever have",
    instance({ securityGroupIds: Array.from({ length: 16 }, (_, n) => `sg-0123456789abcde${n + 10}`) }),
    /^instances\.web\.securityGroupIds: got 16; allowed: up to 16 security groups per network interface, the most that AWS gives, not 17; /,
  ],
  [
    "more ways out than a group can ever have",
    instance({
      egress: Array.from({ length: 501 }, (_, n) => ({ cidr: "10.0.0.0/8", ports: n + 1, description: "x" })),
    }),
    /^instances\.web\.egress: got 501; allowed: up to 500 outbound rules per security group, .*not 501; /,
  ],
  [
    "a target's name that no document can have",
    sessions({ forward: { "my db": { host: "db", port: 1, cidr: "10.0.0.0/8" } } }),
    /^sessions\.forward\["my db"\]: got "my db"; allowed: a name of 1 to 40/,
  ],
  [
    "the tag that lets operators in",
    instance({ tags: { SessionAccess: "dev" } }),
    /^instances\.web\.tags\.SessionAccess: got "SessionAccess"; .*decides who may open sessions/,
  ],
  [
    "the same tag for everything",
    problems({ tags: { sessionaccess: "dev" } }),
    /^tags\.sessionaccess: got "sessionaccess"; .*decides who may open sessions/,
  ],
  [
    "the tag that says whether recordings may be destroyed, in other letters",
    problems({ tags: { sessionrecordings: "delete" } }),
    /^tags\.sessionrecordings: got "sessionrecordings"; .*decides what destroying does to recordings/,
  ],
  [
    "the tag that tells the stack",
    problems({ tags: { SessionManagerStack: "x" } }),
    /^tags\.SessionManagerStack: got "SessionManagerStack"; allowed: any other key; rename it: SessionManagerStack decides what commands take for the environment's own/,
  ],
  [
    "the same tag on an instance, in other letters",
    instance({ tags: { sessionmanagerSTACK: "x" } }),
    /^instances\.web\.tags\.sessionmanagerSTACK: got "sessionmanagerSTACK"; .*commands take for the environment's own/,
  ],
])("%s is refused with one line", (_, lines, expected) => {
  expect(lines).toEqual([expect.stringMatching(expected)]);
});

test.each([
  ["an access key", "AKIAIOSFODNN7EXAMPLE"],
  ["a temporary access key", "ASIAIOSFODNN7EXAMPLE"],
  ["an HCP Terraform token", "abcdefghij.atlasv1.klmnop"],
  ["a private key", "-----BEGIN RSA PRIVATE KEY-----"],
  ["a password in a URL", "curl https://me:secret@example.com"],
])("%s is found wherever it stands, and never repeated", (_, secret) => {
  for (const lines of [
    instance({ userData: `export X=${secret}` }),
    problems({
      state: { backend: "s3", bucket: "abc", region: "eu-central-1", prefix: "x", profile: secret },
    }),
  ]) {
    expect(lines).toEqual([
      expect.stringMatching(/: got something that looks like a credential; allowed: no credential/),
    ]);
    expect(lines.join()).not.toContain(secret);
  }
});

test("a misspelt setting of sessions hides nothing that is wrong with instances, nor root shells a bad user", () => {
  const found = problems({
    sessions: { alertEmail: "a@example.com", runAsUser: "a b", rootShell: { user: "root" } },
    instances: { web: { image: WINDOWS, rootVolume: { sizeGiB: 30 } } },
  }).map((line) => line.split(":")[0]);
  expect(found.sort()).toEqual(["sessions.alertEmail", "sessions.rootShell.user", "sessions.runAsUser"]);
  const others = problems({
    sessions: { alertEmail: "a@example.com" },
    instances: { web: { image: WINDOWS, rootVolume: { sizeGiB: 30 } }, two: { userData: "echo" } },
  }).map((line) => line.split(":")[0]);
  expect(others.sort()).toEqual(["instances.two.userData", "instances.web.image", "sessions.alertEmail"]);
});

test("a misspelt word hides no other problem", () => {
  const lines = problems({
    nmaePrefix: "x",
    network: { cidr: "8.8.0.0/16", availabilityZones: ["us-east-1a"] },
    instances: { "a.b": {}, web: { hopLimit: 0, instanceType: "t4g.nano", image: { parameter: "/x86_64" } } },
    state: { backend: "s3" },
    tags: { "aws:x": "y" },
  });
  expect(lines.map((line) => line.split(": ")[0]).sort()).toEqual([
    "instances.web.hopLimit",
    "instances.web.image",
    'instances["a.b"]',
    "network.availabilityZones",
    "network.cidr",
    "nmaePrefix",
    "state.bucket",
    "state.prefix",
    "state.region",
    'tags["aws:x"]',
  ]);
  expect(lines.filter((line) => line.includes("\n"))).toEqual([]);
});

test.each([
  [
    "a Name for everything",
    { tags: { Name: "x" }, instances: { a: { hopLimit: 0 } } },
    ["instances.a.hopLimit", "tags.Name"],
  ],
  [
    "a zone that there is not",
    { instances: { a: { hopLimit: 0 }, b: { zone: "zone-9" } } },
    ["instances.a.hopLimit", "instances.b.zone"],
  ],
  [
    "the open internet",
    { instances: { a: { egress: [{ cidr: "0.0.0.0/0", ports: 1, description: "x", protocol: "TCP" }] } } },
    ["instances.a.egress[0].cidr", "instances.a.egress[0].protocol"],
  ],
  [
    "where a target is",
    { sessions: { forward: { db: { host: "db" } } } },
    ["sessions.forward.db", "sessions.forward.db.port"],
  ],
  [
    "a rule twice",
    {
      instances: {
        a: {
          egress: [
            { cidr: "10.0.0.0/8", description: "x" },
            ...[1, 2].map((n) => ({ cidr: "10.0.0.0/8", ports: 1, description: `${n}` })),
          ],
        },
      },
    },
    ["instances.a.egress[0].ports", "instances.a.egress[2]"],
  ],
])("a wrong value beside it does not hide %s", (_, changes, paths) => {
  expect(
    problems(changes)
      .map((line) => line.split(": ")[0])
      .sort(),
  ).toEqual(paths);
});

test.each(["t3.xlarge", "m7i.2xlarge", "x1e.32xlarge"])("%s is an instance type", (instanceType) => {
  expect(instance({ instanceType })).toEqual([]);
});

test("keys of several Regions and Regions of other partitions are good", () => {
  const kmsKeyId = `arn:aws:kms:eu-central-1:111122223333:key/mrk-${"0".repeat(32)}`;
  expect(instance({ rootVolume: { kmsKeyId } })).toEqual([]);
  expect(problems({ region: "us-gov-east-1" })).toEqual([]);
  expect(instance({ image: { parameter: "/team/minimal-base" } })).toEqual([]);
});

test.each([[undefined], [null], [42], ["dev"], [[]]])("%p is no environment", (exported) => {
  const { problems: found } = validateEnvironment("test", exported);
  expect(found.length).toBeGreaterThan(0);
  expect(found[0]?.message).toMatch(/allowed/);
});
