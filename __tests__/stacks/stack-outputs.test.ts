import { TerraformOutput, TerraformStack } from "cdktf";
import { addStateBackend } from "../../stacks/state-backend";
import { StackOutputs, publishOutputs } from "../../stacks/stack-outputs";
import type { StateSettings } from "../../stacks/settings/state";
import { synth } from "../support/synth";

class Producer extends TerraformStack {
  public readonly outputs = publishOutputs(this, "networking", {
    vpc_id: "vpc-1",
    subnet_ids: { "zone-1": "subnet-1" },
    s3_prefix_list_id: undefined,
  });
}

function read(state: StateSettings, use: (outputs: StackOutputs<"networking">) => string[]) {
  const { stacks, manifest } = synth((app) => {
    const producer = new Producer(app, "net");
    addStateBackend(producer, state);
    const consumer = new TerraformStack(app, "app");
    addStateBackend(consumer, state);
    new TerraformOutput(consumer, "read", {
      value: use(new StackOutputs(consumer, producer)),
      staticId: true,
    });
  });
  return { net: stacks.net?.json, app: stacks.app?.json, manifest };
}

const LOCAL: StateSettings = { backend: "local" };

test("outputs have the names and descriptions of the contract, and are no secrets", () => {
  expect(read(LOCAL, () => []).net?.output).toEqual({
    vpc_id: { value: "vpc-1", description: "Id of the VPC" },
    subnet_ids: { value: { "zone-1": "subnet-1" }, description: "Ids of the subnets, by zone or zone slot" },
  });
});

test("reading makes the stacks deploy in order", () => {
  expect(read(LOCAL, () => []).manifest.stacks.app.dependencies).toEqual(["net"]);
});

test("texts and map entries are read by their names", () => {
  const { app } = read(LOCAL, (outputs) => [outputs.text("vpc_id"), outputs.entry("subnet_ids", "zone-1")]);
  expect(app?.output.read.value).toEqual([
    "${data.terraform_remote_state.net.outputs.vpc_id}",
    '${try(data.terraform_remote_state.net.outputs.subnet_ids["zone-1"], "")}',
  ]);
});

test("whatever is read must be there, and is asked for once", () => {
  const { app } = read(LOCAL, (outputs) => [
    outputs.text("vpc_id"),
    outputs.entry("subnet_ids", "zone-1"),
    outputs.text("vpc_id"),
  ]);
  expect(app?.data.terraform_remote_state.net.lifecycle.postcondition).toEqual([
    {
      condition: '${try(self.outputs.vpc_id, "") != ""}',
      error_message: expect.stringMatching(/^net does not publish vpc_id yet.*Deploy net first\.$/),
    },
    {
      condition: '${try(self.outputs.subnet_ids["zone-1"], "") != ""}',
      error_message: expect.stringMatching(
        /^net does not publish zone-1 in subnet_ids yet.*Deploy net first\.$/,
      ),
    },
  ]);
});

test("an output that the other stack does not have is refused at synth", () => {
  expect(() => read(LOCAL, (outputs) => [outputs.text("s3_prefix_list_id")])).toThrow(
    "net publishes no s3_prefix_list_id with these settings",
  );
});

test("a local state that is not there is missed by name; elsewhere the address names the stack", () => {
  expect(read(LOCAL, () => []).app?.data.terraform_remote_state.net.lifecycle.precondition).toEqual([
    {
      condition: '${fileexists("${path.module}/../../../state/net.tfstate")}',
      error_message: "net is not deployed yet: there is no state/net.tfstate. Deploy net first.",
    },
  ]);
  const s3: StateSettings = { backend: "s3", bucket: "abc", region: "eu-central-1", prefix: "x" };
  const { app } = read(s3, (outputs) => [outputs.text("vpc_id")]);
  expect(Object.keys(app?.data.terraform_remote_state)).toEqual(["net"]);
  expect(app?.data.terraform_remote_state.net.lifecycle).not.toHaveProperty("precondition");
});
