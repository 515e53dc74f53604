import type { Verdict } from "../../modules/facts/network";
import { type Statement, concerns, readPolicyJson } from "../../modules/facts/iam-policy";

/**
 * Whether the policy of an endpoint lets the instance's own role do something, of which some is known: a condition on
 * anything else cannot be judged.
 */
export function policyLets(policy: string, action: string, known: Readonly<Record<string, string>>): Verdict {
  const statements = readPolicyJson(policy);
  if (statements === undefined) {
    return policy === "" ? "yes" : "unknown";
  }
  const met = (effect: string): Verdict[] =>
    statements
      .filter(
        (one) =>
          one.effect === effect &&
          concerns(one, action) &&
          (effect === "Allow" || one.resources.includes("*")),
      )
      .map((one) => (effect === "Allow" || isEverybody(one) ? holds(one, known) : "unknown"));
  const [denied, allowed] = [met("Deny"), met("Allow")];
  if (denied.includes("yes") || allowed.every((one) => one === "no")) {
    return "no";
  }
  return denied.includes("unknown") || !allowed.includes("yes") ? "unknown" : "yes";
}

/** Whether all conditions of a statement are met. */
function holds({ condition }: Statement, known: Readonly<Record<string, string>>): Verdict {
  const verdicts = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => judge(operator, known[key], [values].flat().map(String))),
  );
  return (["no", "unknown"] as const).find((one) => verdicts.includes(one)) ?? "yes";
}

function judge(operator: string, is: string | undefined, values: readonly string[]): Verdict {
  const [, not, match] = /^(?:String|Arn)(Not)?(Equals|Like)(?:IfExists)?$/.exec(operator) ?? [];
  if (is === undefined || match === undefined) {
    return "unknown";
  }
  const isOne = values.some((value) => fits(value, is));
  return isOne === (not === undefined) ? "yes" : "no";
}

function fits(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`).test(text);
}

function isEverybody({ principals }: Statement): boolean {
  return ['"*"', '{"AWS":"*"}'].includes(JSON.stringify(principals ?? "*"));
}
