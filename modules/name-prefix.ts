import { Token } from "cdktf";
import { type CheckedProp, problem } from "./problem";
import { sessionNames } from "./session-names";

/** The longest name S3 takes. */
const LONGEST_BUCKET_NAME = 63;

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

/**
 * What keeps a bucket of copies from being called after a name: its own name has the account and the Region too.
 *
 * @param called what the caller calls the name
 * @param bucketName where the caller names a bucket that exists
 */
export function bucketPrefixProblem(
  name: string,
  region: string,
  called = "name",
  bucketName = "archive.bucketName",
): string | undefined {
  if (Token.isUnresolved(name) || Token.isUnresolved(region)) {
    return undefined;
  }
  const excess = sessionNames(name, "0".repeat(12), region).archiveBucket.length - LONGEST_BUCKET_NAME;
  return excess <= 0
    ? undefined
    : problem(
        `a ${called} of up to ${name.length - excess} characters with a bucket made in ${region}`,
        `shorten it, or name a bucket of yours in ${bucketName}`,
      );
}
