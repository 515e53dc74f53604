import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack, Token } from "cdktf";
import type { Construct } from "constructs";
import type { ArnPlace } from "../facts/arn";

/**
 * Where the provider of a stack works, as far as it is written out, and not left to variables of the environment. One with an
 * alias is not what constructs use.
 */
export function providerPlace(scope: Construct): ArnPlace {
  const provider = TerraformStack.of(scope).node.children.find(
    (one): one is AwsProvider => one instanceof AwsProvider && one.alias === undefined,
  );
  const { region, allowedAccountIds: ids } = provider ?? {};
  const isKnown = ids !== undefined && !Token.isUnresolved(ids) && !ids.some((id) => Token.isUnresolved(id));
  return {
    region: region === undefined || Token.isUnresolved(region) ? undefined : region,
    accounts: isKnown ? { ids, whose: "which the provider's allowedAccountIds has" } : undefined,
  };
}
