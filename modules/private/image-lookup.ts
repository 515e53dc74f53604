import { DataAwsAmi } from "@cdktf/provider-aws/lib/data-aws-ami";
import { type Postcondition, TerraformVariable } from "cdktf";
import type { Construct } from "constructs";
import { type InstanceImage, isAmazonLinux } from "../facts/instance-image";
import { NAMES_WITHOUT_AGENT } from "../facts/known-images";
import { isUnresolvedImage, lookupId } from "./instance-image";
import { oncePerStack } from "./once-per-stack";
import { addressOf, operand } from "./terraform";

/** What an instance makes of its image. */
export interface ImageUse {
  /** Name of the instance, for messages. */
  readonly name: string;
  /** What its type runs; an expression where only Terraform will know it. */
  readonly architecture: string;
  /** Size of its root volume. */
  readonly sizeGiB: number;
  /** Whether its sessions are recorded, and not accepted to be unrecorded. */
  readonly recorded: boolean;
  /** Whether a text of its own, for the first boot, may install what the image lacks. */
  readonly hasUserData: boolean;
}

/** What an image says of itself, https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-device-mapping-concepts.html. Terraform reads it before it plans an instance. */
export interface ImageLookup {
  /** Expression: the mappings of further volumes, beside that of the root. */
  readonly furtherVolumes: string;
  /** What an instance that is to boot from the image demands of it. */
  readonly conditions: (use: ImageUse) => Postcondition[];
}

/**
 * Looks an image up, once in a stack. Amazon Linux is not asked: AWS's own images of it have one volume, of 8 GiB, and SSM
 * Agent.
 *
 * @param ami the AMI id that the image stands for
 */
export function lookUpImage(scope: Construct, image: InstanceImage, ami: string): ImageLookup | undefined {
  if (typeof image === "string" || isAmazonLinux(image)) {
    return undefined;
  }
  const create = (at: Construct, name: string): DataAwsAmi =>
    new DataAwsAmi(at, name, {
      filter: [{ name: "image-id", values: [ami] }],
      // One that is to go is still an image.
      includeDeprecated: true,
    });
  const isNamed = !isUnresolvedImage(image);
  const lookup = isNamed
    ? oncePerStack(scope, imageId(image), (stack) => create(stack, imageId(image)))
    : create(scope, "looked-up_image");
  if (isNamed) {
    const name = imageId(image).replace(/^image_/, "");
    const gone = oncePerStack(scope, GONE_IMAGES, (stack) => new TerraformVariable(stack, GONE_IMAGES, GONE));
    lookup.addOverride("count", `\${contains(var.${gone.friendlyUniqueId}, "${name}") ? 0 : 1}`);
  }
  // A list in any case: of an image that is gone nothing is known, and nothing is asked.
  const images = isNamed ? addressOf(lookup) : `[${addressOf(lookup)}]`;
  return {
    furtherVolumes: `\${flatten([for image in ${images} : [for one in image.block_device_mappings : one if !(${OF_ROOT}) && ${IS_VOLUME}]])}`,
    conditions: (use) => demands(images, use),
  };
}

/**
 * The variable that names images which are gone while instances run from them. Terraform cannot look for what may be missing,
 * so that somebody has to say it: `npm run plan` and `deploy` do.
 */
const GONE_IMAGES = "gone_images";

const GONE = {
  type: "list(string)",
  default: [],
  nullable: false,
  description:
    "Images that are there no more, while every instance of them runs, as their look-ups are called without image_: they are not looked up",
};

const OF_ROOT = "one.device_name == image.root_device_name";

/** What is in the instance's own store is no volume, and is encrypted by the hardware. */
const IS_VOLUME = "try(length(one.ebs), 0) > 0";

/** A running instance keeps the image it has booted from: only of one that boots from this image is anything demanded. */
function demands(images: string, use: ImageUse): Postcondition[] {
  const { name, architecture, sizeGiB, recorded, hasUserData } = use;
  const size = operand(sizeGiB);
  const rootSizes = `[for one in image.block_device_mappings : one.ebs.volume_size if ${OF_ROOT} && ${IS_VOLUME}]`;
  const said = (what: string): string => `\${join("", [for image in ${images} : ${what}])}`;
  const demand = (condition: string, what: string): Postcondition => ({
    condition: `\${alltrue([for image in ${images} : self.ami != image.image_id || ${condition}])}`,
    errorMessage: `${name}: the image ${said("image.image_id")} (${said("image.name")}) ${what}`,
  });
  return [
    demand(
      `replace(image.architecture, "i386", "x86_64") == ${operand(architecture)}`,
      `is for ${said("image.architecture")}, and the instance type runs ${architecture}: choose another of the two.`,
    ),
    demand(
      '(image.root_device_type == "ebs" && image.virtualization_type == "hvm")',
      `is ${said("image.virtualization_type")} with a root in ${said("image.root_device_type")}: use one that is hvm, with a root in ebs, which can be encrypted.`,
    ),
    demand(
      `alltrue([for size in ${rootSizes} : tonumber(size) <= ${size}])`,
      `needs a root volume of ${said(`join("", ${rootSizes})`)} GiB, and gets one of \${${size}}: AWS refuses a smaller one. Set rootVolume.sizeGiB.`,
    ),
    ...(recorded
      ? [
          demand(
            'image.platform != "windows"',
            "is one of Windows, where recording may stop without a word: accept that with acceptUnrecorded: true, or choose Linux.",
          ),
        ]
      : []),
    ...(hasUserData
      ? []
      : [
          demand(
            `!can(regex(${JSON.stringify(NAMES_WITHOUT_AGENT)}, image.name))`,
            "comes without SSM Agent, so the instance would never show up in Session Manager: use an image that has it, or install it in userData.",
          ),
        ]),
  ];
}

function imageId(image: Exclude<InstanceImage, string>): string {
  return "amiId" in image ? `image_${image.amiId}` : lookupId(image.parameter).replace(/^ami_/, "image_");
}
