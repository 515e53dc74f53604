import { type SynthesizedStack, addressOf } from "../assembly/stacks";
import type { ProcessResult } from "../process/run";
import { Failure } from "../terminal/failure";
import type { Loss } from "./losses";
import { imagesNotFound, isLookupAlone, readableLine } from "./messages";
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
  { stdout, stderr }: ProcessResult,
): GoneImages | undefined {
  const output = `${stdout}\n${stderr}`.split("\n").map(readableLine).join("\n");
  const images = imagesNotFound(output);
  if (images.length === 0 || !isLookupAlone(output)) {
    return undefined;
  }
  const before = new Map(Object.entries(stack.moved).map(([from, to]) => [to, from]));
  const runs = (address: string, image: unknown): boolean =>
    (state?.resources ?? []).some(
      (one) =>
        [address, before.get(address)].includes(addressOf(one)) &&
        one.attributes.some(({ ami }) => ami === image),
    );
  const wanted = stack.resources.filter(
    ({ type, config }) => type === "aws_instance" && images.includes(String(config.ami)),
  );
  const found = new Map(wanted.map((one) => [addressOf(one), String(one.config.ami)]));
  const areAllKnown = images.every((image) => [...found.values()].includes(image));
  return areAllKnown && [...found].every(([address, image]) => runs(address, image)) ? found : undefined;
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
