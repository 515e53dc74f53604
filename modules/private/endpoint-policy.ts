import type { Construct } from "constructs";
import { AGENT_ACTIONS, FIND_LOG_GROUP } from "../facts/agent-actions";
import { accountId, partition } from "./once-per-stack";
import { type PolicyStatement, ownAccount, policyDocument } from "./policy";

/** Services whose requests name the account of what they are about. Those of the others may not. */
const NAMES_RESOURCE_ACCOUNT = ["ssm", "logs", "kms"];

/**
 * The policy of an interface endpoint. Whoever calls through it must belong to this account, so that stolen foreign
 * credentials cannot be used to carry data out; and so must what they call, so that nobody's own credentials can. The agent
 * signs every call with the instance's role, and what it has to say of no resource, or of itself, is let through without.
 * https://github.com/aws-samples/data-perimeter-policy-examples
 */
export function endpointPolicy(scope: Construct, service: string, region: string): string {
  const caller = ownAccount(scope);
  const allow = (
    Sid: string,
    Action: string | readonly string[],
    Resource: string | string[] = "*",
  ): PolicyStatement => ({ Sid, Effect: "Allow", Principal: "*", Action, Resource, Condition: caller });
  if (!NAMES_RESOURCE_ACCOUNT.includes(service)) {
    return policyDocument(allow("OwnAccountOnly", `${service}:*`));
  }
  const own = allow("OwnAccountOnly", `${service}:*`);
  const both = { StringEquals: { ...caller.StringEquals, "aws:ResourceAccount": accountId(scope) } };
  const ofAws = (what: string): string => `arn:${partition(scope)}:ssm:${region}::${what}`;
  const further: Readonly<Record<string, PolicyStatement[]>> = {
    ssm: [
      allow("Register", AGENT_ACTIONS.ssm),
      allow("DocumentsAndParametersOfAws", "ssm:*", [ofAws("document/*"), ofAws("parameter/aws/*")]),
    ],
    logs: [allow("FindLogGroup", FIND_LOG_GROUP)],
  };
  return policyDocument({ ...own, Condition: both }, ...(further[service] ?? []));
}
