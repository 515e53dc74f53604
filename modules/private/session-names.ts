import { Fn, Token } from "cdktf";
import { MAX_BUCKET_NAME } from "../facts/archive";
import { problem } from "../facts/refusal";
import { rootDocumentName, sessionDocumentName } from "../facts/names";

/** What the parts of session recording are called. */
export interface SessionNames {
  /** Log group of the recordings. */
  readonly logGroup: string;
  /** Session document: the only one that operators may start a shell with. */
  readonly document: string;
  /** Session document of root shells. */
  readonly rootDocument: string;
  /** Alias of the key that encrypts sessions, recordings and alerts. */
  readonly keyAlias: string;
  /** Topic of the alerts. */
  readonly topic: string;
  /** State machine, schedule and alarm of the watch for sessions without a recording. */
  readonly watch: string;
  /** Rules that tell the topic of what CloudTrail has seen. */
  readonly rules: Readonly<Record<"started" | "rootStarted" | "evidence" | "watchers", string>>;
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
    rootDocument: rootDocumentName(name),
    keyAlias: `alias/${name}-sessions`,
    topic: `${name}-session-alerts`,
    watch: `${name}-session-watch`,
    rules: {
      started: `${name}-session-started`,
      // No other environment's rule of sessions ends so, whatever its prefix.
      rootStarted: `${name}-session-started-root`,
      evidence: `${name}-evidence-touched`,
      watchers: `${name}-watchers-touched`,
    },
    metricNamespace: `SessionManager/${name}`,
    archiveBucket: `${lowerCase(name)}-sessions-${accountId}-${region}`,
  };
}

/** Buckets have no capitals; those of a name that only Terraform will know, Terraform takes away. */
function lowerCase(name: string): string {
  return Token.isUnresolved(name) ? Fn.lower(name) : name.toLowerCase();
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
  const excess = sessionNames(name, "0".repeat(12), region).archiveBucket.length - MAX_BUCKET_NAME;
  return excess <= 0
    ? undefined
    : problem(
        `a ${called} of up to ${name.length - excess} characters with a bucket made in ${region}`,
        `shorten it, or name a bucket of yours in ${bucketName}`,
      );
}
