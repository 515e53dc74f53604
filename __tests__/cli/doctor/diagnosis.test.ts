import { PROFILE_ARN } from "../../support/healthy-account";
import { awsError } from "../../support/recorded";
import { account, beforeDiagnoses, examine, said, wrong } from "./diagnoses";

beforeDiagnoses();

test("finds nothing where an instance can be reached, and asks what it shares once", async () => {
  const checks = await examine();
  expect(checks.map(({ check, result, seen }) => `${check}: ${result}: ${seen}`)).toMatchSnapshot();
  const asked = account.mocks.ec2.calls().map(({ args }) => args[0].constructor.name);
  const often = ["DescribeSubnetsCommand", "DescribeVpcAttributeCommand"];
  expect(asked.filter((one, index) => asked.indexOf(one) !== index && !often.includes(one)).sort()).toEqual([
    // Of the instance, and of the endpoints.
    "DescribeSecurityGroupsCommand",
  ]);
});

const endpointOf = (service: string) =>
  account.endpoints.find(({ ServiceName }) => ServiceName?.endsWith(`.${service}`)) ?? {};

test.each<[name: string, expected: string[], breaks: () => unknown]>([
  [
    "a stopped instance",
    ["FAIL instance", "unknown status checks", "unknown Systems Manager"],
    () => (account.instance.State = { Name: "stopped" }),
  ],
  [
    "an instance that boots",
    ["FAIL instance", "unknown status checks", "unknown Systems Manager"],
    () => (account.instance.State = { Name: "pending" }),
  ],
  ["broken hardware", ["FAIL status checks"], () => (account.status.SystemStatus = { Status: "impaired" })],
  [
    "an operating system that does not boot",
    ["FAIL status checks"],
    () => (account.status.InstanceStatus = { Status: "impaired" }),
  ],
  [
    "no metadata service",
    ["FAIL metadata service"],
    () => (account.instance.MetadataOptions = { HttpEndpoint: "disabled" }),
  ],
  [
    "no profile",
    ["FAIL instance profile", "unknown role", "unknown role's policies", "unknown agent's role"],
    () => delete account.instance.IamInstanceProfile,
  ],
  [
    "another profile",
    ["FAIL instance profile"],
    () => (account.instance.IamInstanceProfile = { Arn: `${PROFILE_ARN}-other`, Id: "AIPA1" }),
  ],
  [
    "a profile that is gone",
    ["FAIL instance profile", "unknown role", "unknown role's policies", "unknown agent's role"],
    () => (account.profile = undefined),
  ],
  [
    "a profile that was made again",
    ["FAIL instance profile"],
    () => Object.assign(account.profile ?? {}, { InstanceProfileId: "AIPA2" }),
  ],
  [
    "a profile without role",
    ["FAIL role", "unknown role's policies", "unknown agent's role"],
    () => Object.assign(account.profile ?? {}, { Roles: [] }),
  ],
  [
    "a role for another service",
    ["FAIL role"],
    () =>
      Object.assign(account.profile?.Roles?.[0] ?? {}, {
        AssumeRolePolicyDocument: encodeURIComponent(
          '{"Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}',
        ),
      }),
  ],
  [
    "a role that may not register",
    ["FAIL role's policies"],
    () => {
      account.attached = [];
      account.refused = { "dev-instances ssm:UpdateInstanceInformation": [] };
    },
  ],
  [
    "a role that may not record",
    ["FAIL role's policies"],
    () =>
      (account.refused = {
        "dev-instances logs:PutLogEvents": [],
        "dev-instances kms:Decrypt": [],
        "dev-instances s3:PutObject": [],
      }),
  ],
  [
    "a network ACL without answers",
    ["FAIL subnet"],
    () =>
      (account.aclEntries = account.aclEntries.map((entry) =>
        entry.Egress ? entry : { ...entry, Protocol: "6", PortRange: { From: 443, To: 443 } },
      )),
  ],
  ["no route", ["FAIL route"], () => (account.routes = [])],
  [
    "a blackhole",
    ["FAIL route"],
    () => account.routes.push({ DestinationCidrBlock: "10.10.0.64/26", State: "blackhole" }),
  ],
  ["DNS support off", ["FAIL DNS of the VPC"], () => (account.dns.enableDnsSupport = false)],
  [
    "name servers of one's own",
    ["unknown DNS of the VPC"],
    () => (account.nameServers = ["10.10.0.2", "192.168.0.53"]),
  ],
  ["an endpoint that is gone", ["FAIL endpoint ssm"], () => account.endpoints.shift()],
  ["an endpoint in the making", ["FAIL endpoint ssm"], () => (endpointOf("ssm").State = "pending" as never)],
  [
    "an endpoint without a name",
    ["FAIL endpoint ssmmessages"],
    () => (endpointOf("ssmmessages").PrivateDnsEnabled = false),
  ],
  [
    "an endpoint without subnets",
    ["FAIL endpoint kms"],
    () => Object.assign(endpointOf("kms"), { SubnetIds: [], NetworkInterfaceIds: [] }),
  ],
  [
    "an endpoint with a narrow policy",
    ["FAIL endpoint logs"],
    () =>
      (endpointOf("logs").PolicyDocument =
        '{"Statement":{"Effect":"Allow","Principal":"*","Action":"logs:Put*","Resource":"*"}}'),
  ],
  ["no gateway to S3", ["FAIL endpoint s3"], () => account.endpoints.pop()],
  ["a gateway without route", ["FAIL endpoint s3"], () => (endpointOf("s3").RouteTableIds = ["rtb-main"])],
  [
    "no way out",
    ["FAIL endpoint s3", "FAIL security group egress"],
    () => (account.instanceGroup.IpPermissionsEgress = []),
  ],
  ["no way in", ["FAIL security group ingress"], () => (account.endpointGroup.IpPermissions = [])],
  [
    "a way in for a list that may hold the instance",
    ["unknown security group ingress"],
    () =>
      (account.endpointGroup.IpPermissions = [
        { IpProtocol: "tcp", FromPort: 443, ToPort: 443, PrefixListIds: [{ PrefixListId: "pl-1" }] },
      ]),
  ],
  [
    "a list for another port",
    ["FAIL security group ingress"],
    () =>
      (account.endpointGroup.IpPermissions = [
        { IpProtocol: "tcp", FromPort: 22, ToPort: 22, PrefixListIds: [{ PrefixListId: "pl-1" }] },
      ]),
  ],
  [
    "an instance that did not register",
    ["FAIL Systems Manager", "unknown SSM Agent", "unknown agent's role"],
    () => (account.registration = undefined),
  ],
  [
    "a lost connection",
    ["FAIL Systems Manager"],
    () =>
      Object.assign(account.registration ?? {}, {
        PingStatus: "ConnectionLost",
        LastPingDateTime: new Date(0),
      }),
  ],
  ["an agent that takes no sessions", ["FAIL Systems Manager"], () => (account.connection = "notconnected")],
  [
    "an old agent",
    ["FAIL SSM Agent"],
    () => Object.assign(account.registration ?? {}, { AgentVersion: "3.2.2303.0" }),
  ],
  [
    "no document",
    ["FAIL session document", "unknown session user", "unknown key", "unknown archive bucket"],
    () => (account.documentContent = undefined),
  ],
  ["a document in the making", ["FAIL session document"], () => (account.documentStatus = "Creating")],
  [
    "a document that records elsewhere",
    ["FAIL session document", "FAIL session user", "unknown archive bucket"],
    () =>
      (account.documentContent = {
        inputs: { kmsKeyId: "key", runAsEnabled: true, runAsDefaultUser: "ops" },
      }),
  ],
  [
    "a document that runs as whom the agent makes",
    ["FAIL session document", "FAIL session user"],
    () => Object.assign((account.documentContent as { inputs: object }).inputs, { runAsEnabled: false }),
  ],
  ["an instance from before its session user", ["unknown session user"], () => (account.userData = "")],
  [
    "Windows",
    ["unknown session user"],
    () => (account.instance.Platform = "windows" as typeof account.instance.Platform),
  ],
  ["no log group", ["FAIL log group"], () => (account.logGroup = undefined)],
  ["a log group without key", ["FAIL log group"], () => delete account.logGroup?.kmsKeyId],
  ["no key", ["FAIL key"], () => (account.keyState = undefined)],
  ["a key that is off", ["FAIL key"], () => (account.keyState = "Disabled")],
  ["a key that is to be deleted", ["FAIL key"], () => (account.keyState = "PendingDeletion")],
  [
    "a person without the key",
    ["FAIL your use of the key"],
    () => (account.keyRefusal = awsError("AccessDeniedException")),
  ],
  [
    "a key that does not answer",
    ["unknown your use of the key"],
    () => (account.keyRefusal = awsError("DependencyTimeoutException")),
  ],
  [
    "a person who may not start sessions",
    ["FAIL your permission"],
    () => (account.refused = { "Operator ssm:StartSession": [] }),
  ],
  [
    "a person who may with a second factor",
    ["unknown your permission"],
    () => (account.refused = { "Operator ssm:StartSession": ["aws:MultiFactorAuthPresent"] }),
  ],
])("%s: what is wrong, and what to do", async (_, expected, breaks) => {
  breaks();
  const checks = await examine();
  expect(wrong(checks)).toEqual(expected);
  const words = checks.filter(({ result }) => result !== "pass");
  expect(words.map(({ check }) => `${check}: ${said(checks, check)}`)).toMatchSnapshot();
});

test("a user whom the image must bring is not looked for", async () => {
  account.userData = "";
  Object.assign((account.documentContent as { inputs: object }).inputs, { runAsDefaultUser: "ops" });
  const checks = await examine("ops");
  expect(said(checks, "session user")).toBe(
    "sessions run as ops, whom the image must bring: without, they are refused",
  );
});

test("what others keep of an existing network is mended there", async () => {
  account.endpoints.forEach((one) => (one.PrivateDnsEnabled = false));
  account.dns.enableDnsHostnames = false;
  account.endpointGroup.IpPermissions = [];
  account.instanceGroup.IpPermissionsEgress = [];
  account.endpoints = account.endpoints.filter(({ ServiceName }) => !ServiceName?.endsWith(".ssmmessages"));
  const checks = await examine("far");
  expect(wrong(checks)).toEqual([
    "FAIL route",
    "FAIL DNS of the VPC",
    "FAIL endpoint ssm",
    "FAIL endpoint ssmmessages",
    "unknown endpoint ec2messages",
    "FAIL endpoint logs",
    "unknown endpoint kms",
    "FAIL endpoint s3",
    "FAIL security group egress",
    "FAIL security group ingress",
    "FAIL session document",
    "FAIL log group",
    "FAIL watch",
    "FAIL alarms",
    "FAIL notices",
  ]);
  expect(checks.map(({ check }) => `${check}: ${said(checks, check)}`).slice(9, 19)).toMatchSnapshot();
});
