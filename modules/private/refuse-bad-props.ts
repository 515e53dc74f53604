import { Token } from "cdktf";
import type { Construct } from "constructs";
import { type CheckedProp, describeGiven } from "../facts/refusal";

/**
 * Refuses a construct's props. What only Terraform will know, such as a variable, is left to Terraform.
 *
 * @throws one error that lists every bad value, each with the construct's path, when there is any.
 */
export function refuseBadProps(scope: Construct, props: readonly CheckedProp[]): void {
  const lines = props
    .filter((checked) => checked.problem !== undefined && !isUnresolved(checked.given))
    .map(
      (checked) =>
        `[${scope.node.path}] ${checked.prop}: ${describeGiven(checked.given)}; ${checked.problem}`,
    );
  if (lines.length > 0) {
    throw new Error(lines.join("\n"));
  }
}

/** Whether only Terraform will know a value: one by itself, or the one that stands for all of such a list. */
function isUnresolved(given: unknown): boolean {
  return Token.isUnresolved(given) || Token.isUnresolved([given]);
}
