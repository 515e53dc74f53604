import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { emulatedConfig } from "../../cli/rehearsal/emulator";
import type { RehearsedStack } from "../../cli/rehearsal/rehearsed-stack";
import { Deployment, attributeOf, describeE2e } from "../support/deployment";
import { MINIMAL } from "../support/synth";

/** Images that the emulator has from the beginning. */
const [OLD, NEW] = ["ami-12c6146b", "ami-1e749f67"];

/** As with the images of AWS, a parameter says which is the newest. */
const PARAMETER = "/images/web";

describeE2e("a newer AMI of the same image", (moto) => {
  let deployment: Deployment;
  let ssm: SSMClient;
  beforeAll(() => {
    deployment = new Deployment(moto);
    ssm = new SSMClient(emulatedConfig(moto.url));
  });
  afterAll(() => {
    ssm.destroy();
    deployment.remove();
  });

  const newest = async (ami: string | undefined): Promise<void> => {
    await ssm.send(new PutParameterCommand({ Name: PARAMETER, Value: ami, Type: "String", Overwrite: true }));
  };
  const deploy = async (stack: RehearsedStack): Promise<void> => {
    await stack.init();
    await stack.plan();
    await stack.apply();
  };

  test("leaves an instance alone that keeps its image, and replaces one that follows", async () => {
    const start = performance.now();
    await newest(OLD);
    const image = { parameter: PARAMETER };
    // What the emulator says of the size of its images.
    const rootVolume = { sizeGiB: 15 };
    const { networking, instances } = deployment.synthesize({
      ...MINIMAL,
      instances: { keeps: { image, rootVolume }, follows: { image, rootVolume, imageUpdates: "follow" } },
    });
    await deploy(networking);
    await deploy(instances);
    expect(await attributeOf(instances, "aws_instance.keeps", "ami")).toBe(OLD);
    expect(await instances.planAgain()).toMatch(/^no changes/);

    await newest(NEW);
    await expect(instances.planAgain()).rejects.toThrow(
      /^the second plan is not empty: (?!.*-\/\+ aws_instance\.keeps).*aws_instance\.follows \(.*ami forces it/,
    );
    const kept = await attributeOf(instances, "aws_instance.keeps", "id");
    const followed = await attributeOf(instances, "aws_instance.follows", "id");
    await deploy(instances);
    expect(await attributeOf(instances, "aws_instance.keeps", "id")).toBe(kept);
    expect(await attributeOf(instances, "aws_instance.keeps", "ami")).toBe(OLD);
    expect(await attributeOf(instances, "aws_instance.follows", "id")).not.toBe(followed);
    expect(await attributeOf(instances, "aws_instance.follows", "ami")).toBe(NEW);
    expect(await instances.planAgain()).toMatch(/^no changes/);
    const seconds = Math.round((performance.now() - start) / 1000);
    process.stderr.write(`a newer AMI: 1 of 2 instances replaced, ${seconds} s\n`);
  }, 600_000);
});
