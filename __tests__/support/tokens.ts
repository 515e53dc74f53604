import { Lazy } from "cdktf";

/** A text that only Terraform will know, which no check may judge. */
export const unresolved = (expression = "var.x"): string =>
  Lazy.stringValue({ produce: () => `\${${expression}}` });

/** A number that only Terraform will know. */
export const unresolvedNumber = (expression = "var.x"): number =>
  Lazy.numberValue({ produce: () => `\${${expression}}` as unknown as number });

/** A list that only Terraform will know. */
export const unresolvedList = (expression = "var.x"): string[] =>
  Lazy.listValue({ produce: () => `\${${expression}}` as unknown as string[] });
