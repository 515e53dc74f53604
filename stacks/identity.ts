import { instancesName } from "../modules/facts/names";
import { shortHash } from "../modules/facts/short-hash";
import type { EnvironmentSettings } from "./settings/environment";

/**
 * The tag by which commands tell what a stack has made from all else. An organization may prescribe every other tag, so
 * that others carry the same; this one no setting can change.
 */
export const STACK_TAG = "SessionManagerStack";

/**
 * What the tag says: the stack's name, so that whoever finds a resource knows where it belongs, and digits that no other
 * environment has. They stand for the name of the instances' role, which AWS has once in an account: two environments
 * that are both deployed there differ, even where two clones of this project have one of the same name.
 *
 * @param stack name of the stack, such as `dev-networking`
 * @param roleName name of the environment's instance role
 */
export function stackIdentity(stack: string, roleName: string): string {
  return `${stack}-${shortHash(roleName)}`;
}

/** Whether a value of the tag is of a stack of this name, whatever its environment's role was called then. */
export function isIdentityOf(stack: string, value: string | undefined): boolean {
  return value?.slice(0, stack.length) === stack && /^-[0-9a-f]{8}$/.test(value.slice(stack.length));
}

/** The name of an environment's instance role. */
export function instanceRoleName({
  iam,
  namePrefix,
}: Pick<EnvironmentSettings, "iam" | "namePrefix">): string {
  return iam.roleName ?? instancesName(namePrefix);
}
