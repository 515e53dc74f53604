import type { Construct } from "constructs";

/** One value of a construct's props, and what is wrong with it, if anything. */
export interface CheckedProp {
  /** The prop's name, as the caller wrote it. */
  readonly prop: string;
  /** The value given. */
  readonly given: unknown;
  /** What is allowed and what to do, from {@link problem}; undefined when the value is good. */
  readonly problem: string | undefined;
}

/** Says what is allowed in a value's place, and what to do. Every refusal in the project ends in these words. */
export function problem(allowed: string, fix: string): string {
  return `allowed: ${allowed}; ${fix}`;
}

/** Names what was given, short enough for one line. */
export function describeGiven(given: unknown): string {
  if (given === undefined) {
    return "got nothing";
  }
  const text = JSON.stringify(given) ?? String(given);
  return `got ${text.length > 80 ? `${text.slice(0, 77)}...` : text}`;
}

/**
 * Refuses a construct's props.
 *
 * @throws one error that lists every bad value, each with the construct's path, when there is any.
 */
export function refuseBadProps(scope: Construct, props: readonly CheckedProp[]): void {
  const lines = props
    .filter((checked) => checked.problem !== undefined)
    .map(
      (checked) =>
        `[${scope.node.path}] ${checked.prop}: ${describeGiven(checked.given)}; ${checked.problem}`,
    );
  if (lines.length > 0) {
    throw new Error(lines.join("\n"));
  }
}
