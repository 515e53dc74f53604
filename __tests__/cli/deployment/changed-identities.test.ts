import { identityProblems } from "../../../cli/deployment/changed-identities";
import type { Environment } from "../../../stacks/settings/environment";
import { existingNetwork } from "../../support/existing-network";
import { type Resources, stateOf } from "../../support/state-of";
import { MINIMAL } from "../../support/synth";
import { synthesizedStacks } from "../../support/synthesized";

/** What is wrong where dev is deployed so, by layer, and its settings are these. */
function problems(
  states: Readonly<Record<string, Resources>>,
  settings: Partial<Environment> = {},
): string[] {
  const stacks = synthesizedStacks({ dev: { ...MINIMAL, ...settings } });
  return identityProblems(
    "dev",
    new Map(stacks.map((stack) => [stack, stateOf(states[stack.layer])] as const)),
  );
}

const GROUP = "aws_security_group.instance_access_security-group";
const ZONES = { "aws_subnet.network_zone-1": {}, "aws_subnet.network_zone-2": {} };
const inVpc = (vpc_id: string): Resources => ({ [GROUP]: { name: "dev-instances", vpc_id } });
const existing = (vpcId: string): Partial<Environment> => ({
  network: { ...existingNetwork({}), vpcId } as Environment["network"],
});

test("what is deployed as the settings say is right, and so is what is not deployed", () => {
  expect(problems({})).toEqual([]);
  const networking = { "aws_vpc.network": { id: "vpc-1" }, ...ZONES };
  expect(problems({ networking, instances: { ...inVpc("vpc-1"), "aws_instance.web": {} } })).toEqual([]);
  expect(problems({ instances: inVpc("vpc-01234567") }, existing("vpc-01234567"))).toEqual([]);
});

test.each<[string, Readonly<Record<string, Resources>>, Partial<Environment>, string]>([
  [
    "another existing one",
    { instances: inVpc("vpc-01234567") },
    existing("vpc-89abcdef"),
    'deployed in vpc-01234567, and network.vpcId in environments/dev.ts is "vpc-89abcdef"',
  ],
  [
    "an existing one in place of one that was made",
    { networking: { "aws_vpc.network": { id: "vpc-1" } }, instances: inVpc("vpc-1") },
    existing("vpc-89abcdef"),
    'deployed in vpc-1, and network.vpcId in environments/dev.ts is "vpc-89abcdef"',
  ],
  [
    "a new one in place of an existing one",
    { networking: { "aws_security_group.endpoints": {} }, instances: inVpc("vpc-01234567") },
    {},
    "deployed in vpc-01234567, and network in environments/dev.ts asks for a new one",
  ],
])("another VPC is told: %s", (_what, states, settings, said) => {
  expect(problems(states, settings)).toEqual([
    `${said}: neither an instance nor its security group can change its VPC. Set it back; to move, deploy a copy of the file ` +
      "under another name",
  ]);
});

test("zones that were counted and are named now, or named and counted, are told; more or fewer are not", () => {
  const named = { "aws_subnet.network_eu-central-1b": {}, "aws_subnet.network_eu-central-1a": {} };
  const names = ["eu-central-1a", "eu-central-1c"];
  expect(problems({ networking: ZONES }, { network: { availabilityZones: names } })).toEqual([
    "dev-networking: deployed in zone-1, zone-2, and network.availabilityZones in environments/dev.ts asks for eu-central-1a, " +
      "eu-central-1c: whether zones are counted or named is chosen once, as both have the same blocks. Set it back to 2; to change " +
      "it, deploy a copy of the file under another name",
  ]);
  expect(problems({ networking: named })).toEqual([
    expect.stringContaining('Set it back to ["eu-central-1a","eu-central-1b"]; ') as string,
  ]);
  expect(problems({ networking: named }, { network: { availabilityZones: names } })).toEqual([]);
  expect(problems({ networking: ZONES }, { network: { availabilityZones: 3 } })).toEqual([]);
});

describe("a rename", () => {
  const instances = { frontend: { renamedFrom: "web" } };

  test("before and after its deploy is right", () => {
    expect(problems({ instances: { "aws_instance.web": {} } }, { instances })).toEqual([]);
    expect(problems({ instances: { "aws_instance.frontend": {} } }, { instances })).toEqual([]);
  });

  test("of one to another that is deployed as well would destroy the first", () => {
    const both = { "aws_instance.web": {}, "aws_instance.frontend": {} };
    expect(problems({ instances: both }, { instances })).toEqual([
      'dev-instances: instances.frontend in environments/dev.ts has renamedFrom: "web", and both are deployed: web would be ' +
        "destroyed, not renamed. Remove renamedFrom, and keep both; an instance that is to go is taken out of the file alone",
    ]);
  });

  const egress = [{ cidr: "10.8.0.0/16", ports: 443, description: "partners" }];
  const group = { "aws_security_group.frontend_egress": { name: "dev-web-egress" } };

  test("keeps the name of its group in AWS, which a new instance of the old name cannot have", () => {
    const both = { frontend: { egress }, web: { egress } };
    expect(problems({ instances: group }, { instances: both })).toEqual([
      'dev-instances: aws_security_group.web_egress would be called "dev-web-egress", as aws_security_group.frontend_egress is ' +
        "since before its instance was renamed, and AWS gives a name once in a VPC: give the new instance another name",
    ]);
    expect(problems({ instances: group }, { instances: { frontend: { egress }, web: {} } })).toEqual([]);
    const renamed = { frontend: { egress, renamedFrom: "web" } };
    const before = { "aws_security_group.web_egress": { name: "dev-web-egress" } };
    expect(problems({ instances: before }, { instances: renamed })).toEqual([]);
  });
});
