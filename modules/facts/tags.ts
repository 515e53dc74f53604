import { type CheckedProp, problem } from "./refusal";

/** Tags of a resource: keys of 1 to 128, values of up to 256 characters. */
export type Tags = Readonly<Record<string, string>>;

/** As many tags as one AWS resource can have: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
export const MAX_TAGS = 50;

/** As many characters as a tag's key can have. */
export const MAX_TAG_KEY = 128;

/** As many characters as a tag's value can have. */
export const MAX_TAG_VALUE = 256;

/** A character that every service accepts in a tag, in a regular expression. */
export const TAG_CHARACTER = "[\\p{L}\\p{Z}\\p{N}_.:/=+@-]";

const ACCEPTED = new RegExp(`^${TAG_CHARACTER}*$`, "u");

/** The same in words. */
export const TAG_CHARACTERS = "letters, digits, blanks and _ . : / = + - @";

/** What AWS would refuse in a tag's key. */
export function tagKeyProblem(key: string): string | undefined {
  if (/^aws:/i.test(key)) {
    return problem("keys that do not begin with aws:", "rename it: AWS keeps that prefix for itself");
  }
  return key.length >= 1 && key.length <= MAX_TAG_KEY && ACCEPTED.test(key)
    ? undefined
    : problem(`keys of 1 to ${MAX_TAG_KEY} characters: ${TAG_CHARACTERS}`, "shorten or rename it");
}

/** What AWS would refuse in a tag's value. */
export function tagValueProblem(value: string): string | undefined {
  return value.length <= MAX_TAG_VALUE && ACCEPTED.test(value)
    ? undefined
    : problem(
        `values of up to ${MAX_TAG_VALUE} characters: ${TAG_CHARACTERS}`,
        "shorten it or leave the others out",
      );
}

/** The value of a tag, in whatever case its key is written: conditions of IAM on a resource's tag ignore that. */
export function valueOfTag(tags: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.entries(tags).find(([one]) => one.toLowerCase() === key.toLowerCase())?.[1];
}

/** The `tags` of a construct's props, checked. */
export function checkedTags(tags: Tags): CheckedProp[] {
  return Object.entries(tags).flatMap(([key, value]) => [
    { prop: `tags.${key}`, given: key, problem: tagKeyProblem(key) },
    { prop: `tags.${key}`, given: value, problem: tagValueProblem(value) },
  ]);
}

/**
 * The key that is the same as another but for upper and lower case. IAM ignores the case of tag keys, so it
 * would refuse the pair on the role.
 */
export function twinKey(keys: readonly string[]): string | undefined {
  return keys.find((key, index) =>
    keys.slice(0, index).some((other) => other.toLowerCase() === key.toLowerCase()),
  );
}
