import { form } from "./bound";
import { WIDEST_PUBLIC_PREFIX, cidrProblem, isPrivate, parseCidr, reachableProblem } from "./cidr";
import { PREFIX_LIST_ID, SECURITY_GROUP_ID } from "./ec2-ids";
import { PORT } from "./port";
import { problem } from "./refusal";

/** What to do about ports that are none. */
export const NAME_PORTS = "name the ports the service listens on";

/** As many characters as the description of a rule can have. */
export const MAX_DESCRIPTION = 255;

const DESCRIPTION = form(
  new RegExp(`^[A-Za-z0-9 ._\\-:/()#,@[\\]+=&;{}!$*]{1,${MAX_DESCRIPTION}}$`),
  `1 to ${MAX_DESCRIPTION} characters: letters, digits, blanks and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *`,
  "say in plain words what the way out is for",
);

/** A way out of an instance: exactly one of `cidr`, `securityGroupId` and `prefixListId`, with ports. */
export interface EgressRule {
  /**
   * IPv4 block that may be reached: private, or public and no wider than /16; none that packets never leave an instance
   * for, such as 127.0.0.0/8 or 169.254.0.0/16.
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
function egressTarget(rule: EgressRule): string | undefined {
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
  const { cidr, securityGroupId, prefixListId, description } = rule;
  const found: { field: keyof EgressRule | ""; problem: string | undefined }[] = [
    { field: "ports", problem: portsProblem(rule) },
    { field: "cidr", problem: cidr === undefined ? undefined : targetCidrProblem(cidr) },
    {
      field: "securityGroupId",
      problem: securityGroupId === undefined ? undefined : SECURITY_GROUP_ID.problem(securityGroupId),
    },
    {
      field: "prefixListId",
      problem: prefixListId === undefined ? undefined : PREFIX_LIST_ID.problem(prefixListId),
    },
    { field: "description", problem: DESCRIPTION.problem(description) },
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

/** The first and the last port of a rule. */
export function portRange({ ports }: EgressRule): { from: number; to: number } {
  return typeof ports === "number" ? { from: ports, to: ports } : ports;
}

function portsProblem(rule: EgressRule): string | undefined {
  const { from, to } = portRange(rule);
  return [from, to].every((port) => PORT.problem(port) === undefined) && from <= to
    ? undefined
    : problem(`${PORT.allowed}, or { from, to } in that order`, NAME_PORTS);
}

function targetCidrProblem(cidr: string): string | undefined {
  const block = parseCidr(cidr);
  if (block === undefined) {
    return cidrProblem(cidr);
  }
  return isPrivate(block) || block.prefix >= WIDEST_PUBLIC_PREFIX
    ? reachableProblem(block)
    : problem(
        `a private block, or a public one no wider than /${WIDEST_PUBLIC_PREFIX}: never the whole internet`,
        "name the networks the instance really talks to",
      );
}
