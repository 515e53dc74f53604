import { JOURNAL_PROFILE } from "../../../modules/facts/command-journal";
import { KEY_ARN } from "../../support/healthy-account";
import { MAKE_SESSION_USER } from "../../../modules/facts/sessions";
import { awsError } from "../../support/recorded";
import type { VpcEndpoint } from "@aws-sdk/client-ec2";
import { ListCommandsCommand } from "@aws-sdk/client-ssm";
import { account, answers, beforeDiagnoses, examine, said, TOPIC, wrong } from "./diagnoses";

beforeDiagnoses();

const inputs = () => (account.documentContent as { inputs: Record<string, unknown> }).inputs;

describe("session document", () => {
  test("one that was edited by hand is named field by field", async () => {
    account.documentContent = {
      inputs: {
        cloudWatchLogGroupName: "/session-manager/dev",
        cloudWatchEncryptionEnabled: false,
        cloudWatchStreamingEnabled: false,
        kmsKeyId: KEY_ARN,
        runAsEnabled: true,
        runAsDefaultUser: "root",
        idleSessionTimeout: "60",
        shellProfile: { linux: "set +o history", windows: "" },
      },
    };
    const checks = await examine();
    expect(wrong(checks)).toEqual(["FAIL session document", "FAIL session user", "unknown archive bucket"]);
    expect(said(checks, "session document")).toMatch(
      /^SessionManager-dev is not as deployed: runs as root, not as ssm-user; streaming off; the demand for an encrypted log group off; types "set \+o history", not what was deployed; .*-> npm run deploy -- dev$/,
    );
  });

  test.each<[field: string, value: unknown, says: RegExp]>([
    ["kmsKeyId", `${KEY_ARN}-other`, /: encrypts with .*-other, not with .*0a1b2c3d -> /],
    ["kmsKeyId", "", /: encrypts with nothing, not with .*0a1b2c3d -> /],
    ["s3BucketName", "theirs", /: copies to theirs, not to copies -> /],
    ["s3KeyPrefix", "elsewhere", /: inputs.s3KeyPrefix is elsewhere, not dev -> /],
    ["maxSessionDuration", undefined, /: longest duration nothing, not 480 -> /],
    ["runAsEnabled", false, /: lets SSM Agent make its user, with sudo -> /],
    [
      "shellProfile",
      { linux: JOURNAL_PROFILE, windows: "x" },
      /: inputs.shellProfile.windows is x, not nothing -> /,
    ],
    ["someNewField", "x", /: inputs.someNewField is x, not nothing -> /],
  ])("%s of %p is named", async (field, value, says) => {
    inputs()[field] = value;
    expect(said(await examine(), "session document")).toMatch(says);
  });

  test("another kind of session is no shell", async () => {
    Object.assign(account.documentContent ?? {}, { sessionType: "InteractiveCommands" });
    expect(said(await examine(), "session document")).toContain(
      "sessionType is InteractiveCommands, not Standard_Stream",
    );
  });

  test("a newer version that is not the default is mentioned", async () => {
    account.latestVersion = "4";
    const checks = await examine();
    expect(wrong(checks)).toEqual([]);
    expect(said(checks, "session document")).toBe(
      "SessionManager-dev records to /session-manager/dev, every field as deployed; version 4 is newer, and not the default, so no session uses it",
    );
  });
});

describe("session user", () => {
  const made = { CommandId: "c-1", Status: "Success", Parameters: { commands: MAKE_SESSION_USER } } as const;

  test("Run Command tells that it was made", async () => {
    account.userData = "";
    account.commands = [{ ...made, RequestedDateTime: new Date("2026-11-20T08:00:00Z") }];
    const checks = await examine();
    expect(wrong(checks)).toEqual([]);
    expect(said(checks, "session user")).toBe(
      "sessions run as ssm-user, made without sudo by Run Command at 2026-11-20T08:00:00.000Z",
    );
  });

  test.each([
    ["failed", [{ ...made, Status: "Failed" as const }]],
    ["did something else", [{ ...made, Parameters: { commands: ["id"] } }]],
    ["did half of it", [{ ...made, Parameters: { commands: MAKE_SESSION_USER.slice(1) } }]],
  ])("one that %s did not make it", async (_, commands) => {
    account.userData = "";
    account.commands = commands;
    expect(wrong(await examine())).toEqual(["unknown session user"]);
  });

  test("who may not ask is told what to do all the same", async () => {
    account.userData = "";
    account.mocks.ssm.on(ListCommandsCommand).rejects(awsError("AccessDeniedException"));
    expect(said(await examine(), "session user")).toMatch(/-> aws ssm send-command /);
  });
});

test.each<[what: string, expected: string, says: RegExp, breaks: () => unknown]>([
  [
    "an instance whose tag was changed",
    "FAIL instance",
    /with SessionAccess=prod, not dev -> npm run deploy/,
    () => (account.instance.Tags = [{ Key: "SessionAccess", Value: "prod" }]),
  ],
  [
    "volumes that do not answer",
    "FAIL status checks",
    /volumes impaired -> see what EC2 says/,
    () => (account.status.AttachedEbsStatus = { Status: "impaired" }),
  ],
  [
    "tests that have not ended",
    "unknown status checks",
    /system initializing, instance ok -> look again/,
    () => (account.status.SystemStatus = { Status: "initializing" }),
  ],
  [
    "metadata without a token",
    "FAIL metadata service",
    /not as deployed: tokens optional, not required, hop limit 64, not 1 ->/,
    () =>
      (account.instance.MetadataOptions = {
        HttpEndpoint: "enabled",
        HttpTokens: "optional",
        HttpPutResponseHopLimit: 64,
      }),
  ],
  [
    "a role that lost a policy which the agent does without",
    "FAIL role's policies",
    /but lacks only-through-vpcs -> npm run deploy/,
    () => (account.ownPolicies = ["record-sessions"]),
  ],
  [
    "a subnet that is not deployed",
    "FAIL subnet",
    /^subnet-3 is not among the deployed subnets, subnet-1, subnet-2 -> npm run deploy/,
    () => (account.instance.SubnetId = "subnet-3"),
  ],
  [
    "an endpoint that answers in IPv6",
    "FAIL endpoint ssm",
    /answers in IPv6 alone/,
    () => Object.assign(account.endpoints[0] ?? {}, { DnsOptions: { DnsRecordIpType: "ipv6" } }),
  ],
  [
    "an endpoint of another account's policy",
    "FAIL endpoint ssm",
    /has a policy that shuts out ssm:UpdateInstanceInformation/,
    () =>
      (account.endpoints[0]!.PolicyDocument = admitting({
        StringEquals: { "aws:PrincipalAccount": "444455556666" },
      })),
  ],
  [
    "an endpoint for an organization",
    "unknown endpoint ssm",
    /its policy narrows ssm:UpdateInstanceInformation .* -> ask who keeps vpce-ssm whether it admits arn:aws:iam::111122223333:role\/dev-instances/,
    () =>
      (account.endpoints[0]!.PolicyDocument = admitting({ StringEquals: { "aws:PrincipalOrgID": "o-1" } })),
  ],
  [
    "a rule out to one of two addresses",
    "FAIL security group egress",
    /^sg-instances let no HTTPS out to ssm, logs, kms -> /,
    () =>
      (account.instanceGroup.IpPermissionsEgress = [
        { IpProtocol: "tcp", FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: "10.10.0.71/32" }] },
        { IpProtocol: "tcp", FromPort: 443, ToPort: 443, PrefixListIds: [{ PrefixListId: "pl-s3" }] },
      ]),
  ],
  [
    "a rule out to another prefix list",
    "FAIL endpoint s3",
    /let no HTTPS out to s3/,
    () =>
      (account.instanceGroup.IpPermissionsEgress = [
        { IpProtocol: "tcp", FromPort: 443, ToPort: 443, UserIdGroupPairs: [{ GroupId: "sg-endpoints" }] },
        { IpProtocol: "tcp", FromPort: 443, ToPort: 443, PrefixListIds: [{ PrefixListId: "pl-dynamodb" }] },
      ]),
  ],
  [
    "an agent whose sessions never worked",
    "FAIL SSM Agent",
    /3\.0\.732\.0 takes no sessions \(aws\/amazon-ssm-agent#355\)/,
    () => Object.assign(account.registration ?? {}, { AgentVersion: "3.0.732.0" }),
  ],
  [
    "the account's role in place of the instance's",
    "FAIL agent's role",
    /service-role\/Default, the account's default host management, stands in where dev-instances may not register, and it may not: sessions are not recorded/,
    () => {
      account.standIn = "service-role/Default";
      account.refused = { "dev-instances ssm:UpdateInstanceInformation": [] };
    },
  ],
  [
    "recordings that are kept for a day",
    "FAIL log group",
    /\/session-manager\/dev keeps days 1, not 365 ->/,
    () => Object.assign(account.logGroup ?? {}, { retentionInDays: 1 }),
  ],
  [
    "a log group without protection, with another key",
    "FAIL log group",
    /is encrypted with other, not .*, has deletion protection false, not true ->/,
    () => Object.assign(account.logGroup ?? {}, { deletionProtectionEnabled: false, kmsKeyId: "other" }),
  ],
  [
    "a key that CloudWatch Logs may not use",
    "FAIL key",
    /its policy lets logs\.eu-central-1\.amazonaws\.com not do kms:Encrypt, kms:Decrypt, /,
    () => (account.keyPolicy = { Statement: [] }),
  ],
  [
    "a watch that is off",
    "FAIL watch",
    /the schedule dev-session-watch is DISABLED/,
    () => Object.assign(answers["scheduler get-schedule"] ?? {}, { State: "DISABLED" }),
  ],
  [
    "a watch that was rewritten",
    "FAIL watch",
    /another definition than is deployed/,
    () => Object.assign(answers["stepfunctions describe-state-machine"] ?? {}, { definition: "{}" }),
  ],
  [
    "an alarm that tells nobody",
    "FAIL alarms",
    /dev-evasion has its actions off; dev-evasion does not tell/,
    () => Object.assign(alarm("dev-evasion"), { ActionsEnabled: false, AlarmActions: [] }),
  ],
  [
    "a metric filter that looks for something else",
    "FAIL alarms",
    /the metric filter dev-\S+ looks for something else/,
    () => (account.metricFilters[0]!.filterPattern = "never"),
  ],
  [
    "an endpoint for another account's principals",
    "FAIL endpoint ssm",
    /has a policy that shuts out ssm:UpdateInstanceInformation/,
    () => (account.endpoints[0]!.PolicyDocument = admitting({}, { AWS: "arn:aws:iam::444455556666:root" })),
  ],
  [
    "an endpoint for another role",
    "FAIL endpoint ssm",
    /has a policy that shuts out ssm:UpdateInstanceInformation/,
    () =>
      (account.endpoints[0]!.PolicyDocument = admitting({}, { AWS: "arn:aws:iam::111122223333:role/other" })),
  ],
  [
    "an endpoint for some resources",
    "unknown endpoint ssm",
    /its policy narrows ssm:UpdateInstanceInformation in a way that cannot be judged from here/,
    () =>
      (account.endpoints[0]!.PolicyDocument = admitting(
        {},
        "*",
        "arn:aws:ssm:eu-central-1:111122223333:parameter/x",
      )),
  ],
  [
    "an endpoint for a value that is no pattern",
    "FAIL endpoint ssm",
    /has a policy that shuts out/,
    () =>
      (account.endpoints[0]!.PolicyDocument = admitting({ StringEquals: { "aws:PrincipalAccount": "*" } })),
  ],
  [
    "an endpoint for another key",
    "FAIL endpoint kms",
    /has a policy that shuts out kms:Decrypt/,
    () => (endpointOf("kms").PolicyDocument = admitting({}, "*", `${KEY_ARN}-other`)),
  ],
  [
    "an endpoint without network interfaces",
    "FAIL endpoint ssm",
    /^vpce-ssm has no address that is known/,
    () => (account.endpoints[0]!.NetworkInterfaceIds = []),
  ],
  [
    "a gateway for a bucket whose name begins alike",
    "FAIL endpoint s3",
    /has a policy that shuts out s3:GetEncryptionConfiguration, s3:PutObject on copies/,
    () => (endpointOf("s3").PolicyDocument = admitting({}, "*", "arn:aws:s3:::copies-other*")),
  ],
  [
    "a gateway for another account",
    "FAIL endpoint s3",
    /has a policy that shuts out s3:GetEncryptionConfiguration, s3:PutObject on copies/,
    () =>
      (endpointOf("s3").PolicyDocument = admitting({
        StringEquals: { "aws:PrincipalAccount": "444455556666" },
      })),
  ],
  [
    "a gateway for an organization",
    "unknown endpoint s3",
    /narrows s3:GetEncryptionConfiguration, s3:PutObject in a way that cannot be judged from here/,
    () => (endpointOf("s3").PolicyDocument = admitting({ StringEquals: { "aws:PrincipalOrgID": "o-1" } })),
  ],
  [
    "a route to an appliance",
    "unknown route",
    /^rtb-1 leads 10\.10\.0\.70\/32 out of vpc-1's own way, by eni-9 -> ask who keeps eni-9/,
    () =>
      account.routes.push({
        DestinationCidrBlock: "10.10.0.70/32",
        NetworkInterfaceId: "eni-9",
        State: "active",
      }),
  ],
  [
    "DHCP options without a name server",
    "unknown DNS of the VPC",
    /name no server for names/,
    () => (account.nameServers = []),
  ],
  [
    "metadata options that EC2 does not say",
    "unknown metadata service",
    /EC2 does not say how it is set/,
    () => (account.instance.MetadataOptions = {}),
  ],
  [
    "a role that a condition keeps from EC2",
    "FAIL role",
    /trusts others, or under other conditions, than is deployed -> npm run deploy/,
    () => trust({ Condition: { StringEquals: { "aws:SourceAccount": "444455556666" } } }),
  ],
  [
    "a role that anybody may take",
    "FAIL role",
    /trusts others, or under other conditions, than is deployed -> npm run deploy/,
    () => trust({ Principal: { Service: "ec2.amazonaws.com", AWS: "*" } }),
  ],
  [
    "a policy of the role's own that says something else",
    "FAIL role's policies",
    /but lacks only-through-vpcs as it is written -> npm run deploy/,
    () => (account.ownPolicy["only-through-vpcs"] = { Statement: [] }),
  ],
  [
    "a key with another policy",
    "FAIL key",
    /has another policy than is deployed -> npm run deploy/,
    () =>
      (account.keyPolicy = {
        Statement: { Effect: "Allow", Principal: { AWS: "*" }, Action: "kms:*", Resource: "*" },
      }),
  ],
  ...(
    [
      ["whose time is over", /it runs only until 2020-01-01/, { EndDate: "2020-01-01T00:00:00+00:00" }],
      ["whose time has not come", /it runs only from 2090-01-01/, { StartDate: "2090-01-01T00:00:00+00:00" }],
      [
        "that runs when it likes",
        /its time window is FLEXIBLE/,
        { FlexibleTimeWindow: { Mode: "FLEXIBLE" } },
      ],
    ] as const
  ).map(([what, says, schedule]): [string, string, RegExp, () => unknown] => [
    `a watch ${what}`,
    "FAIL watch",
    says,
    () => Object.assign(answers["scheduler get-schedule"] ?? {}, schedule),
  ]),
  [
    "a watch that starts with another role and input",
    "FAIL watch",
    /it starts it with \{"x":1\}; the schedule dev-session-watch has the role .*role\/other/,
    () =>
      Object.assign((answers["scheduler get-schedule"] as { Target: object }).Target, {
        Input: '{"x":1}',
        RoleArn: "arn:aws:iam::111122223333:role/other",
      }),
  ],
  [
    "a watch with another role",
    "FAIL watch",
    /the state machine has the role arn:aws:iam::111122223333:role\/other/,
    () =>
      Object.assign(answers["stepfunctions describe-state-machine"] ?? {}, {
        roleArn: "arn:aws:iam::111122223333:role/other",
      }),
  ],
  [
    "an alarm on something narrower",
    "FAIL alarms",
    /dev-evasion has other Dimensions; dev-evasion has another DatapointsToAlarm; dev-evasion has another Unit/,
    () =>
      Object.assign(alarm("dev-evasion"), {
        Dimensions: [{ Name: "x", Value: "y" }],
        DatapointsToAlarm: 5,
        Unit: "Bytes",
      }),
  ],
  [
    "an alarm on another state machine",
    "FAIL alarms",
    /dev-session-watch has other Dimensions/,
    () =>
      Object.assign(alarm("dev-session-watch"), { Dimensions: [{ Name: "StateMachineArn", Value: "a:b" }] }),
  ],
  [
    "a metric filter that counts elsewhere",
    "FAIL alarms",
    /the metric filter dev-\S+ counts into something else/,
    () => (account.metricFilters[0]!.metricTransformations![0]!.metricName = "x"),
  ],
  [
    "a topic that takes no notices",
    "FAIL who is told",
    /has a policy that shuts out events\.amazonaws\.com/,
    () =>
      topic({
        Policy:
          '{"Statement":{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"*","Resource":"*"}}',
      }),
  ],
  [
    "a topic with another key",
    "FAIL who is told",
    /is encrypted with alias\/aws\/sns, not arn:aws:kms/,
    () => topic({ KmsMasterKeyId: "alias/aws/sns" }),
  ],
  [
    "a rule that is off",
    "FAIL notices",
    /the rule dev-session-started is DISABLED/,
    () => Object.assign(answers["describe-rule dev-session-started"] ?? {}, { State: "DISABLED" }),
  ],
])("%s does not pass", async (_, expected, says, breaks) => {
  breaks();
  const checks = await examine();
  expect(wrong(checks)).toContain(expected);
  expect(said(checks, expected.replace(/^\w+ /, ""))).toMatch(says);
});

test("nobody need be told, but it is said", async () => {
  answers["sns list-subscriptions-by-topic"] = {
    Subscriptions: [{ Endpoint: "ops@example.com", SubscriptionArn: "PendingConfirmation" }],
  };
  const checks = await examine();
  expect(wrong(checks)).toEqual([]);
  expect(said(checks, "who is told")).toBe(
    `as deployed, nobody is told by ${TOPIC} -> write alertEmails in sessions, or subscribe something to it`,
  );
});

test("where the instance's own role may register, no other stands in for it", async () => {
  account.standIn = "service-role/Default";
  const checks = await examine();
  expect(wrong(checks)).toEqual([]);
  expect(said(checks, "agent's role")).toBe(
    "dev-instances: it may register, so that service-role/Default does not stand in",
  );
});

test("what EC2 plans for the instance is said, and so is a policy beside those that are deployed", async () => {
  account.status.Events = [
    { Code: "instance-retirement", NotBefore: new Date("2026-12-01T08:00:00Z"), Description: "Hardware" },
    { Code: "system-reboot", NotBefore: new Date(0), Description: "[Completed] Hardware" },
  ];
  account.attached.push("arn:aws:iam::aws:policy/AdministratorAccess");
  account.ownPolicies.push("more");
  const checks = await examine();
  expect(wrong(checks)).toEqual([]);
  expect(said(checks, "status checks")).toBe(
    "system ok, instance ok; EC2 plans instance-retirement at 2026-12-01T08:00:00.000Z",
  );
  expect(said(checks, "role's policies")).toMatch(
    /; beside what is deployed it has AdministratorAccess, more$/,
  );
});

function admitting(Condition: object, Principal: unknown = "*", Resource = "*"): string {
  return JSON.stringify({ Statement: { Effect: "Allow", Principal, Action: "*", Resource, Condition } });
}

function endpointOf(service: string): VpcEndpoint {
  return account.endpoints.find(({ ServiceName }) => ServiceName?.endsWith(`.${service}`)) ?? {};
}

function alarm(name: string): object {
  const { MetricAlarms } = answers["cloudwatch describe-alarms"] as { MetricAlarms: { AlarmName: string }[] };
  return MetricAlarms.find(({ AlarmName }) => AlarmName === name) ?? {};
}

function topic(attributes: object): unknown {
  return Object.assign(
    (answers["sns get-topic-attributes"] as { Attributes: object }).Attributes,
    attributes,
  );
}

/** Has the role's trust policy say something else. */
function trust(change: object): unknown {
  const own = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
  return Object.assign(account.profile?.Roles?.[0] ?? {}, {
    AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify({ Statement: [{ ...own, ...change }] })),
  });
}
