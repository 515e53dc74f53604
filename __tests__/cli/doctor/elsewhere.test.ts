import { GetConnectionStatusCommand } from "@aws-sdk/client-ssm";
import { awsError } from "../../support/recorded";
import { account, beforeDiagnoses, examine, HUB, said, wrong } from "./diagnoses";

beforeDiagnoses();

/** The account of a spoke, whose services answer in a hub. */
beforeEach(() => {
  account.endpoints = [];
  account.routes.push({ DestinationCidrBlock: HUB, TransitGatewayId: "tgw-1", State: "active" });
  account.attachments = [{ State: "available", SubnetIds: ["subnet-1"] }];
  account.instanceGroup.IpPermissionsEgress = [
    { IpProtocol: "tcp", FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: HUB }] },
  ];
  account.instance.LaunchTime = new Date(0);
});

const examineHub = () => examine("hub");

test("what the instance's own standing proves passes", async () => {
  const checks = await examineHub();
  expect(wrong(checks)).toEqual([]);
  expect(said(checks, "endpoint ssm")).toBe(
    "answers in 10.1.0.0/24: the instance is Online, which it tells by ssm",
  );
  expect(said(checks, "endpoint ssmmessages")).toBe(
    "answers in 10.1.0.0/24: the agent has its channel there",
  );
  expect(said(checks, "route")).toBe("rtb-1 leads to every service, by tgw-1");
});

test("Online without a channel accuses ssmmessages, and says what to ask whom", async () => {
  account.connection = "notconnected";
  const checks = await examineHub();
  expect(wrong(checks)).toEqual(["FAIL endpoint ssmmessages", "FAIL Systems Manager"]);
  expect(checks.map(({ check }) => `${check}: ${said(checks, check)}`).slice(11)).toMatchSnapshot();
});

test("without a registration, the first suspect is the hub", async () => {
  account.registration = undefined;
  const checks = await examineHub();
  expect(wrong(checks)).toEqual([
    "unknown endpoint ssm",
    "unknown endpoint ssmmessages",
    "FAIL Systems Manager",
    "unknown SSM Agent",
    "unknown agent's role",
  ]);
  expect(said(checks, "Systems Manager")).toMatch(
    /^not registered -> nothing fails above, so in this order: ask whoever keeps 10\.1\.0\.0\/24, .*; then aws ec2 reboot-instances .*; then whoever makes its image can tell /,
  );
});

test("an instance that has just started is given its time", async () => {
  account.connection = "notconnected";
  account.instance.LaunchTime = new Date();
  const checks = await examineHub();
  expect(wrong(checks)).toEqual(["unknown endpoint ssmmessages", "FAIL Systems Manager"]);
  expect(said(checks, "Systems Manager")).toMatch(/in this order: look again 10 minutes after its start/);
});

test("who may not ask for the channel knows nothing of it", async () => {
  account.mocks.ssm.on(GetConnectionStatusCommand).rejects(awsError("AccessDeniedException"));
  expect(wrong(await examineHub())).toEqual(["unknown endpoint ssmmessages", "unknown Systems Manager"]);
});

test("where services answer in the VPC, an agent without a channel is no dead end either", async () => {
  account.heal();
  account.connection = "notconnected";
  const checks = await examine();
  expect(wrong(checks)).toEqual(["FAIL Systems Manager"]);
  expect(said(checks, "Systems Manager")).toMatch(
    /^Online, but takes no sessions: its agent reaches ssm, and has no channel to ssmmessages, by which sessions come -> nothing fails above, so in this order: aws ec2 reboot-instances /,
  );
});

test.each<[what: string, says: RegExp, breaks: () => unknown]>([
  [
    "an attachment that nobody accepted",
    /^rtb-1 leads to tgw-1, to which the attachment of vpc-1 is pendingAcceptance ->/,
    () => (account.attachments = [{ State: "pendingAcceptance" }]),
  ],
  ["no attachment", /to which the attachment of vpc-1 is missing/, () => (account.attachments = [])],
  [
    "an attachment in another zone",
    /which has no subnet of vpc-1 in eu-central-1a, but in eu-central-1b/,
    () => (account.attachments = [{ State: "available", SubnetIds: ["subnet-2"] }]),
  ],
  [
    "a route to the internet",
    /^rtb-1 leads 10\.1\.0\.0\/24 to the internet, where nobody answers for it -> ask who/,
    () => (account.routes = [{ DestinationCidrBlock: "0.0.0.0/0", GatewayId: "igw-1", State: "active" }]),
  ],
  [
    "a block that the VPC has itself",
    /^rtb-1 keeps 10\.1\.0\.0\/24 in vpc-1/,
    () => (account.routes = [{ DestinationCidrBlock: "10.0.0.0/8", GatewayId: "local", State: "active" }]),
  ],
])("%s is seen in the route", async (_, says, breaks) => {
  breaks();
  const checks = await examineHub();
  expect(wrong(checks)).toEqual(["FAIL route"]);
  expect(said(checks, "route")).toMatch(says);
});

test("a route to a prefix list may lead there", async () => {
  account.routes = [{ DestinationPrefixListId: "pl-hub", TransitGatewayId: "tgw-1", State: "active" }];
  const checks = await examineHub();
  expect(wrong(checks)).toEqual(["unknown route"]);
  expect(said(checks, "route")).toMatch(
    /^rtb-1 has a route to what is in pl-hub: 10\.1\.0\.0\/24 must be -> aws ec2 get-managed-prefix-list-entries /,
  );
});

test("a network ACL at home is asked for what answers elsewhere", async () => {
  account.aclEntries = account.aclEntries.map((entry) =>
    entry.Egress ? { ...entry, CidrBlock: "10.10.0.0/16" } : entry,
  );
  expect(said(await examineHub(), "subnet")).toMatch(
    /^acl-1 lets no traffic out to 10\.1\.0\.0\/24 on port 443/,
  );
});
