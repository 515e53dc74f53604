import { TerraformElement, type TerraformStack } from "cdktf";
import type { Node } from "constructs";

/**
 * A name that people can read and type (`network_zone-1`) in place of a hashed one. `Default` is left out: it is the
 * resource that a construct is named for.
 */
export function readableId(stack: TerraformStack, element: TerraformElement | Node): string {
  const node = TerraformElement.isTerraformElement(element) ? element.node : element;
  return node.scopes
    .slice(node.scopes.indexOf(stack) + 1)
    .map((construct) => construct.node.id)
    .filter((id) => id !== "Default")
    .map((id) => id.replace(/[^A-Za-z0-9_-]+/g, "-"))
    .join("_");
}
