import { type CheckedProp, problem } from "./refusal";

/** As many characters as the beginning of every name can have. */
export const MAX_NAME_PREFIX = 32;

/** What the beginning of every name may be. */
export const NAME_PREFIX = {
  /** What a good one matches. */
  pattern: new RegExp(`^[A-Za-z][A-Za-z0-9-]{0,${MAX_NAME_PREFIX - 1}}$`),
  /** What a good one does not match: AWS keeps names of security groups that begin so for itself. */
  reserved: /^[sS][gG](-|$)/,
  /** The same in words. */
  allowed: `1 to ${MAX_NAME_PREFIX} letters, digits and hyphens, beginning with a letter and not with sg-`,
};

/** What is wrong with a text that should be the beginning of every name. */
export function namePrefixProblem(
  name: string,
  fix = "choose another: role, profile and security groups are called after it",
): string | undefined {
  return NAME_PREFIX.pattern.test(name) && !NAME_PREFIX.reserved.test(name)
    ? undefined
    : problem(NAME_PREFIX.allowed, fix);
}

/** The `name` of a construct's props, checked as {@link namePrefixProblem} does. */
export function checkedName(name: string): CheckedProp {
  return { prop: "name", given: name, problem: namePrefixProblem(name) };
}
