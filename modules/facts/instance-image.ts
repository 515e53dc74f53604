import { AMI_ID } from "./ec2-ids";
import { form } from "./bound";
import { withoutAgent, withoutUsers } from "./known-images";
import type { Architecture } from "./instance-type";
import { problem } from "./refusal";

/**
 * What an instance boots from.
 *
 * - `"al2023"`: the newest Amazon Linux 2023, with its default kernel
 * - `"al2"`: the newest Amazon Linux 2, past its end of support since 2026-06-30
 * - `{ parameter }`: a Systems Manager parameter that holds an AMI id, such as
 *   `/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id`; `:<version>` behind the
 *   name pins one version
 * - `{ amiId }`: one AMI
 *
 * The image must contain SSM Agent: https://docs.aws.amazon.com/systems-manager/latest/userguide/ami-preinstalled-agent.html
 */
export type InstanceImage = "al2023" | "al2" | { readonly parameter: string } | { readonly amiId: string };

/** Where AWS publishes the images of Amazon Linux. */
export const AMAZON_LINUX = "/aws/service/ami-amazon-linux-latest";

/** The name of a parameter that holds an AMI id, with a version if need be. */
export const PARAMETER_NAME = form(
  /^\/[A-Za-z0-9_./-]+(:[A-Za-z0-9_.-]+)?$/,
  `a Systems Manager parameter's name, such as ${AMAZON_LINUX}/al2023-ami-kernel-6.1-x86_64`,
  "begin with a slash and leave out blanks",
);

/** The size of AWS's Windows images. */
const WINDOWS_GIB = 30;

/** Parameters of AWS's container services, which hold an AMI id only where their name ends so; others hold JSON or a version. */
const HOLDS_NO_ID = /^\/aws\/service\/(ecs|eks|bottlerocket)\/(?!.*\/image_id(:[\w.-]+)?$)/;

/** How AMI and parameter names spell an architecture. */
const SPELLINGS: Record<Architecture, RegExp> = {
  arm64: /arm64|aarch64/,
  x86_64: /x86_64|amd64/,
};

/**
 * What keeps an image from starting on an architecture, or from ever showing up in Session Manager.
 *
 * @param architecture undefined where only Terraform will know it
 */
export function imageProblem(
  image: InstanceImage,
  architecture: Architecture | undefined,
): string | undefined {
  if (typeof image === "string") {
    return undefined;
  }
  if ("amiId" in image) {
    return AMI_ID.problem(image.amiId);
  }
  const name = image.parameter;
  const malformed = PARAMETER_NAME.problem(name);
  if (malformed !== undefined) {
    return malformed;
  }
  const without = withoutAgent(name);
  if (without !== undefined) {
    return problem(
      "an image that contains SSM Agent",
      `${without.what} have none, so the instance would never show up in Session Manager: ${without.instead}`,
    );
  }
  if (HOLDS_NO_ID.test(name)) {
    return problem("a parameter that holds an AMI id", "name the one below it that ends in /image_id");
  }
  if (architecture === undefined) {
    return undefined;
  }
  const other = architecture === "arm64" ? "x86_64" : "arm64";
  return SPELLINGS[other].test(name) && !SPELLINGS[architecture].test(name)
    ? problem(
        `an image for ${architecture}, the architecture of the instance type`,
        `choose the parameter for ${architecture}, or an instance type for ${other}`,
      )
    : undefined;
}

/** What keeps an image from fitting a root volume, where its name tells. */
export function imageSizeProblem(image: InstanceImage, sizeGiB: number): string | undefined {
  const windows =
    typeof image === "object" && "parameter" in image && /^\/aws\/service\/.*windows/i.test(image.parameter);
  return windows && sizeGiB < WINDOWS_GIB
    ? problem(`at least ${WINDOWS_GIB} GiB for Windows`, "AWS refuses a volume smaller than the image")
    : undefined;
}

/**
 * Whether an image is one of Windows, as far as its name or the text for its first boot tells: an AMI id does not.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html#user-data-powershell-scripts
 */
export function isWindows(image: InstanceImage, userData: string): boolean {
  return (
    typeof image === "object" &&
    (("parameter" in image && /windows/i.test(image.parameter)) ||
      /^\s*<(powershell|script)>/i.test(userData))
  );
}

/** Whether an image is one of AWS's own, of Amazon Linux: by its word, or by the parameter that AWS publishes it in. */
export function isAmazonLinux(image: InstanceImage): boolean {
  return (
    typeof image === "string" || ("parameter" in image && image.parameter.startsWith(`${AMAZON_LINUX}/`))
  );
}

/** What kind of image, whose sessions nobody can be made for, the name of its parameter tells of. */
export function imageWithoutUsers(image: InstanceImage): string | undefined {
  return typeof image === "object" && "parameter" in image ? withoutUsers(image.parameter) : undefined;
}

/** The Systems Manager parameter that an image is read from; undefined where it is one fixed AMI. */
export function imageParameter(image: InstanceImage, architecture: string): string | undefined {
  if (image === "al2023") {
    return `${AMAZON_LINUX}/al2023-ami-kernel-default-${architecture}`;
  }
  if (image === "al2") {
    return `${AMAZON_LINUX}/amzn2-ami-hvm-${architecture}-gp2`;
  }
  return "parameter" in image ? image.parameter : undefined;
}
