import { DataResource } from "cdktf";
import { Construct } from "constructs";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { isIdentityOf, stackIdentity } from "../../stacks/contract";
import { NetworkingStack } from "../../stacks/networking-stack";
import { MINIMAL, settingsOf, synth, synthEnvironment } from "../support/synth";

test("the provider works in the Region and tags everything it makes", () => {
  for (const [layer, stack] of Object.entries(stacks({}))) {
    const SessionManagerStack = stackIdentity(`test-${layer}`, "test-instances");
    const tags = { Environment: "test", ManagedBy: "cdktf", SessionManagerStack };
    expect(stack.json.provider.aws).toEqual([{ region: "eu-central-1", default_tags: [{ tags }] }]);
    // One release, and the whole name, which Terraform and OpenTofu both complete.
    expect(stack.json.terraform.required_providers.aws).toEqual({
      source: "hashicorp/aws",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
    });
  }
});

test("an environment's own tags come along, and win", () => {
  const { networking } = stacks({ tags: { Team: "data", Environment: "Production" } });
  expect(networking.json.provider.aws[0].default_tags[0].tags).toEqual({
    Environment: "Production",
    ManagedBy: "cdktf",
    SessionManagerStack: stackIdentity("test-networking", "test-instances"),
    Team: "data",
  });
});

test("an environment's own tags win in whatever case they are written: IAM would refuse a pair", () => {
  const { instances } = stacks({ tags: { environment: "Production", MANAGEDBY: "terraform" } });
  expect(instances.json.provider.aws[0].default_tags[0].tags).toEqual({
    environment: "Production",
    MANAGEDBY: "terraform",
    SessionManagerStack: stackIdentity("test-instances", "test-instances"),
  });
});

test("a stack's identity hangs on its own name and its environment's role, and on nothing else", () => {
  const identity = (changes: object) =>
    stacks(changes).networking.json.provider.aws[0].default_tags[0].tags.SessionManagerStack as string;
  expect(identity({})).toMatch(/^test-networking-[0-9a-f]{8}$/);
  expect(identity({ tags: { Environment: "x", Team: "data" }, region: "us-east-1" })).toBe(identity({}));
  expect(identity({ iam: { roleName: "test-instances" } })).toBe(identity({}));
  // Two clones with an environment of one name: no account has both with one role.
  expect(identity({ iam: { roleName: "other" } })).not.toBe(identity({}));
  expect(identity({ namePrefix: "other" })).not.toBe(identity({}));
  expect(isIdentityOf("test-networking", identity({ namePrefix: "other" }))).toBe(true);
  expect(isIdentityOf("test-network", identity({}))).toBe(false);
  expect(isIdentityOf("test-networking", `${identity({})}0`)).toBe(false);
  expect(isIdentityOf("test-networking", undefined)).toBe(false);
});

test("code beside the constructs cannot pass a resource off as another stack's", () => {
  expect(() =>
    synth((app) => {
      const stack = new NetworkingStack(app, settingsOf(MINIMAL));
      new Vpc(stack, "beside", {
        cidrBlock: "10.9.0.0/16",
        tags: { sessionmanagerstack: "prod-networking-0" },
      });
    }),
  ).toThrow(
    "aws_vpc.beside: got the tag sessionmanagerstack; allowed: any other key; rename it: the provider gives that tag to all of a stack",
  );
});

test("accounts and the role to assume reach the provider", () => {
  const assumeRoleArn = "arn:aws:iam::111122223333:role/deploy";
  const { instances } = stacks({ allowedAccountIds: ["111122223333"], assumeRoleArn });
  expect(instances.json.provider.aws[0]).toMatchObject({
    allowed_account_ids: ["111122223333"],
    assume_role: [{ role_arn: assumeRoleArn }],
  });
});

test("addresses are words, and no two elements share one", () => {
  const addresses = (names: [string, string][]) =>
    synth((app) => {
      const stack = new NetworkingStack(app, settingsOf(MINIMAL));
      for (const [outer, inner] of names) {
        new DataResource(new Construct(stack, outer), inner, {});
      }
    }).stacks["test-networking"]?.resources("terraform_data");
  expect(
    Object.keys(
      addresses([
        ["a", "Default"],
        ["a.b", "c"],
      ]) ?? {},
    ),
  ).toEqual(["a", "a-b_c"]);
  expect(() =>
    addresses([
      ["a", "b_c"],
      ["a_b", "c"],
    ]),
  ).toThrow("two constructs have the address terraform_data.a_b_c: give one of them another id");
});

function stacks(changes: object) {
  const { networking, instances } = synthEnvironment({ ...MINIMAL, ...changes });
  return { networking, instances };
}
