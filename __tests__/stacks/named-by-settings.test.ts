import { validateEnvironment } from "../../stacks/settings/validate";
import { MINIMAL, synthEnvironment } from "../support/synth";

const problems = (changes: object): string[] =>
  validateEnvironment("test", { ...MINIMAL, ...changes }).problems.map(
    ({ path, message }) => `${path}: ${message}`,
  );
const ROLE = "arn:aws:iam::111122223333:role/deploy";
const key = (region: string, partition = "aws") =>
  `arn:${partition}:kms:${region}:444455556666:key/12345678-1234-1234-1234-123456789012`;
const POLICY = "arn:aws:iam::444455556666:policy/team";
const S3 = { backend: "s3", bucket: "state", region: "eu-central-1", prefix: "x" };

test.each<[string, object, (string | RegExp)[]]>([
  [
    "roles and policies of another partition",
    {
      region: "us-gov-west-1",
      assumeRoleArn: ROLE,
      iam: { managedPolicyArns: ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"] },
      sessions: { deployerRoleArns: [ROLE] },
    },
    [
      `assumeRoleArn: got "${ROLE}"; allowed: an ARN that begins with arn:aws-us-gov:, as us-gov-west-1 is in that partition; name what is there: partitions share nothing`,
      /^iam\.managedPolicyArns\["?0"?\]: got /,
      /^sessions\.deployerRoleArns\["?0"?\]: got /,
    ],
  ],
  [
    "what is in an account that is not allowed",
    {
      allowedAccountIds: ["111122223333"],
      assumeRoleArn: ROLE,
      iam: { permissionsBoundaryArn: POLICY, managedPolicyArns: [POLICY] },
    },
    [
      /^iam\.permissionsBoundaryArn: got .*; allowed: an ARN in account 111122223333, which allowedAccountIds has; /,
      /^iam\.managedPolicyArns\["?0"?\]: got /,
    ],
  ],
  [
    "a role in an account that may not be deployed to",
    { allowedAccountIds: ["999900001111"], assumeRoleArn: ROLE },
    [/^assumeRoleArn: got .*in account 999900001111/],
  ],
  [
    "two accounts, where only one can be meant",
    { assumeRoleArn: ROLE, iam: { permissionsBoundaryArn: POLICY } },
    [/^iam\.permissionsBoundaryArn: got .*in account 111122223333, as assumeRoleArn has it/],
  ],
  [
    "a key of another Region",
    { instances: { web: { rootVolume: { kmsKeyId: key("eu-west-1") } } } },
    [/^instances\.web\.rootVolume\.kmsKeyId: got .*; allowed: an ARN in eu-central-1; /],
  ],
  [
    "a key and a role that are not where the state is",
    {
      state: {
        ...S3,
        kmsKeyId: key("us-east-1"),
        assumeRoleArn: "arn:aws-us-gov:iam::111122223333:role/state",
      },
    },
    [/^state\.kmsKeyId: .*in eu-central-1/, /^state\.assumeRoleArn: .*begins with arn:aws:/],
  ],
  [
    "copies that go before what they are copies of",
    { sessions: { archive: { expireDays: 30 } } },
    [
      "sessions.archive.expireDays: got 30; allowed: 365 days or more, as long as the log group keeps what they are copies of; keep copies longer, or choose a shorter retentionDays",
    ],
  ],
  [
    "an access point in place of a bucket",
    { sessions: { archive: { bucketName: "copies-abc-s3alias" } } },
    [/^sessions\.archive\.bucketName: got "copies-abc-s3alias"; /],
  ],
  [
    "a bucket of one zone",
    { sessions: { archive: { bucketName: "copies--euc1-az1--x-s3" } } },
    [/^sessions\.archive\.bucketName: got /],
  ],
])("%s: refused before anything is written", (_, changes, refusals) => {
  const found = problems(changes);
  expect(found).toHaveLength(refusals.length);
  refusals.forEach((refusal, index) => expect(found[index]).toMatch(refusal));
});

test.each<[string, object]>([
  [
    "a key that another account shares",
    { instances: { web: { rootVolume: { kmsKeyId: key("eu-central-1") } } } },
  ],
  [
    "a policy in one of several accounts",
    { allowedAccountIds: ["111122223333", "444455556666"], iam: { permissionsBoundaryArn: POLICY } },
  ],
  [
    "a role that reads a state elsewhere",
    { assumeRoleArn: ROLE, state: { ...S3, assumeRoleArn: "arn:aws:iam::444455556666:role/state" } },
  ],
  ["copies for as long as the log group keeps", { sessions: { archive: { expireDays: 365 } } }],
  ["the longest period beside the default of copies", { sessions: { retentionDays: 3653, archive: {} } }],
  ["that default said aloud", { sessions: { retentionDays: 3653, archive: { expireDays: 3650 } } }],
])("%s: accepted", (_, changes) => {
  expect(problems(changes)).toEqual([]);
});

describe("what a look-up tells stops the plan", () => {
  const { instances } = synthEnvironment({
    ...MINIMAL,
    sessions: { forward: { db: { host: "db", port: 5432, securityGroupId: "sg-00000000000000001" } } },
    instances: {
      web: {
        rootVolume: { kmsKeyId: key("eu-central-1") },
        securityGroupIds: ["sg-00000000000000002"],
        egress: [
          { securityGroupId: "sg-00000000000000003", ports: 443, description: "x" },
          { prefixListId: "pl-63a5400a", ports: 443, description: "x" },
        ],
      },
      api: { securityGroupIds: ["sg-00000000000000002"] },
    },
  });

  test("a key that cannot encrypt a volume", () => {
    const [lookup] = Object.values(instances.data("aws_kms_key"));
    expect(lookup).toMatchObject({ key_id: key("eu-central-1") });
    expect(lookup?.lifecycle.postcondition.map(({ condition }: { condition: string }) => condition)).toEqual([
      '${self.key_state == "Enabled"}',
      '${self.key_usage == "ENCRYPT_DECRYPT" && self.customer_master_key_spec == "SYMMETRIC_DEFAULT"}',
    ]);
  });

  test("a group that is not there, or is in another VPC; each is read once", () => {
    const groups = Object.values(instances.data("aws_security_group"));
    expect(groups.map(({ id }) => id as string).sort()).toEqual(
      [1, 2, 3].map((n) => `sg-0000000000000000${n}`),
    );
    const own = groups.find(({ id }) => id === "sg-00000000000000002");
    expect(own?.lifecycle.postcondition).toEqual([
      {
        condition: expect.stringMatching(
          /^\$\{self\.vpc_id == data\.terraform_remote_state\.test-networking\.outputs\.vpc_id\}$/,
        ),
        error_message: expect.stringMatching(
          /^securityGroupIds: sg-00000000000000002 is in \$\{self\.vpc_id\}, /,
        ),
      },
    ]);
  });

  test("a prefix list that is not there", () => {
    expect(Object.values(instances.data("aws_ec2_managed_prefix_list"))).toMatchObject([
      { id: "pl-63a5400a" },
    ]);
  });

  test("what names nothing looks up nothing", () => {
    const { instances: plain } = synthEnvironment(MINIMAL);
    for (const type of ["aws_kms_key", "aws_security_group", "aws_ec2_managed_prefix_list", "aws_ami"]) {
      expect(plain.data(type)).toEqual({});
    }
  });
});
