import { type Arguments, type Block, type JsonGraph, isExpression, isUnfolded, nested } from "./json-graph";
import { type Direction, contains } from "./network-facts";
import type { Finding } from "./reachability";

/** Ports that answers come back to. Linux takes them from 32768 to 60999, of which the ends are tried. */
export const ANSWER_PORTS = [32768, 60999];

/** What a network ACL keeps from passing between two subnets, out to HTTPS and back. */
export function networkAclBlocks(graph: JsonGraph, from: Block, to: Block): Finding[] {
  if (from === to) {
    return []; // inside a subnet no network ACL is asked
  }
  const passes: [Block, Direction, Block, readonly number[]][] = [
    [from, "egress", to, [443]],
    [to, "ingress", from, [443]],
    [to, "egress", from, ANSWER_PORTS],
    [from, "ingress", to, ANSWER_PORTS],
  ];
  return passes.flatMap(([subnet, direction, peer, ports]) =>
    aclsOf(graph, subnet).flatMap((acl) =>
      ports
        .filter((port) => !lets(graph, acl, direction, peer.config.cidr_block, port))
        .map((port) => ({
          block: acl,
          seen: `lets no ${direction === "ingress" ? "traffic in from" : "traffic out to"} ${String(peer.config.cidr_block)} on port ${port}`,
        })),
    ),
  );
}

function aclsOf(graph: JsonGraph, subnet: Block): Block[] {
  const own = [
    ...graph.referrers(subnet, "aws_network_acl", "subnet_ids"),
    ...graph
      .referrers(subnet, "aws_network_acl_association", "subnet_id")
      .flatMap((association) => graph.find(association, "network_acl_id", "aws_network_acl")),
  ];
  const standard = graph
    .find(subnet, "vpc_id", "aws_vpc")
    .flatMap((vpc) => graph.referrers(vpc, "aws_default_network_acl", "default_network_acl_id"));
  return own.length > 0 ? own : standard;
}

/** Whether the entries of a network ACL let traffic pass: the first that speaks of it decides; without one it is denied. */
export function aclLets(rules: readonly Arguments[], peerCidr: unknown, port: number): boolean {
  const first = rules
    .filter((rule) => speaksOf(rule, peerCidr, port))
    .sort((one, other) => Number(one.number) - Number(other.number))[0];
  return first?.action === "allow";
}

function lets(graph: JsonGraph, acl: Block, direction: Direction, peerCidr: unknown, port: number): boolean {
  const rules: Arguments[] = [
    ...nested(acl.config[direction]).map((rule) => readRule(rule, rule.rule_no, rule.action)),
    ...graph
      .referrers(acl, "aws_network_acl_rule", "network_acl_id")
      .filter(({ config }) => (config.egress === true) === (direction === "egress"))
      .map(({ config }) => readRule(config, config.rule_number, config.rule_action)),
  ];
  if (
    isUnfolded(acl.config, direction) ||
    isExpression(peerCidr) ||
    rules.some((rule) => Object.values(rule).some(isExpression))
  ) {
    return true; // decided by Terraform
  }
  return aclLets(rules, peerCidr, port);
}

function readRule(rule: Arguments, number: unknown, action: unknown): Arguments {
  const { protocol, from_port, to_port, cidr_block } = rule;
  return { number, action, protocol, from_port, to_port, cidr_block };
}

function speaksOf(rule: Arguments, peerCidr: unknown, port: number): boolean {
  const protocol = String(rule.protocol);
  const everything = ["-1", "all"].includes(protocol);
  const ports = Number(rule.from_port) <= port && port <= Number(rule.to_port);
  return (everything || (["tcp", "6"].includes(protocol) && ports)) && contains(rule.cidr_block, peerCidr);
}
