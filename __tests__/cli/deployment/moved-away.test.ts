import { accountsOf, placeProblems } from "../../../cli/deployment/moved-away";
import type { Environment } from "../../../stacks/settings/environment";
import { type Resources, stateOf } from "../../support/state-of";
import { synthesizedStacks } from "../../support/synthesized";
import { MINIMAL } from "../../support/synth";

/** What is wrong where the networking of dev is deployed so, and its settings and credentials are these. */
function problems(
  resources: Resources,
  settings: Partial<Environment> = {},
  account: string | undefined = "111122223333",
  layer = "networking",
): string[] {
  const stacks = synthesizedStacks({ dev: { ...MINIMAL, ...settings } });
  // What a stack does not have by its settings is nothing to it.
  const states = stacks.map((stack) => [stack, stateOf(stack.layer === layer ? resources : {})] as const);
  return placeProblems("dev", new Map(states), account);
}

const VPC = { arn: "arn:aws:ec2:eu-central-1:111122223333:vpc/vpc-1" };
const ROLE = { arn: "arn:aws:iam::111122223333:role/dev-instances" };
const GROUP = { name: "dev-endpoints", arn: "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-1" };

test("what is deployed where the settings say is right", () => {
  expect(
    problems({ "aws_vpc.network": VPC, "aws_iam_role.x": ROLE, "aws_security_group.endpoints": GROUP }),
  ).toEqual([]);
  expect(problems({})).toEqual([]);
});

test("a state of another Region is told, with the way back and the way on", () => {
  expect(problems({ "aws_vpc.network": VPC }, { region: "eu-west-1" })).toEqual([
    'dev-networking: deployed in eu-central-1, and region in environments/dev.ts is "eu-west-1": what runs there would be ' +
      "forgotten, and made anew. Set region back; to move, destroy first, or deploy a copy of the file under another name",
  ]);
});

test("a state of another account is told, where that of the credentials is known", () => {
  expect(problems({ "aws_iam_role.x": ROLE }, {}, "444455556666")).toEqual([
    "dev-networking: deployed to account 111122223333, and these are credentials of 444455556666: what runs there would be " +
      "forgotten, and made anew. Use credentials of that account",
  ]);
  expect(problems({ "aws_iam_role.x": ROLE }, {}, undefined)).toEqual([]);
});

test("another prefix is told, and names of one's own are left alone", () => {
  expect(problems({ "aws_security_group.endpoints": GROUP }, { namePrefix: "shop" })).toEqual([
    'dev-networking: deployed with namePrefix "dev", and it is "shop" in environments/dev.ts: AWS renames nothing, so that ' +
      "all would be replaced, instances included. Set it back; to rename, destroy first, or deploy a copy of the file under another name",
  ]);
  expect(problems({ "aws_security_group.endpoints": { name: "by hand" } }, { namePrefix: "shop" })).toEqual(
    [],
  );
});

describe("another path of IAM", () => {
  const told = (layer: string, before: string, now: string) =>
    `dev-${layer}: deployed with iam.path "${before}", and it is "${now}" in environments/dev.ts: IAM moves nothing, so that ` +
    "roles and policies would be made anew, and what runs would have no credentials. Set it back; to move, destroy first, or " +
    "deploy a copy of the file under another name";
  const settings = { network: { flowLogs: { retentionDays: 30 } }, sessions: {} };

  test.each([
    ["instances", "aws_iam_role.instance_access"],
    ["sessions", "aws_iam_role.watch_role"],
    ["networking", "aws_iam_role.network_flow-logs_role"],
  ])("is told, of the roles of %s", (layer, address) => {
    const deployed = (path: string | undefined, now: string | undefined) =>
      problems({ [address]: { ...ROLE, path } }, { ...settings, iam: { path: now } }, undefined, layer);
    expect(deployed("/", "/teams/")).toEqual([told(layer, "/", "/teams/")]);
    expect(deployed("/teams/", undefined)).toEqual([told(layer, "/teams/", "/")]);
    expect(deployed("/teams/", "/teams/")).toEqual([]);
    expect(deployed("/", undefined)).toEqual([]);
    expect(deployed(undefined, "/")).toEqual([]);
  });

  test("is no matter where there is no role yet, or one that code beside the constructs makes", () => {
    expect(problems({ "aws_iam_role.mine": { path: "/mine/" } }, settings)).toEqual([]);
    expect(problems({ "aws_vpc.network": VPC }, { ...settings, iam: { path: "/teams/" } })).toEqual([]);
  });
});

test("stacks that are all elsewhere are told in one line", () => {
  const stacks = synthesizedStacks({ dev: { ...MINIMAL, region: "eu-west-1" } });
  const states = new Map(stacks.map((stack) => [stack, stateOf({ "aws_vpc.network": VPC })]));
  expect(placeProblems("dev", states, undefined)).toEqual([
    expect.stringMatching(/^dev-networking, dev-instances: deployed in eu-central-1, /) as string,
  ]);
});

test("AWS's own account, and what has no account, are no account", () => {
  const state = stateOf({
    "aws_iam_policy.x": { arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
    "aws_s3_bucket.x": { arn: "arn:aws:s3:::bucket" },
    "terraform_data.x": { arn: "arn:aws:ec2:eu-central-1:999988887777:vpc/vpc-1" },
    "aws_vpc.x": VPC,
  });
  expect(accountsOf([state])).toEqual(["111122223333"]);
});
