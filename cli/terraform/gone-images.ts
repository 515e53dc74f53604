import { type SynthesizedStack, addressOf } from "../assembly/stacks";
import type { ProcessResult } from "../process/run";
import { Failure } from "../terminal/failure";
import type { Loss } from "./losses";
import { imagesNotFound, isLookupAlone, readableOutput } from "./messages";
import type { State } from "./state";

/** Instances that run from images which are gone, by address, each with its image. */
export type GoneImages = ReadonlyMap<string, string>;

/**
 * What runs from the images that a plan has looked for in vain, and that nothing is to be made from: the plan can do without
 * them then. Undefined where it has failed otherwise, or where an instance is still to be made.
 */
export function goneImages(
  stack: SynthesizedStack,
  state: State | undefined,
  result: ProcessResult,
): GoneImages | undefined {
  const output = readableOutput(result);
  const images = imagesNotFound(output);
  if (images.length === 0 || !isLookupAlone(output)) {
    return undefined;
  }
  const before = new Map(Object.entries(stack.moved).map(([from, to]) => [to, from]));
  const amisAt = (address: string): unknown[] =>
    (state?.resources ?? [])
      .filter((one) => [address, before.get(address)].includes(addressOf(one)))
      .flatMap(({ attributes }) => attributes.map(({ ami }) => ami));
  const found = new Map<string, string>();
  for (const instance of stack.resources.filter(({ type }) => type === "aws_instance")) {
    const address = addressOf(instance);
    const ami = String(instance.config.ami);
    // One that a parameter holds may have been another when the instance was made.
    const parameter = /^\$\{data\.aws_ssm_parameter\.ami_([\w-]+)\./.exec(ami)?.[1];
    const image = parameter ?? ami;
    if (images.includes(image)) {
      const there = amisAt(address);
      if (parameter === undefined ? !there.includes(ami) : there.length === 0) {
        return undefined;
      }
      found.set(address, image);
    }
  }
  return images.every((image) => [...found.values()].includes(image)) ? found : undefined;
}

/** What tells Terraform which images not to look up. */
export function withoutImages(gone: GoneImages): string {
  return `-var=gone_images=${JSON.stringify([...new Set(gone.values())])}`;
}

/** Throws where a plan would replace an instance whose image is gone: its disk would go, and nothing take its place. */
export function refuseIrreplaceable(gone: GoneImages, losses: readonly Loss[]): void {
  for (const { address, how, cause } of losses) {
    const image = gone.get(address);
    if (image !== undefined && how === "replaced") {
      throw new Failure(
        `${address} would be replaced${cause ? ` (${cause})` : ""}, and its image ${image} is gone, so that nothing could take its place. ` +
          "Set that back, or make an image of the instance first (aws ec2 create-image), and name it as { amiId }",
      );
    }
  }
}
