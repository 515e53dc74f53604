/**
 * What the role, the profile and the security group of an environment's instances are called, where nothing else is said.
 *
 * @param name the beginning of every name
 */
export function instancesName(name: string): string {
  return `${name}-instances`;
}
