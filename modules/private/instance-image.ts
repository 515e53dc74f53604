import { DataAwsEc2InstanceType } from "@cdktf/provider-aws/lib/data-aws-ec2-instance-type";
import { DataAwsSsmParameter } from "@cdktf/provider-aws/lib/data-aws-ssm-parameter";
import { Fn, Token, conditional } from "cdktf";
import type { Construct } from "constructs";
import { withoutAgent } from "../facts/images-without-agent";
import { problem } from "../facts/refusal";
import { oncePerStack } from "./once-per-stack";
import { shortHash } from "../facts/short-hash";

/** Processor architecture, in the words of AMI names. */
export type Architecture = "arm64" | "x86_64";

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

/** The size of AWS's Windows images. */
const WINDOWS_GIB = 30;

const AMAZON_LINUX = "/aws/service/ami-amazon-linux-latest";

/** How AMI and parameter names spell an architecture. */
const SPELLINGS: Record<Architecture, RegExp> = {
  arm64: /arm64|aarch64/,
  x86_64: /x86_64|amd64/,
};

/**
 * The architecture an instance type runs, read from its name: a `g` among the letters behind the generation
 * number stands for AWS Graviton (`t4g`, `c7gn`, `x2gd`), as does the family `a1`.
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
 */
export function architectureOf(instanceType: string): Architecture {
  const [family = ""] = instanceType.split(".");
  const attributes = /^[a-z]+-?\d+(.*)$/.exec(family)?.[1] ?? "";
  return family === "a1" || attributes.includes("g") ? "arm64" : "x86_64";
}

/** The architecture of an instance type that only Terraform will know: what EC2 says of it. */
export function untoldArchitecture(scope: Construct, instanceType: string): string {
  const { supportedArchitectures } = new DataAwsEc2InstanceType(scope, "type", { instanceType });
  return Token.asString(conditional(Fn.contains(supportedArchitectures, "arm64"), "arm64", "x86_64"));
}

/** Families from before EBS optimization came with the price: AWS charges for it there, or refuses it (`t2`). */
const BEFORE_EBS_OPTIMIZATION = /^(c1|c3|cc1|cc2|cg1|cr1|g2|hi1|hs1|i2|m1|m2|m3|r3|t1|t2)\./;

/**
 * Whether an instance type has bandwidth to EBS of its own, free of charge, as all current types do.
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-optimized.html
 */
export function isEbsOptimized(instanceType: string): boolean {
  // Of a type that only Terraform will know it is not said: AWS then decides.
  return !Token.isUnresolved(instanceType) && !BEFORE_EBS_OPTIMIZATION.test(instanceType);
}

/** What is wrong with a text that should be an instance type. */
export function instanceTypeProblem(instanceType: string): string | undefined {
  const allowed = "an EC2 instance type such as t3.nano or t4g.small";
  if (/^mac/.test(instanceType)) {
    return problem(`${allowed}, not a Mac`, "Macs need a dedicated host, which this project does not make");
  }
  return /^[a-z][a-z0-9-]*\d[a-z0-9-]*\.(nano|micro|small|medium|(\d*x)?large|metal(-\d+xl)?)$/.test(
    instanceType,
  )
    ? undefined
    : problem(allowed, "write family, dot and size, in lower case");
}

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
    return Token.isUnresolved(image.amiId) || /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(image.amiId)
      ? undefined
      : problem("an AMI id such as ami-0123456789abcdef0", "copy it from the AMI's page");
  }
  const name = image.parameter;
  if (Token.isUnresolved(name)) {
    return undefined;
  }
  if (!/^\/[A-Za-z0-9_.\-/]+(:[A-Za-z0-9_.-]+)?$/.test(name)) {
    return problem(
      `a Systems Manager parameter's name, such as ${AMAZON_LINUX}/al2023-ami-kernel-6.1-x86_64`,
      "begin with a slash and leave out blanks",
    );
  }
  const without = withoutAgent(name);
  if (without !== undefined) {
    return problem(
      "an image that contains SSM Agent",
      `${without.what} have none, so the instance would never show up in Session Manager: ${without.instead}`,
    );
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

/** The AMI id of an image, looked up once per stack however many instances boot from it. */
export function amiId(scope: Construct, image: InstanceImage, architecture: string): string {
  if (typeof image === "object" && "amiId" in image) {
    return image.amiId;
  }
  const name = imageParameter(image, architecture) as string;
  if (Token.isUnresolved(name)) {
    return new DataAwsSsmParameter(scope, "ami", { name }).insecureValue;
  }
  const id = lookupId(name);
  // An AMI id is no secret: the plain value keeps it readable in plans.
  return oncePerStack(scope, id, (stack) => new DataAwsSsmParameter(stack, id, { name })).insecureValue;
}

/** Amazon's own names are told apart by their last part; others by a hash, as an id cannot carry every character. */
function lookupId(parameter: string): string {
  if (parameter.startsWith(`${AMAZON_LINUX}/`) && /^[\w-]+$/.test(parameter.slice(AMAZON_LINUX.length + 1))) {
    return `ami_${parameter.slice(AMAZON_LINUX.length + 1)}`;
  }
  const hash = shortHash(parameter);
  return `ami_${parameter
    .split("/")
    .pop()
    ?.replace(/[^\w-]/g, "-")}_${hash}`;
}
