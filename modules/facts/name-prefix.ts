import { type CheckedProp, problem } from "./refusal";

/** What is wrong with a text that should be the beginning of every name. */
export function namePrefixProblem(
  name: string,
  fix = "choose another: role, profile and security groups are called after it",
): string | undefined {
  return /^(?!sg(-|$))[a-z][a-z0-9-]{0,31}$/i.test(name)
    ? undefined
    : problem("1 to 32 letters, digits and hyphens, beginning with a letter and not with sg-", fix);
}

/** The `name` of a construct's props, checked as {@link namePrefixProblem} does. */
export function checkedName(name: string): CheckedProp {
  return { prop: "name", given: name, problem: namePrefixProblem(name) };
}
