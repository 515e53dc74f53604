import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { Token } from "cdktf";
import type { Construct } from "constructs";
import { cidrProblem, isPrivate, parseCidr } from "../facts/cidr";
import { literal } from "./terraform";
import { type CheckedProp, problem } from "../facts/refusal";

/** The widest public block that a rule may open: room for any one partner, far from the whole internet. */
export const WIDEST_PUBLIC_PREFIX = 16;

/** A way out of an instance: exactly one of `cidr`, `securityGroupId` and `prefixListId`, with ports. */
export interface EgressRule {
  /**
   * IPv4 block that may be reached: private, or public and no wider than /16.
   * @default - none
   */
  readonly cidr?: string;
  /**
   * Security group whose members may be reached.
   * @default - none
   */
  readonly securityGroupId?: string;
  /**
   * Prefix list whose addresses may be reached.
   * @default - none
   */
  readonly prefixListId?: string;
  /** A port, or a range of ports, from 1 to 65535. */
  readonly ports: number | { readonly from: number; readonly to: number };
  /**
   * Protocol.
   * @default "tcp"
   */
  readonly protocol?: "tcp" | "udp";
  /** Why the way is open, for the people who audit the security group: up to 255 characters. */
  readonly description: string;
}

/** The one target of a rule, or undefined where there is none or more than one. */
export function egressTarget(rule: EgressRule): string | undefined {
  const targets = [rule.cidr, rule.securityGroupId, rule.prefixListId].filter((one) => one !== undefined);
  return targets.length === 1 ? targets[0] : undefined;
}

/** What a rule is called: two rules of one name would be the same rule to AWS. */
export function egressRuleKey(rule: EgressRule): string {
  const { from, to } = portRange(rule);
  const ports = from === to ? `${from}` : `${from}-${to}`;
  return `${rule.protocol ?? "tcp"}-${ports}-${egressTarget(rule)?.replace(/[./]/g, "-")}`;
}

/** Every value of a rule that would be refused, by AWS or by this project, with its field. */
export function egressRuleProblems(rule: EgressRule): { field: keyof EgressRule | ""; problem: string }[] {
  const found: { field: keyof EgressRule | ""; problem: string | undefined }[] = [
    { field: "ports", problem: portsProblem(rule) },
    { field: "cidr", problem: rule.cidr === undefined ? undefined : targetCidrProblem(rule.cidr) },
    { field: "securityGroupId", problem: securityGroupIdProblem(rule.securityGroupId) },
    { field: "prefixListId", problem: prefixListIdProblem(rule.prefixListId) },
    { field: "description", problem: descriptionProblem(rule.description) },
  ];
  if (egressTarget(rule) === undefined) {
    found.push({
      field: "",
      problem: problem(
        "exactly one target: cidr, securityGroupId or prefixListId",
        "write one rule per target",
      ),
    });
  }
  return found.filter((one) => one.problem !== undefined) as { field: keyof EgressRule; problem: string }[];
}

/** What is wrong with a good rule after others: AWS takes each way out of a security group once. */
export function repeatedRuleProblem(rule: EgressRule, earlier: readonly EgressRule[]): string | undefined {
  return earlier.some((one) => egressRuleKey(one) === egressRuleKey(rule))
    ? problem("each way out once", "remove this rule: an earlier one says the same")
    : undefined;
}

/** The rules of a security group as props, each with its place, such as `egress[0]`. */
export function checkedEgress(rules: readonly (readonly [place: string, rule: EgressRule])[]): CheckedProp[] {
  const good: EgressRule[] = [];
  return rules.flatMap(([place, rule]): CheckedProp[] => {
    const found = egressRuleProblems(rule);
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

/** What is wrong with a text that should be a security group's id. */
export function securityGroupIdProblem(id: string | undefined): string | undefined {
  return id === undefined || /^sg-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)
    ? undefined
    : problem("a security group id such as sg-0123456789abcdef0", "copy it from the security group's page");
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

function portRange({ ports }: EgressRule): { from: number; to: number } {
  return typeof ports === "number" ? { from: ports, to: ports } : ports;
}

function portsProblem(rule: EgressRule): string | undefined {
  const { from, to } = portRange(rule);
  if ([from, to].some((port) => Token.isUnresolved(port))) {
    return undefined;
  }
  return [from, to].every((port) => Number.isInteger(port) && port >= 1 && port <= 65535) && from <= to
    ? undefined
    : problem(
        "a port from 1 to 65535, or { from, to } in that order",
        "name the ports the service listens on",
      );
}

function targetCidrProblem(cidr: string): string | undefined {
  const block = parseCidr(cidr);
  if (block === undefined) {
    return cidrProblem(cidr);
  }
  return isPrivate(block) || block.prefix >= WIDEST_PUBLIC_PREFIX
    ? undefined
    : problem(
        `a private block, or a public one no wider than /${WIDEST_PUBLIC_PREFIX}: never the whole internet`,
        "name the networks the instance really talks to",
      );
}

function prefixListIdProblem(id: string | undefined): string | undefined {
  return id === undefined || /^pl-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)
    ? undefined
    : problem("a prefix list id such as pl-63a5400a", "copy it from the prefix list's page");
}

function descriptionProblem(description: string): string | undefined {
  return /^[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/.test(description)
    ? undefined
    : problem(
        "1 to 255 characters: letters, digits, blanks and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *",
        "say in plain words what the way out is for",
      );
}
