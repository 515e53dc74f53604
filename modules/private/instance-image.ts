import { DataAwsEc2InstanceType } from "@cdktf/provider-aws/lib/data-aws-ec2-instance-type";
import { DataAwsSsmParameter } from "@cdktf/provider-aws/lib/data-aws-ssm-parameter";
import { Fn, type Postcondition, Token, conditional } from "cdktf";
import type { Construct } from "constructs";
import { AMAZON_LINUX, type InstanceImage, imageParameter, isAmazonLinux } from "../facts/instance-image";
import { shortHash } from "../facts/short-hash";
import { oncePerStack } from "./once-per-stack";

/** The architecture of an instance type that only Terraform will know: what EC2 says of it. */
export function unresolvedArchitecture(scope: Construct, instanceType: string): string {
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

/** Whether only Terraform will know what an image is. */
export function isUnresolvedImage(image: InstanceImage): boolean {
  return typeof image === "object" && Token.isUnresolved("amiId" in image ? image.amiId : image.parameter);
}

/** The AMI id of an image, looked up once per stack however many instances boot from it. */
export function amiId(scope: Construct, image: InstanceImage, architecture: string): string {
  if (typeof image === "object" && "amiId" in image) {
    return image.amiId;
  }
  const name = imageParameter(image, architecture) as string;
  const lifecycle = isAmazonLinux(image) ? undefined : { postcondition: [HOLDS_AMI_ID] };
  if (Token.isUnresolved(name)) {
    return new DataAwsSsmParameter(scope, "ami", { name, lifecycle }).insecureValue;
  }
  const id = lookupId(name);
  // An AMI id is no secret: the plain value keeps it readable in plans.
  return oncePerStack(scope, id, (stack) => new DataAwsSsmParameter(stack, id, { name, lifecycle }))
    .insecureValue;
}

/** A parameter of somebody's own may hold anything, and many of AWS's hold JSON. */
const HOLDS_AMI_ID: Postcondition = {
  condition: '${can(regex("^ami-[0-9a-f]+$", self.insecure_value))}',
  errorMessage:
    "${self.name} holds no AMI id: name a parameter that does; those of AWS's container services end in /image_id.",
};

/** Amazon's own names are told apart by their last part; others by a hash, as an id cannot carry every character. */
export function lookupId(parameter: string): string {
  if (parameter.startsWith(`${AMAZON_LINUX}/`) && /^[\w-]+$/.test(parameter.slice(AMAZON_LINUX.length + 1))) {
    return `ami_${parameter.slice(AMAZON_LINUX.length + 1)}`;
  }
  const hash = shortHash(parameter);
  return `ami_${parameter
    .split("/")
    .pop()
    ?.replace(/[^\w-]/g, "-")}_${hash}`;
}
