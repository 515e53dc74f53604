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

/** What is wrong with a list that names something twice. */
export function onceProblem(list: readonly string[]): string | undefined {
  return new Set(list).size === list.length ? undefined : problem("each once", "remove the second one");
}

/** Names of values that are credentials, and must be repeated nowhere. */
const SECRET_NAMES = /secret|passw|credential|token$|access_?key|private_?key/i;

/** Whether a value of this name would be a credential. */
export function isSecretName(name: string): boolean {
  return SECRET_NAMES.test(name);
}

/** Names what was given, on one short line, without any credential in it. */
export function describeGiven(given: unknown): string {
  if (given === undefined) {
    return "got nothing";
  }
  if (typeof given === "function") {
    return "got a function";
  }
  const text =
    typeof given === "object"
      ? JSON.stringify(given, (key, value: unknown) =>
          isSecretName(key) ? "(hidden)" : typeof value === "bigint" ? `${value}n` : value,
        )
      : typeof given === "string"
        ? JSON.stringify(given)
        : `${String(given)}${typeof given === "bigint" ? "n" : ""}`;
  return `got ${text.length > 80 ? `${text.slice(0, 77)}...` : text}`;
}
