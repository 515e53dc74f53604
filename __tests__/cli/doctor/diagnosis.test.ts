import { join } from "node:path";
import { DescribeVpcEndpointsCommand } from "@aws-sdk/client-ec2";
import { SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import { GetDocumentCommand } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { type SynthesizedEnvironment, readEnvironments } from "../../../cli/assembly/environments";
import { type DiagnosedCheck, diagnose } from "../../../cli/doctor/diagnosis";
import { Workspace } from "../../support/cli";
import { MIXED } from "../../support/existing-network";
import { HealthyAccount, INSTANCE_ID, PROFILE_ARN } from "../../support/healthy-account";
import { awsError } from "../../support/recorded";
import { MINIMAL } from "../../support/synth";

const account = new HealthyAccount();
const path = process.env.PATH;
let workspace: Workspace;
let environments: readonly SynthesizedEnvironment[];

const programs = (...names: string[]): void => {
  process.env.PATH = [...names.map((name) => join(workspace.folder, name)), path].join(":");
};

beforeAll(() => {
  workspace = new Workspace({
    dev: { ...MINIMAL, network: { endpoints: { ec2Messages: false } }, sessions: { archive: {} } },
    far: MIXED,
    plain: MINIMAL,
  });
  for (const stack of ["dev-instances", "far-instances", "plain-instances"]) {
    workspace.deployed(stack, { instance_ids: { web: INSTANCE_ID }, instance_profile_arn: PROFILE_ARN });
  }
  workspace.program("aws", 'console.log("aws-cli/2.31.0 Python/3.13.7")');
  workspace.program("session-manager-plugin", 'console.log("1.2.707.0")');
  environments = readEnvironments(join(workspace.folder, "cdktf.out"));
});
afterAll(() => {
  process.env.PATH = path;
  workspace.remove();
});
beforeEach(() => {
  delete process.env.AWS_ACCESS_KEY_ID;
  account.heal();
  programs("programs");
});

async function examine(name = "dev", among = environments): Promise<DiagnosedCheck[]> {
  const environment = among.find((one) => one.name === name);
  if (environment?.instances[0] === undefined) {
    throw new Error(`no ${name}`);
  }
  return diagnose({ environment, instance: environment.instances[0] });
}

/** The checks that do not pass, such as `FAIL route`. */
const wrong = (checks: readonly DiagnosedCheck[]): string[] =>
  checks.filter(({ result }) => result !== "pass").map(({ check, result }) => `${result} ${check}`);

/** What a check says. */
const told = (checks: readonly DiagnosedCheck[], name: string): string =>
  checks
    .filter(({ check }) => check === name)
    .map(({ seen, fix }) => `${seen}${fix === undefined ? "" : ` -> ${fix}`}`)
    .join();

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
    ["FAIL instance profile", "unknown role", "unknown role's policies"],
    () => delete account.instance.IamInstanceProfile,
  ],
  [
    "another profile",
    ["FAIL instance profile"],
    () => (account.instance.IamInstanceProfile = { Arn: `${PROFILE_ARN}-other`, Id: "AIPA1" }),
  ],
  [
    "a profile that is gone",
    ["FAIL instance profile", "unknown role", "unknown role's policies"],
    () => (account.profile = undefined),
  ],
  [
    "a profile that was made again",
    ["FAIL instance profile"],
    () => Object.assign(account.profile ?? {}, { InstanceProfileId: "AIPA2" }),
  ],
  [
    "a profile without role",
    ["FAIL role", "unknown role's policies"],
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
    ["FAIL Systems Manager", "unknown SSM Agent"],
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
  ["no document", ["FAIL session document", "unknown key"], () => (account.documentContent = undefined)],
  ["a document in the making", ["FAIL session document"], () => (account.documentStatus = "Creating")],
  [
    "a document that records elsewhere",
    ["FAIL session document"],
    () => (account.documentContent = { inputs: { kmsKeyId: "key" } }),
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
  expect(words.map(({ check }) => `${check}: ${told(checks, check)}`)).toMatchSnapshot();
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
  ]);
  expect(checks.map(({ check }) => `${check}: ${told(checks, check)}`).slice(9, 19)).toMatchSnapshot();
});

test("what is not recorded has no document, log group or key", async () => {
  const checks = await examine("plain");
  expect(wrong(checks)).toEqual([]);
  expect(checks.map(({ check }) => check)).not.toContain("session document");
  account.refused = { "Operator ssm:StartSession": [] };
  expect(told(await examine("plain"), "your permission")).toMatch(/-> ask for ssm:StartSession/);
});

test("what may not be read is unknown, with the permission that it takes", async () => {
  account.mocks.ec2.on(DescribeVpcEndpointsCommand).rejects(awsError("UnauthorizedOperation"));
  account.mocks.ssm.on(GetDocumentCommand).rejects(awsError("AccessDeniedException"));
  const checks = await examine();
  expect(wrong(checks)).toEqual(
    [
      ...["subnet", "route", "endpoint ssm", "endpoint ssmmessages", "endpoint logs", "endpoint kms"],
      ...["endpoint s3", "security group egress", "security group ingress", "session document", "key"],
    ].map((check) => `unknown ${check}`),
  );
  expect(told(checks, "route")).toMatch(/^denied: ec2:DescribeVpcEndpoints in eu-central-1: ask for/);
});

test("without simulation, a role has what this project attaches, or fails", async () => {
  account.mocks.iam.on(SimulatePrincipalPolicyCommand).rejects(awsError("AccessDenied"));
  const checks = await examine();
  expect(wrong(checks)).toEqual(["unknown role's policies", "unknown your permission"]);
  expect(told(checks, "role's policies")).toMatch(
    /^AmazonSSMManagedInstanceCore is attached; more is not known: denied: iam:SimulatePrincipalPolicy/,
  );
  account.attached = [];
  expect(wrong(await examine())).toEqual(["FAIL role's policies", "unknown your permission"]);
});

test("of a role IAM is asked with its path, of a user as is, of the root user not at all", async () => {
  const principals = async (identity: string): Promise<(string | undefined)[]> => {
    account.mocks.iam.resetHistory();
    account.identity = identity;
    await examine();
    const calls = account.mocks.iam.commandCalls(SimulatePrincipalPolicyCommand);
    const asked = calls.map(({ args }) => args[0].input.PolicySourceArn);
    return [...new Set(asked)].filter((arn) => !arn?.endsWith("/dev-instances"));
  };
  expect(await principals("arn:aws:sts::111122223333:assumed-role/Operator/alice")).toEqual([
    "arn:aws:iam::111122223333:role/people/Operator",
  ]);
  expect(await principals("arn:aws:iam::111122223333:user/alice")).toEqual([
    "arn:aws:iam::111122223333:user/alice",
  ]);
  expect(await principals("arn:aws:iam::111122223333:root")).toEqual([]);
  expect(told(await examine(), "your permission")).toBe(
    "IAM cannot be asked about arn:aws:iam::111122223333:root",
  );
});

test("a session is asked for with the tag of the instance, and its document", async () => {
  await examine();
  const calls = account.mocks.iam
    .commandCalls(SimulatePrincipalPolicyCommand)
    .map(({ args }) => args[0].input);
  const own = calls.filter(({ PolicySourceArn }) => PolicySourceArn?.endsWith("/Operator"));
  expect(
    own.map(({ ActionNames, ResourceArns, ContextEntries = [] }) => [
      ActionNames,
      ResourceArns,
      ContextEntries.map(
        ({ ContextKeyName, ContextKeyValues }) => `${ContextKeyName}=${ContextKeyValues?.join()}`,
      ),
    ]),
  ).toEqual([
    [
      ["ssm:StartSession"],
      [`arn:aws:ec2:eu-central-1:111122223333:instance/${INSTANCE_ID}`],
      ["ssm:SessionDocumentAccessCheck=true", "ssm:resourceTag/SessionAccess=dev"],
    ],
    [
      ["ssm:StartSession"],
      ["arn:aws:ssm:eu-central-1:111122223333:document/SessionManager-dev"],
      ["ssm:SessionDocumentAccessCheck=true"],
    ],
  ]);
});

test("the agent's requests are asked on what it asks them of", async () => {
  await examine();
  const calls = account.mocks.iam
    .commandCalls(SimulatePrincipalPolicyCommand)
    .map(({ args }) => args[0].input);
  const asked = calls
    .filter(({ PolicySourceArn }) => PolicySourceArn?.endsWith("/dev-instances"))
    .map(({ ActionNames = [], ResourceArns }) => `${ActionNames.join(" ")} on ${ResourceArns?.join()}`);
  expect(asked).toMatchSnapshot();
});

test("without credentials for the account, nothing else is asked of it", async () => {
  account.identity = "arn:aws:iam::444455556666:user/alice";
  const checks = await examine();
  expect(checks[0]).toEqual({
    check: "AWS credentials",
    result: "FAIL",
    seen: "arn:aws:iam::444455556666:user/alice, and web is in account 111122223333",
    fix: "choose a profile of that account with AWS_PROFILE",
  });
  expect(checks[1]).toMatchObject({ check: "AWS CLI and plugin", result: "pass" });
  expect(new Set(checks.slice(2).map(({ result, seen }) => `${result}: ${seen}`))).toEqual(
    new Set(["unknown: not asked, without credentials for the account"]),
  );
  expect(account.mocks.ec2.calls()).toEqual([]);

  account.mocks.sts.on(GetCallerIdentityCommand).rejects(awsError("ExpiredToken"));
  expect((await examine())[0]?.seen).toMatch(/^your AWS credentials have expired: renew them/);
});

test("an instance that is not deployed is that, and everything about it is not asked", async () => {
  const fresh = new Workspace({ dev: MINIMAL });
  account.instance.State = { Name: "terminated" };
  const checks = await examine("dev", readEnvironments(join(fresh.folder, "cdktf.out")));
  fresh.remove();
  expect(told(checks, "instance")).toBe(
    "web is not deployed, or in another account than your credentials (the state of dev-instances has no web): npm run deploy -- dev",
  );
  expect(told(checks, "route")).toBe("not asked, since the instance is not found");
});

test("a document that is not JSON is not read", async () => {
  account.mocks.ssm.on(GetDocumentCommand).resolves({ Status: "Active", Content: "schemaVersion: '1.0'" });
  const checks = await examine();
  expect(wrong(checks)).toEqual(["unknown session document", "unknown key"]);
  expect(told(checks, "key")).toBe("SessionManager-dev is not JSON: npm run deploy -- dev");
});

test("what is missing on this machine, or does not start, is named", async () => {
  process.env.PATH = "/nowhere";
  expect(told(await examine(), "AWS CLI and plugin")).toMatch(
    /^no aws on the PATH: install the AWS CLI, https:.*; no session-manager-plugin on the PATH: install it, https:/,
  );
  const broken = new Workspace();
  broken.program("aws", 'console.error("wrong glibc"); process.exit(1)');
  broken.program("session-manager-plugin");
  process.env.PATH = `${broken.folder}/programs:${path}`;
  expect(told(await examine(), "AWS CLI and plugin")).toBe(
    `${broken.folder}/programs/aws does not start: wrong glibc: install it again`,
  );
  broken.write("programs/aws", "no program");
  expect(told(await examine(), "AWS CLI and plugin")).toMatch(/aws does not start: .*: install it again$/);
  broken.remove();
});
