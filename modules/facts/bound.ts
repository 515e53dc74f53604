import { type CheckedProp, problem } from "./refusal";

/** What a value may be. Constructs, settings and exported modules refuse others by it. */
export interface Bound<T> {
  /** What is allowed, as refusals say it. */
  readonly allowed: string;
  /** What is wrong with a value: what is allowed and what to do; undefined where it is good. */
  readonly problem: (value: T) => string | undefined;
}

/** Whole numbers of a range. */
export interface WholeNumbers extends Bound<number> {
  /** The smallest. */
  readonly min: number;
  /** The largest; infinite where there is none. */
  readonly max: number;
}

/** Texts of one form. */
export interface Form extends Bound<string> {
  /** What matches a good text from its beginning to its end. */
  readonly pattern: RegExp;
  /** What to do about any other text. */
  readonly fix: string;
}

/**
 * Whole numbers from the least to the most.
 *
 * @param what what they are, such as `a port`
 * @param fix what to do about any other number
 */
export function wholeNumbers(what: string, [min, max]: [number, number], fix: string): WholeNumbers {
  const allowed = `${what} from ${min}${max === Infinity ? "" : ` to ${max}`}`;
  const isGood = (value: number): boolean => Number.isInteger(value) && value >= min && value <= max;
  return { min, max, allowed, problem: (value) => (isGood(value) ? undefined : problem(allowed, fix)) };
}

/** Texts that match a pattern. */
export function form(pattern: RegExp, allowed: string, fix: string): Form {
  return {
    pattern,
    allowed,
    fix,
    problem: (text) => (pattern.test(text) ? undefined : problem(allowed, fix)),
  };
}

/** A construct's prop that must be given, checked: TypeScript may have been told that it is there. */
export function checked<T>(prop: string, given: T | undefined, bound: Bound<T>): CheckedProp {
  const found = given === undefined ? problem(bound.allowed, "give one") : bound.problem(given);
  return { prop, given, problem: found };
}

/** A construct's prop that may be left out, checked where it is given. */
export function checkedOptional<T>(prop: string, given: T | undefined, bound: Bound<T>): CheckedProp {
  return given === undefined ? { prop, given, problem: undefined } : checked(prop, given, bound);
}

/** Each element of a construct's list, checked. */
export function checkedEach<T>(prop: string, given: readonly T[], bound: Bound<T>): CheckedProp[] {
  return given.map((one, index) => checked(`${prop}[${index}]`, one, bound));
}
