import { join } from "node:path";
import { DescribeInstancesCommand, EC2Client, type Instance } from "@aws-sdk/client-ec2";
import {
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  type InstanceInformation,
  SSMClient,
  SendCommandCommand,
} from "@aws-sdk/client-ssm";
import { mockClient } from "aws-sdk-client-mock";
import { clientConfig } from "../../../cli/aws/client";
import { type SynthesizedEnvironment, readEnvironments } from "../../../cli/assembly/environments";
import {
  type Check,
  agentCheck,
  agentUse,
  judgeMetadata,
  verifyInstance,
} from "../../../cli/instance/verify";
import { Workspace } from "../../support/cli";
import { awsError } from "../../support/recorded";
import { MINIMAL } from "../../support/synth";

const ec2 = mockClient(EC2Client);
const ssm = mockClient(SSMClient);
const PROFILE = "arn:aws:iam::111122223333:instance-profile/dev-instances";
const GOOD = `token 200\ninfo 200\nprofile ${PROFILE}\ntokenless 401\n`;
const INSTANCE: Instance = {
  InstanceId: "i-1",
  State: { Name: "running" },
  IamInstanceProfile: { Arn: PROFILE },
};
const ONLINE: InstanceInformation = { InstanceId: "i-1", PingStatus: "Online", AgentVersion: "3.3.40.0" };

let workspace: Workspace;
let environments: SynthesizedEnvironment[];
beforeAll(() => {
  workspace = new Workspace({
    dev: { ...MINIMAL, network: { endpoints: { ec2Messages: false } } },
    old: { ...MINIMAL, network: { endpoints: { ec2Messages: true } } },
  });
  environments = readEnvironments(join(workspace.folder, "cdktf.out"));
});
afterAll(() => workspace.remove());

const named = (name: string): SynthesizedEnvironment =>
  environments.find((environment) => environment.name === name) as SynthesizedEnvironment;

beforeEach(() => {
  ec2.reset();
  ssm.reset();
  ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [INSTANCE] }] });
  ssm.on(DescribeInstanceInformationCommand).resolves({ InstanceInformationList: [ONLINE] });
  ssm.on(SendCommandCommand).resolves({ Command: { CommandId: "c-1" } });
  ssm.on(GetCommandInvocationCommand).resolves({ Status: "Success", StandardOutputContent: GOOD });
});

/** Verifies the instance as AWS has it, on a clock that waiting alone moves. */
async function verify(said: string[] = []): Promise<string[]> {
  const environment = named("dev");
  let clock = 0;
  const checks = await verifyInstance(
    { environment, instance: environment.instances[0] as never },
    {
      ec2: new EC2Client(clientConfig("eu-central-1")),
      ssm: new SSMClient(clientConfig("eu-central-1")),
      patience: {
        seconds: 20,
        sleep: (milliseconds) => Promise.resolve(void (clock += milliseconds)),
        now: () => clock,
      },
      say: (text) => said.push(text),
    },
  );
  return checks.map(({ check, result, seen }) => `${result} ${check}: ${seen}`);
}

test("an instance as it should be passes every check", async () => {
  expect(await verify()).toEqual([
    "pass running: i-1 is running",
    "pass Online in Systems Manager: Online",
    "pass SSM Agent: 3.3.40.0; without the endpoint ec2messages it takes 3.3.40.0",
    "pass token of IMDSv2: status 200",
    "pass instance profile: arn:aws:iam::111122223333:instance-profile/dev-instances",
    "pass no metadata without token: status 401",
  ]);
});

test("an instance that is not Online is waited for", async () => {
  ssm
    .on(DescribeInstanceInformationCommand)
    .resolvesOnce({ InstanceInformationList: [] })
    .resolvesOnce({ InstanceInformationList: [{ ...ONLINE, PingStatus: "ConnectionLost" }] })
    .resolves({ InstanceInformationList: [ONLINE] });
  const said: string[] = [];
  expect((await verify(said))[1]).toBe("pass Online in Systems Manager: Online");
  expect(said).toEqual([
    "web (i-1) is not registered in Systems Manager: waiting, at most 20 s",
    "web (i-1) is registered, but ConnectionLost in Systems Manager: waiting, at most 20 s",
  ]);
});

test("and not for longer than asked", async () => {
  ssm.on(DescribeInstanceInformationCommand).resolves({ InstanceInformationList: [] });
  expect(await verify()).toEqual([
    "pass running: i-1 is running",
    "FAIL Online in Systems Manager: not registered",
    "unknown SSM Agent: Systems Manager names no version",
    "unknown token of IMDSv2: not asked, since the instance is not Online",
    "unknown instance profile: not asked, since the instance is not Online",
    "unknown no metadata without token: not asked, since the instance is not Online",
  ]);
  expect(ssm.commandCalls(DescribeInstanceInformationCommand)).toHaveLength(5);
  expect(ssm.commandCalls(SendCommandCommand)).toEqual([]);
});

test("an agent that is too old explains why it is not Online", async () => {
  const lost: InstanceInformation = { ...ONLINE, PingStatus: "ConnectionLost", AgentVersion: "3.2.2303.0" };
  ssm.on(DescribeInstanceInformationCommand).resolves({ InstanceInformationList: [lost] });
  expect((await verify()).slice(1, 3)).toEqual([
    "FAIL Online in Systems Manager: ConnectionLost",
    "FAIL SSM Agent: 3.2.2303.0; without the endpoint ec2messages it takes 3.3.40.0",
  ]);
});

test("an instance that is stopped is asked nothing", async () => {
  ec2
    .on(DescribeInstancesCommand)
    .resolves({ Reservations: [{ Instances: [{ ...INSTANCE, State: { Name: "stopped" } }] }] });
  const checks = await verify();
  expect(checks.slice(0, 2)).toEqual([
    "FAIL running: i-1 is stopped",
    "unknown Online in Systems Manager: not asked, since the instance is stopped",
  ]);
  expect(checks).toHaveLength(6);
  expect(ssm.calls()).toEqual([]);
});

test("what may not be asked is unknown, and the rest is not", async () => {
  ssm.on(SendCommandCommand).rejects(awsError("AccessDeniedException", "no identity-based policy allows it"));
  expect(await verify()).toEqual([
    "pass running: i-1 is running",
    "pass Online in Systems Manager: Online",
    "pass SSM Agent: 3.3.40.0; without the endpoint ec2messages it takes 3.3.40.0",
    ...["token of IMDSv2", "instance profile", "no metadata without token"].map(
      (check) =>
        `unknown ${check}: denied: ssm:SendCommand in eu-central-1: it takes an administrator, no operator may run commands`,
    ),
  ]);
  ssm.on(DescribeInstanceInformationCommand).rejects(awsError("AccessDeniedException"));
  expect((await verify())[1]).toBe(
    "unknown Online in Systems Manager: denied: ssm:DescribeInstanceInformation in eu-central-1: " +
      "ask for that permission (the service says no)",
  );
});

test.each([
  [
    "curl missing\n",
    "unknown token of IMDSv2: there is no curl on the instance, by which it would be asked: install it",
  ],
  ["", "unknown token of IMDSv2: the script was not understood, which takes a shell of Linux"],
  [
    "token \u001b[2J\n",
    "unknown token of IMDSv2: the script was not understood, which takes a shell of Linux",
  ],
])("output %j is no answer", async (StandardOutputContent, check) => {
  ssm.on(GetCommandInvocationCommand).resolves({ Status: "Success", StandardOutputContent });
  expect(await verify()).toContain(check);
});

test("an instance that is not there is a failure", async () => {
  ec2.on(DescribeInstancesCommand).resolves({});
  await expect(verify()).rejects.toThrow("is not deployed");
});

/** What checks come to, in short. */
const told = (checks: readonly Check[]): string[] => checks.map(({ result, seen }) => `${result} ${seen}`);

const SEEN = { token: "200", info: "200", profile: PROFILE, tokenless: "401" };
const STATE = { arn: PROFILE, source: "the state" };

test.each([
  ["IMDSv1", { ...SEEN, tokenless: "200" }, STATE, 2, "FAIL status 200, so IMDSv1 is allowed"],
  ["no metadata", { ...SEEN, tokenless: "403" }, STATE, 2, "FAIL status 403"],
  ["a refused token", { ...SEEN, token: "403", info: undefined }, STATE, 0, "FAIL status 403"],
  ["silence", { ...SEEN, token: "000" }, STATE, 0, "FAIL no answer"],
  [
    "no profile",
    { ...SEEN, info: "404", profile: undefined },
    STATE,
    1,
    `FAIL no profile (status 404); the state has ${PROFILE}`,
  ],
  [
    "no token",
    { ...SEEN, info: undefined, profile: undefined },
    STATE,
    1,
    `FAIL no profile (no token); the state has ${PROFILE}`,
  ],
  [
    "another profile",
    { ...SEEN, profile: `${PROFILE}2` },
    STATE,
    1,
    `FAIL ${PROFILE}2; the state has ${PROFILE}`,
  ],
  ["a profile of nobody", SEEN, { source: "EC2" }, 1, `FAIL ${PROFILE}; EC2 knows none`],
])("metadata: %s", (_, seen, expected, row, result) => {
  expect(told(judgeMetadata(seen, expected))[row]).toBe(result);
});

test.each([
  ["dev", "3.3.40.0", "pass"],
  ["dev", "3.3.39.9", "FAIL"],
  ["dev", "3.3.5226.0", "pass"],
  ["dev", "3.10.0.0", "pass"],
  ["dev", "4.0", "pass"],
  ["dev", "3.2.2303.0", "FAIL"],
  ["dev", "3.3", "FAIL"],
  ["dev", "3.3.x", "FAIL"],
  ["dev", "", "unknown"],
  ["old", "3.2.2303.0", "pass"],
  ["old", "", "unknown"],
])("in %s the agent %j comes to %s", (environment, version, result) => {
  expect(agentCheck(named(environment), version).result).toBe(result);
});

test("a port of the instance itself takes no agent that tunnels to other hosts", () => {
  const dev = named("dev");
  const tunnels = (...hosts: string[]): boolean => {
    const forward = hosts.map((host) => ({ name: host, documentName: "x", host, port: 80 }));
    return agentUse({ ...dev, recording: { forward } as unknown as NonNullable<typeof dev.recording> })
      .tunnels;
  };
  expect([tunnels(), tunnels("localhost"), tunnels("localhost", "db")]).toEqual([false, false, true]);
});

test("the endpoint ec2messages may be elsewhere", () => {
  const dev = named("dev");
  const stacks = dev.stacks.map((stack) => ({
    ...stack,
    assumptions: stack.layer === "networking" ? [{ service: "ec2messages", networks: ["10.0.0.0/8"] }] : [],
  }));
  expect(agentCheck({ ...dev, stacks }, "3.2.2303.0").result).toBe("pass");
});
