import type { Verdict } from "../../modules/facts/network";
import { type Statement, concerns, readPolicyJson } from "../../modules/facts/iam-policy";

/** A request that comes to an endpoint, as far as it is known. */
export interface EndpointRequest {
  readonly action: string;
  /** The ARN that it is about; undefined where nobody here knows it. */
  readonly resource?: string;
  /** What conditions may ask for, by the name of their key. */
  readonly known: Readonly<Record<string, string>>;
}

/**
 * Whether the policy of an endpoint lets the instance's own role do something, of which some is known: whom, what and
 * under which conditions each statement means. What cannot be judged from here is not known.
 */
export function policyLets(policy: string, request: EndpointRequest): Verdict {
  const statements = readPolicyJson(policy);
  if (statements === undefined) {
    return policy === "" ? "yes" : "unknown";
  }
  const met = (effect: string): Verdict[] =>
    statements
      .filter((one) => one.effect === effect && concerns(one, request.action))
      .map((one) => least([isMeant(one, request.known), covers(one, request.resource), holds(one, request)]));
  const [denied, allowed] = [met("Deny"), met("Allow")];
  if (denied.includes("yes") || allowed.every((one) => one === "no")) {
    return "no";
  }
  return denied.includes("unknown") || !allowed.includes("yes") ? "unknown" : "yes";
}

/** Whether a statement means the role of the instance: by all, by its account or by itself. */
function isMeant({ principals }: Statement, known: EndpointRequest["known"]): Verdict {
  if (principals === "*") {
    return "yes";
  }
  const named = (principals as { AWS?: string | readonly string[] } | undefined)?.AWS;
  if (principals === undefined || named === undefined) {
    return principals === undefined ? "unknown" : "no"; // all but some, or services and others that are no role
  }
  const { "aws:PrincipalArn": role = "", "aws:PrincipalAccount": account = "" } = known;
  const verdicts = [named].flat().map((one): Verdict => {
    if (one === "*" || one === account || one === role) {
      return "yes";
    }
    const [, owner = "", thing = ""] = /^arn:[\w-]+:(?:iam|sts)::(\d{12}):(.+)$/.exec(one) ?? [];
    if (thing === "root" || /^\d{12}$/.test(one)) {
      return owner === account ? "yes" : "no";
    }
    // AWS writes an id for a role that was deleted; and without its profile, the instance's own is not known.
    return thing === "" || (role === "" && owner === account) ? "unknown" : "no";
  });
  return verdicts.includes("yes") ? "yes" : verdicts.includes("unknown") ? "unknown" : "no";
}

/** Whether a statement speaks of a resource. */
function covers({ resources }: Statement, resource: string | undefined): Verdict {
  if (resources.includes("*")) {
    return "yes";
  }
  return resource === undefined ? "unknown" : resources.some((one) => fits(one, resource)) ? "yes" : "no";
}

/** Whether all conditions of a statement are met. */
function holds({ condition }: Statement, { known }: EndpointRequest): Verdict {
  // IAM does not tell the case of keys.
  const value = (key: string): string | undefined =>
    Object.entries(known).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
  return least(
    Object.entries(condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => judge(operator, value(key), [values].flat().map(String))),
    ),
  );
}

function judge(operator: string, is: string | undefined, values: readonly string[]): Verdict {
  const [, type, not, match] = /^(String|Arn)(Not)?(Equals|Like)(?:IfExists)?$/.exec(operator) ?? [];
  if (is === undefined || match === undefined || values.some((value) => value.includes("${"))) {
    return "unknown";
  }
  // Of ARNs, both operators take wildcards.
  const isPattern = type === "Arn" || match === "Like";
  const isOne = values.some((value) => (isPattern ? fits(value, is) : value === is));
  return isOne === (not === undefined) ? "yes" : "no";
}

/** What holds of all: no, where one does not. */
function least(verdicts: readonly Verdict[]): Verdict {
  return (["no", "unknown"] as const).find((one) => verdicts.includes(one)) ?? "yes";
}

function fits(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`).test(text);
}
