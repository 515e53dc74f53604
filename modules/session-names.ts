import { Fn, Token } from "cdktf";

/** The tag of instances that operators may open sessions on. Its value is the environment's name. */
export const ACCESS_TAG = "SessionAccess";

/** What the parts of session recording are called. */
export interface SessionNames {
  /** Log group of the recordings. */
  readonly logGroup: string;
  /** Session document: the only one that operators may start a shell with. */
  readonly document: string;
  /** Alias of the key that encrypts sessions, recordings and alerts. */
  readonly keyAlias: string;
  /** Topic of the alerts. */
  readonly topic: string;
  /** Namespace of the metrics that the alarms watch. */
  readonly metricNamespace: string;
  /** Bucket that keeps copies of the recordings, made unique by account and Region. */
  readonly archiveBucket: string;
}

/**
 * The names of everything that records sessions, derived in one place: networking and instances need some of them
 * without reading the stack that makes them.
 *
 * @param name the beginning of every name
 * @param accountId account the bucket is in
 * @param region Region the bucket is in
 */
export function sessionNames(name: string, accountId: string, region: string): SessionNames {
  return {
    logGroup: `/session-manager/${name}`,
    document: sessionDocumentName(name),
    keyAlias: `alias/${name}-sessions`,
    topic: `${name}-session-alerts`,
    metricNamespace: `SessionManager/${name}`,
    archiveBucket: `${lowerCase(name)}-sessions-${accountId}-${region}`,
  };
}

/** The name of a Session document. AWS keeps names that begin with its own for itself. */
export function sessionDocumentName(name: string, forwardTarget?: string): string {
  return `SessionManager-${name}${forwardTarget === undefined ? "" : `-forward-${forwardTarget}`}`;
}

/** Buckets have no capitals; those of a name that only Terraform will know, Terraform takes away. */
function lowerCase(name: string): string {
  return Token.isUnresolved(name) ? Fn.lower(name) : name.toLowerCase();
}
