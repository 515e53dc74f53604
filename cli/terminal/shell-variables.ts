import { Failure } from "./failure";

/** The variable that lists what was exported, so that just that can be taken back. */
const LIST = "SESSION_MANAGER_EXPORTS";

/**
 * Outputs as variables: `vpc_id` is `VPC_ID`, and of a map each entry is one, such as `INSTANCE_IDS_WEB`. What is no
 * text is JSON.
 *
 * @throws where two of them would have the same name.
 */
export function variables(outputs: Readonly<Record<string, unknown>>, prefix = ""): Map<string, string> {
  const values = new Map<string, string>();
  const add = (name: string, value: unknown): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      Object.entries(value).forEach(([key, entry]) => add(`${name}_${key}`, entry));
      return;
    }
    const variable = `${prefix}${name.replace(/[^A-Za-z0-9_]/g, "_").toUpperCase()}`;
    if (values.has(variable)) {
      throw new Failure(
        `two outputs would both be called ${variable}, the second is ${name}: use --json, or other names`,
      );
    }
    values.set(variable, typeof value === "string" ? value : JSON.stringify(value));
  };
  Object.entries(outputs).forEach(([name, value]) => add(name, value));
  return values;
}

/**
 * Lines that export variables, whatever their values contain.
 *
 * @throws where one is set already, and not by this: it would be lost.
 */
export function exportLines(values: ReadonlyMap<string, string>, present: NodeJS.ProcessEnv): string[] {
  const before = exported(present);
  const names = [...values.keys()];
  const wrong = names.filter((name) => !isName(name));
  if (wrong.length > 0) {
    throw new Failure(`no name of a variable: ${wrong.join(", ")}: give --prefix letters, digits and _`);
  }
  const taken = names.filter((name) => name in present && !before.includes(name));
  if (taken.length > 0) {
    throw new Failure(
      `${taken.join(", ")} would be overwritten: unset first, or give --prefix, such as --prefix SM_`,
    );
  }
  const stale = before.filter((name) => !values.has(name));
  return [
    ...stale.map((name) => `unset ${name}`),
    ...[...values].map(([name, value]) => `export ${name}=${quoted(value)}`),
    `export ${LIST}=${quoted(names.join(" "))}`,
  ];
}

/** Lines that take back what was exported, and nothing else. */
export function unsetLines(present: NodeJS.ProcessEnv): string[] {
  return [...exported(present), LIST].map((name) => `unset ${name}`);
}

/** Names from a variable that anybody could have written: a shell must read nothing that is not a name. */
function exported(present: NodeJS.ProcessEnv): string[] {
  return (present[LIST] ?? "").split(" ").filter(isName);
}

function isName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

/** Within single quotes a shell reads nothing but the quote that ends them. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
