import type { OPEN_TAGS } from "./contract";
import type { Tags } from "../modules/facts/tags";

/**
 * The tags of everything that an environment makes, but for the one that tells its stack.
 *
 * @param name name of the environment
 * @param own its own tags
 */
export function environmentTags(name: string, own: Tags): Tags {
  const tags: Record<(typeof OPEN_TAGS)[number], string> = { Environment: name, ManagedBy: "cdktf" };
  return besideOwn(tags, own);
}

/**
 * The value of the tag by which operators are let in to an environment's instances. It is the beginning of its names, as
 * AWS has the names of operators' policies once in an account: a file of the same name in another project must not let
 * in its people.
 */
export function accessTagOf({ namePrefix }: { readonly namePrefix: string }): string {
  return namePrefix;
}

/**
 * An environment's own tags, and others beside them. Its own win, in whatever case an organization writes their keys:
 * IAM takes two that differ in case for one, and would refuse the pair.
 */
export function besideOwn(others: Tags, own: Tags): Tags {
  const taken = new Set(Object.keys(own).map((key) => key.toLowerCase()));
  const left = Object.entries(others).filter(([key]) => !taken.has(key.toLowerCase()));
  return { ...Object.fromEntries(left), ...own };
}
