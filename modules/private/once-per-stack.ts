import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { DataAwsPartition } from "@cdktf/provider-aws/lib/data-aws-partition";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";

/**
 * Makes something once in a stack, and gives every later caller the same one: a data source that a thousand
 * instances read is one call to AWS, not a thousand.
 */
export function oncePerStack<T extends Construct>(
  scope: Construct,
  id: string,
  create: (stack: TerraformStack) => T,
): T {
  const stack = TerraformStack.of(scope);
  return (stack.node.tryFindChild(id) as T | undefined) ?? create(stack);
}

/** The partition the provider works in: `aws`, `aws-cn` or `aws-us-gov`. */
export function partition(scope: Construct): string {
  const id = "aws_partition";
  return oncePerStack(scope, id, (stack) => new DataAwsPartition(stack, id)).partition;
}

/** The account the provider works in. */
export function accountId(scope: Construct): string {
  const id = "aws_account";
  return oncePerStack(scope, id, (stack) => new DataAwsCallerIdentity(stack, id)).accountId;
}

/** Writes ARNs of what the provider's account has in a Region, such as `arn("ssm", "document/x")`. */
export function arnsIn(scope: Construct, region: string): (service: string, resource: string) => string {
  return (service, resource) =>
    `arn:${partition(scope)}:${service}:${region}:${accountId(scope)}:${resource}`;
}
