import { z } from "zod";
import { type Bound, type Form, form } from "../../modules/facts/bound";
import { ROLE_ARN } from "../../modules/facts/iam-names";
import { isSecretName, problem } from "../../modules/facts/refusal";
import { likelyName } from "./likely-name";

/** What to do about a credential, wherever it stands. */
export const NO_CREDENTIAL = problem(
  "no credential, as settings end up in the synthesized JSON",
  "remove it, and let the AWS SDK find credentials: a profile, AWS_* variables or a role",
);

/**
 * A Region of a partition that this project knows. China, the European Sovereign Cloud and the isolated partitions have
 * principals, buckets of packages or names of their own.
 */
const REGION = form(
  /^(?!cn-|eusc-|[a-z]{2}-iso)[a-z]{2}(-[a-z]+)+-\d$/,
  "a Region of AWS or AWS GovCloud (US), such as eu-central-1",
  "write its code, not its name",
);

/** A Region. */
export const region = () => text(REGION);

/** The ARN of a role. */
export const roleArn = () => text(ROLE_ARN);

/**
 * A group of settings. Names that it does not have are refused, one message each, with the name that was meant.
 *
 * @param foreign names that another kind of the same group has, with what to do about them here
 */
export function section<T extends z.ZodRawShape>(shape: T, foreign: Readonly<Record<string, string>> = {}) {
  const names = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => unknownName(key, names, foreign[key])).join("\n")
        : problem(`a group of settings: ${names.join(", ")}`, "write { ... }"),
  });
}

/** A setting whose every refusal says the same: what is allowed and what to do. */
export function refusal(allowed: string, fix: string): { error: string } {
  return { error: problem(allowed, fix) };
}

/** A text that the modules know a bound of. */
export function checkedText({ allowed, problem }: Bound<string>) {
  return z.string(refusal(allowed, "write it as a text")).superRefine(reportTo(problem));
}

/** A number that the modules know a bound of. */
export function checkedNumber({ allowed, problem }: Bound<number>) {
  return z.number(refusal(allowed, "write a number")).superRefine(reportTo(problem));
}

/** A text of a fixed form, with the same to do about anything else. */
export function text({ pattern, allowed, fix }: Form) {
  return z.string(refusal(allowed, fix)).regex(pattern, refusal(allowed, fix));
}

/** A switch. */
export function flag() {
  return z.boolean(refusal("true or false", "write it without quotes"));
}

/** One of a few words, or of `others` that stand beside it in a {@link kinds}. */
export function choice<const T extends readonly string[]>(words: T, ...others: string[]) {
  return z.enum(words, {
    error: (issue) => {
      const meant = typeof issue.input === "string" ? likelyName(issue.input, words) : undefined;
      return problem(
        [...words.map((word) => JSON.stringify(word)), ...others].join(" or "),
        meant ? `did you mean ${JSON.stringify(meant)}?` : "choose one",
      );
    },
  });
}

/**
 * A value of two kinds that a look tells apart. What is wrong is said of that one kind, as if there were no other; of a
 * plain union, zod would report what is wrong with both.
 *
 * @param isOther whether a value is of the other kind, not of the usual one
 */
export function kinds<Usual extends z.ZodType, Other extends z.ZodType>(
  usual: Usual,
  other: Other,
  isOther: (value: unknown) => boolean,
) {
  return z.transform((value: z.input<Usual> | z.input<Other>, context) => {
    const kind = isOther(value) ? other : usual;
    const { data = whatIsGood(kind, value), error } = kind.safeParse(value);
    error?.issues.forEach((issue) => context.addIssue({ ...issue }));
    return data as z.output<Usual> | z.output<Other>;
  });
}

/** The settings of a bad group that are good by themselves, which checks of several settings go on with. */
function whatIsGood(kind: z.ZodType, given: unknown): unknown {
  return kind instanceof z.ZodObject && isGroup(given)
    ? Object.fromEntries(
        Object.entries(kind.shape as z.ZodRawShape).map(([name, setting]) => [
          name,
          z.safeParse(setting, given[name]).data,
        ]),
      )
    : given;
}

/** Whether a value is a group of settings, good or bad. */
export function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands at a path of settings, good or bad; undefined where there is nothing. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

/** Turns a check that returns a message into one that reports to zod. */
export function reportTo<T>(check: (value: T) => string | undefined) {
  return (value: T, context: z.RefinementCtx): void => {
    const message = check(value);
    if (message !== undefined) {
      context.addIssue({ code: "custom", message });
    }
  };
}

/**
 * When a check of several settings together can run: as soon as those settings are good by themselves, whatever
 * is wrong elsewhere. Without this, one misspelt word would hide every later problem.
 */
export function onceGood(...paths: string[]) {
  return {
    when: ({ issues }: Pick<z.RefinementCtx, "issues">): boolean =>
      !issues.some(({ code, path = [] }) => {
        const at = path.map(String).join(".");
        const isWhole = at === "" && code !== "unrecognized_keys";
        return isWhole || paths.some((path) => `${at}.`.startsWith(`${path}.`) || path.startsWith(`${at}.`));
      }),
  };
}

function unknownName(name: string, names: readonly string[], advice?: string): string {
  if (isSecretName(name)) {
    return NO_CREDENTIAL;
  }
  if (advice !== undefined) {
    return problem(names.join(", "), advice);
  }
  const meant = likelyName(name, names);
  return problem(names.join(", "), meant ? `did you mean ${meant}?` : "remove it, or choose one of these");
}
