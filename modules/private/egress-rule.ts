import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { Token } from "cdktf";
import type { Construct } from "constructs";
import { type EgressRule, egressRuleProblems, portRange, repeatedRuleProblem } from "../facts/egress-rule";
import type { CheckedProp } from "../facts/refusal";
import { literal } from "./terraform";

/** The rules of a security group as props, each with its place, such as `egress[0]`. */
export function checkedEgress(rules: readonly (readonly [place: string, rule: EgressRule])[]): CheckedProp[] {
  const good: EgressRule[] = [];
  return rules.flatMap(([place, rule]): CheckedProp[] => {
    const { from, to } = portRange(rule);
    const portsAreUnresolved = [from, to].some((port) => Token.isUnresolved(port));
    const found = egressRuleProblems(rule).filter(({ field }) => field !== "ports" || !portsAreUnresolved);
    if (found.length === 0) {
      const repeated = repeatedRuleProblem(rule, good);
      good.push(rule);
      return [{ prop: place, given: rule, problem: repeated }];
    }
    return found.map((one) => ({
      prop: `${place}${one.field && `.${one.field}`}`,
      given: one.field ? rule[one.field] : rule,
      problem: one.problem,
    }));
  });
}

/** Adds a rule to a security group. */
export function addEgressRule(
  scope: Construct,
  id: string,
  securityGroupId: string,
  rule: EgressRule,
): VpcSecurityGroupEgressRule {
  const { from, to } = portRange(rule);
  return new VpcSecurityGroupEgressRule(scope, id, {
    securityGroupId,
    description: literal(rule.description),
    ipProtocol: rule.protocol ?? "tcp",
    fromPort: from,
    toPort: to,
    cidrIpv4: rule.cidr,
    referencedSecurityGroupId: rule.securityGroupId,
    prefixListId: rule.prefixListId,
  });
}
