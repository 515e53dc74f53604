/** Code that Terraform evaluates, in a place where a value would be quoted. */
export class Code {
  constructor(public readonly code: string) {}
}

/** Values by name; a map may hold others, and a block another block. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A block as `terraform fmt` has it: what is on one line first, then what takes several. */
export function block(head: string, values: Attributes, blocks: readonly string[] = []): string {
  const inner = blocks.map((one) => one.replace(/^(?=.)/gm, "  "));
  return `${head} {\n${[attributes(values), ...inner].join("\n\n")}\n}`;
}

/** A map on lines of its own. */
export function map(values: Attributes): Code {
  return new Code(Object.keys(values).length === 0 ? "{}" : `{\n${attributes(values)}\n}`);
}

/** A name that may have any characters. */
export function quoted(value: string): string {
  const escapes: Readonly<Record<string, string>> = {
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    '"': '\\"',
    "\\": "\\\\",
  };
  const plain = value.replace(/["\\\n\r\t]/g, (one) => escapes[one] ?? one).replace(/[$%](?=\{)/g, "$&$&");
  return `"${plain}"`;
}

/** A line each, the equals signs below each other but where a value takes several lines. */
function attributes(values: Attributes): string {
  const lines = Object.entries(values).map(([name, value]) => ({ name, value: valueOf(value) }));
  const width = Math.max(
    ...lines.filter(({ value }) => !value.includes("\n")).map(({ name }) => name.length),
  );
  return lines
    .map(({ name, value }) => `${value.includes("\n") ? name : name.padEnd(width)} = ${value}`)
    .join("\n")
    .replace(/^(?=.)/gm, "  ");
}

function valueOf(value: unknown): string {
  if (value instanceof Code) {
    return value.code;
  }
  if (typeof value === "string") {
    return quoted(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(valueOf).join(", ")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(([name, one]) => `${quoted(name)} = ${valueOf(one)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  return String(value);
}
