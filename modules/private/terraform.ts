import { type TerraformLocal, TerraformDataSource, type TerraformResource, Token } from "cdktf";

/**
 * Keeps a person's text from being read as a Terraform template: `${HOME}` in a shell script would otherwise
 * be looked up as a Terraform object. Text that already carries CDKTF tokens is left alone, since its
 * author writes Terraform.
 */
export function literal(text: string): string {
  return Token.isUnresolved(text) ? text : text.replace(/([$%])\{/g, "$1$1{");
}

/** A value as a part of an expression: CDKTF writes what only Terraform will know without quotes there. */
export function operand(value: string | number): string {
  return Token.isUnresolved(value) ? Token.asString(value) : JSON.stringify(value);
}

/** The address of an element, for expressions that CDKTF has no functions for and to tell elements apart. */
export function addressOf(element: TerraformResource | TerraformDataSource | TerraformLocal): string {
  if (!("terraformResourceType" in element)) {
    return `local.${element.friendlyUniqueId}`;
  }
  const prefix = TerraformDataSource.isTerraformDataSource(element) ? "data." : "";
  return `${prefix}${element.terraformResourceType}.${element.friendlyUniqueId}`;
}
