import { Token } from "cdktf";

/**
 * Keeps a person's text from being read as a Terraform template: `${HOME}` in a shell script would otherwise
 * be looked up as a Terraform object. Text that already carries CDKTF tokens is left alone, since its
 * author writes Terraform.
 */
export function literal(text: string): string {
  return Token.isUnresolved(text) ? text : text.replace(/([$%])\{/g, "$1$1{");
}
