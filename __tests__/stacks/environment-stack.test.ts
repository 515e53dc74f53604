import { DataResource } from "cdktf";
import { Construct } from "constructs";
import { NetworkingStack } from "../../stacks/networking-stack";
import { MINIMAL, settingsOf, synth, synthEnvironment } from "../support/synth";

test("the provider works in the Region and tags everything it makes", () => {
  for (const stack of Object.values(stacks({}))) {
    expect(stack.json.provider.aws).toEqual([
      { region: "eu-central-1", default_tags: [{ tags: { Environment: "test", ManagedBy: "cdktf" } }] },
    ]);
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
    Team: "data",
  });
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
