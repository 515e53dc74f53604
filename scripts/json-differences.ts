/** A place where two values of JSON differ. */
export interface Difference {
  /** Where, such as `terraform.required_version`. */
  readonly path: string;
  /** The one, as JSON. */
  readonly before: string;
  /** The other, as JSON. */
  readonly after: string;
}

/** Every place where two values differ, whatever the order of keys. */
export function differences(before: unknown, after: unknown, path = ""): Difference[] {
  if (isObject(before) && isObject(after)) {
    return Object.keys({ ...before, ...after }).flatMap((key) =>
      differences(before[key], after[key], path === "" ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((one, index) => differences(one, after[index], `${path}.${index}`));
  }
  const texts = [before, after].map((value) => JSON.stringify(value) ?? "nothing");
  return texts[0] === texts[1] ? [] : [{ path, before: texts[0] ?? "", after: texts[1] ?? "" }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
