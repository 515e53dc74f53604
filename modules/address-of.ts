import { type TerraformLocal, TerraformDataSource, type TerraformResource } from "cdktf";

/** The address of an element, for expressions that CDKTF has no functions for and to tell elements apart. */
export function addressOf(element: TerraformResource | TerraformDataSource | TerraformLocal): string {
  if (!("terraformResourceType" in element)) {
    return `local.${element.friendlyUniqueId}`;
  }
  const prefix = TerraformDataSource.isTerraformDataSource(element) ? "data." : "";
  return `${prefix}${element.terraformResourceType}.${element.friendlyUniqueId}`;
}
