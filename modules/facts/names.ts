/** The tag of instances that operators may open sessions on. Its value is the beginning of the environment's names. */
export const ACCESS_TAG = "SessionAccess";

/** The tag of a person's user or role that says whom sessions run as, whatever the document says. */
export const RUN_AS_TAG = "SSMSessionRunAs";

/**
 * The tag of what holds recordings: whether destroying refuses or deletes them, as it was deployed last. Settings may say
 * otherwise since, and outputs are the first that Terraform destroys.
 */
export const RECORDINGS_TAG = "SessionRecordings";

/**
 * What the role, the profile and the security group of an environment's instances are called, where nothing else is said.
 *
 * @param name the beginning of every name
 */
export function instancesName(name: string): string {
  return `${name}-instances`;
}

/** The name of a Session document. AWS keeps names that begin with its own for itself. */
export function sessionDocumentName(name: string, forwardTarget?: string): string {
  return `SessionManager-${name}${forwardTarget === undefined ? "" : `-forward-${forwardTarget}`}`;
}

/** The document that holds an account's own preferences, one per Region, whoever wrote it. */
export const ACCOUNT_PREFERENCES = "SSM-SessionManagerRunShell";

/** As many characters as the name of a Region has at most, with some to spare. */
export const MAX_REGION_NAME = 20;

/** The name of the document of root shells. No prefix has an underscore, so that no other environment's document is called so. */
export function rootDocumentName(name: string): string {
  return `${sessionDocumentName(name)}_root`;
}

/** The name of a service's endpoints in a Region, as AWS writes it. */
export function serviceName(region: string, service: string): string {
  return `com.amazonaws.${region}.${service}`;
}

/** Where a stack's metadata lists the rules that are silenced in it. */
export const SILENCED_RULES_KEY = "silencedRules";
