import type { Check, Result } from "../instance/verify";

/** What a check came to. */
export interface Finding {
  readonly result: Result;
  readonly seen: string;
  /** What a person can do; undefined where nothing has to be done. */
  readonly fix?: string;
}

/** One line of a diagnosis: what a check came to, and what the check is called. */
export interface DiagnosedCheck extends Check {
  /** What a person can do; undefined where nothing has to be done. */
  readonly fix?: string;
}

/** All is as it should be. */
export function pass(seen: string, fix?: string): Finding {
  return { result: "pass", seen, fix };
}

/** Something keeps sessions from working. */
export function fail(seen: string, fix?: string): Finding {
  return { result: "FAIL", seen, fix };
}

/** Nobody can tell from here. */
export function unknown(seen: string, fix?: string): Finding {
  return { result: "unknown", seen, fix };
}
