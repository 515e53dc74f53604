import { breaking, type Case, type Change } from "../../support/rules";
import type { Json } from "../../support/synth";
import type { Environment } from "../../../stacks/settings/environment";

/** Asks what breaks after changes of an environment, and tests whole lists of them. */
export function casesOf(environment: Environment) {
  const after = breaking(environment);
  return {
    after,
    broken: (cases: Case[]) =>
      test.each<Case>(cases)("is broken by %s", (_, change, expected) => {
        expect(after(change)).toEqual(expected);
      }),
    kept: (cases: [string, Change][]) =>
      test.each<[string, Change]>(cases)("is kept with %s", (_, change) => {
        expect(after(change)).toEqual([]);
      }),
  };
}

/** Adds a resource in a stranger's stack. */
export const foreign =
  (address: string, config: Json): Change =>
  (s) => {
    const [type = "", name = ""] = address.split(".");
    s.theirs ??= { resource: {} };
    s.theirs.resource[type] = { ...s.theirs.resource[type], [name]: config };
  };
