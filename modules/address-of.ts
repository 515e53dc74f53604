import type { TerraformDataSource, TerraformLocal } from "cdktf";

/** The address of a data source or local value, for expressions that CDKTF has no functions for. */
export function addressOf(element: TerraformDataSource | TerraformLocal): string {
  const prefix = "terraformResourceType" in element ? `data.${element.terraformResourceType}` : "local";
  return `${prefix}.${element.friendlyUniqueId}`;
}
