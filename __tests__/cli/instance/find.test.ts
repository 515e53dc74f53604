import { join } from "node:path";
import { DescribeInstancesCommand, EC2Client, type Instance } from "@aws-sdk/client-ec2";
import { mockClient } from "aws-sdk-client-mock";
import { clientConfig } from "../../../cli/aws/client";
import { readEnvironments } from "../../../cli/assembly/environments";
import { findInstance } from "../../../cli/instance/find";
import { STACK_TAG } from "../../../stacks/contract";
import { Workspace } from "../../support/cli";
import { MINIMAL } from "../../support/synth";

/** Tags as an organization prescribes them: none of them tells one environment from another. */
const SHARED = {
  ...MINIMAL,
  tags: { environment: "production" },
  instances: { web: { tags: { Name: "web" } } },
};

const ec2 = mockClient(EC2Client);
let workspace: Workspace;
beforeAll(() => {
  workspace = new Workspace({ billing: SHARED, shop: SHARED });
});
afterAll(() => workspace.remove());
beforeEach(() => ec2.reset());

const identityOf = (name: string): string =>
  readEnvironments(join(workspace.folder, "cdktf.out")).find((one) => one.name === name)?.instancesStack
    .defaultTags[STACK_TAG] ?? "";

const running = (InstanceId: string, identity?: string): Instance => ({
  InstanceId,
  State: { Name: "running" },
  Tags: identity === undefined ? [] : [{ Key: STACK_TAG, Value: identity }],
});

/** The id of the instance that is taken for shop's, of those that carry its tags. */
async function idOf(...Instances: Instance[]): Promise<string> {
  ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances }] });
  const environment = readEnvironments(join(workspace.folder, "cdktf.out")).find(
    ({ name }) => name === "shop",
  );
  const [instance] = environment?.instances ?? [];
  if (environment === undefined || instance === undefined) {
    throw new Error("not synthesized");
  }
  return (await findInstance({ environment, instance }, new EC2Client(clientConfig("eu-central-1")))).id;
}

describe("without a state, an instance is found by its tags", () => {
  test("and, of those that carry the same, by its stack's identity", async () => {
    expect(identityOf("shop")).toMatch(/^shop-instances-/);
    const all = [
      running("i-other", identityOf("billing")),
      running("i-own", identityOf("shop")),
      running("i-none"),
    ];
    expect(await idOf(...all)).toBe("i-own");
  });

  test("without an identity where it was deployed before there was one", async () => {
    expect(await idOf(running("i-none"), running("i-other", identityOf("billing")))).toBe("i-none");
  });

  test("and not at all where another environment's carries them", async () => {
    await expect(idOf(running("i-other", identityOf("billing")))).rejects.toThrow("web is not deployed");
  });

  /** The filters of what EC2 was asked, each with its values. */
  const asked = (): string[][] =>
    ec2
      .commandCalls(DescribeInstancesCommand)
      .map(({ args }) =>
        (args[0].input.Filters ?? []).map(({ Name, Values }) => `${Name}=${Values?.join()}`),
      );

  test("whatever other tags have changed since, which are asked for only where none has an identity", async () => {
    await idOf(running("i-own", identityOf("shop")));
    const named = ["tag:Name=web", "instance-state-name=pending,running,stopping,stopped"];
    expect(asked()).toEqual([named]);
    ec2.resetHistory();
    await idOf(running("i-none"));
    expect(asked()).toEqual([named, [...named, "tag:environment=production"]]);
  });

  test("and is not told from others where neither has an identity", async () => {
    await expect(idOf(running("i-1"), running("i-2"))).rejects.toThrow(
      "web is not to be told from others: i-1, i-2 carry its tags",
    );
  });
});

describe("a rename that is not deployed yet", () => {
  const renamed = new Workspace({
    dev: { ...MINIMAL, instances: { frontend: { renamedFrom: "web" } } },
  });
  afterAll(() => renamed.remove());

  const find = async (): Promise<string> => {
    const [environment] = readEnvironments(join(renamed.folder, "cdktf.out"));
    const [instance] = environment?.instances ?? [];
    if (environment === undefined || instance === undefined) {
      throw new Error("not synthesized");
    }
    const identity = environment.instancesStack.defaultTags[STACK_TAG];
    ec2
      .on(DescribeInstancesCommand)
      .resolves({ Reservations: [{ Instances: [running("i-web", identity)] }] });
    return (await findInstance({ environment, instance }, new EC2Client(clientConfig("eu-central-1")))).id;
  };

  test("finds the instance by the name that it has in AWS", async () => {
    expect(await find()).toBe("i-web");
    expect(ec2.commandCalls(DescribeInstancesCommand)[0]?.args[0].input.Filters?.[0]).toEqual({
      Name: "tag:Name",
      Values: ["dev-frontend", "dev-web"],
    });
  });
});
