import type { Direction, GroupRule } from "../facts/network";
import {
  type Block,
  type JsonGraph,
  isExpression,
  isOn,
  isUnfolded,
  knownNumber,
  knownText,
  list,
  nested,
} from "./json-graph";
import { subnetsOf } from "./network-reader";

/** A rule of a security group, in one spelling whether it is a resource or a block of the group. */
export interface WrittenRule extends GroupRule<Block> {
  /** The resource that holds it. */
  readonly block: Block;
  /** The security groups that it can belong to. */
  readonly owners: readonly Block[];
  /** The direction in which it lets traffic. */
  readonly direction: Direction;
  /** What prefix lists at the other end come from, as far as that is known: gateway endpoints, and lists that are managed. */
  readonly prefixLists: readonly Block[];
}

/** Types of security groups. */
export const GROUPS = ["aws_security_group", "aws_default_security_group"];

/** The security groups of an instance or endpoint; undefined where one is not known. */
export function groupsOf(graph: JsonGraph, block: Block): Block[] | undefined {
  const found = attachedGroups(graph, block);
  if (found.length === 0) {
    // Without any group of its own it has the VPC's default one, which may be written elsewhere.
    const standard = subnetsOf(graph, block)
      .flatMap((subnet) => graph.find(subnet, "vpc_id", "aws_vpc"))
      .flatMap((vpc) => graph.referrers(vpc, "aws_default_security_group", "vpc_id"));
    const elsewhere = block.config.launch_template ?? block.config.network_interface;
    return standard.length > 0 && elsewhere === undefined ? [...new Set(standard)] : undefined;
  }
  return found.some((groups) => groups.length === 0) || graph.isInModule(block) ? undefined : found.flat();
}

/** The security groups of an instance or endpoint that are known, whatever others it has. */
export function knownGroupsOf(graph: JsonGraph, block: Block): Block[] {
  return attachedGroups(graph, block).flat();
}

function attachedGroups(graph: JsonGraph, block: Block): Block[][] {
  const find = (holder: Block, argument: string): Block[][] =>
    list(holder.config[argument]).map((value) => graph.findIn(value, holder.stack, ...GROUPS));
  if (block.type !== "aws_instance") {
    const added = graph.referrers(block, "aws_vpc_endpoint_security_group_association", "vpc_endpoint_id");
    return [...find(block, "security_group_ids"), ...added.flatMap((one) => find(one, "security_group_id"))];
  }
  const interfaces = [
    ...graph.referrers(block, "aws_network_interface", "attachment"),
    ...graph.find(block, "network_interface", "aws_network_interface"),
    ...graph.find(block, "primary_network_interface", "aws_network_interface"),
  ];
  const added = [block, ...interfaces].flatMap((one) =>
    graph.referrers(one, "aws_network_interface_sg_attachment", "network_interface_id"),
  );
  return [
    ...find(block, "vpc_security_group_ids"),
    ...find(block, "security_groups"),
    ...interfaces.flatMap((one) => find(one, "security_groups")),
    ...added.flatMap((one) => find(one, "security_group_id")),
  ];
}

/** The rules of a security group, with one that may let anything through where Terraform adds to them. */
export function rulesOf(graph: JsonGraph, group: Block, direction: Direction): readonly WrittenRule[] {
  const read = READ.get(group) ?? {};
  READ.set(group, read);
  // A thousand instances share their groups.
  return (read[direction] ??= readRules(graph, group, direction));
}

const READ = new WeakMap<Block, Partial<Record<Direction, readonly WrittenRule[]>>>();

function readRules(graph: JsonGraph, group: Block, direction: Direction): WrittenRule[] {
  const mayHaveMore = isUnfolded(group.config, direction) || graph.isInModule(group);
  const inline = nested(group.config[direction]).map((rule) => readRule(graph, group, direction, rule));
  const anything = { ...readRule(graph, group, direction, { protocol: "-1" }), partlyUnknown: true };
  const resources = [
    ...graph
      .referrers(group, "aws_security_group_rule", "security_group_id")
      .filter(({ config }) => config.type === direction || isExpression(config.type)),
    ...graph.referrers(group, `aws_vpc_security_group_${direction}_rule`, "security_group_id"),
  ].map((block) => readRule(graph, block, direction));
  return [...(mayHaveMore ? [anything] : []), ...inline, ...resources];
}

/** Every rule of every group. */
export function allRules(graph: JsonGraph): WrittenRule[] {
  const directions: Direction[] = ["ingress", "egress"];
  return directions.flatMap((direction) => [
    ...graph.of(...GROUPS).flatMap((group) => {
      const unfolded = nested(group.config.dynamic).flatMap((one) => nested(one[direction]));
      const inline = [group.config[direction], ...unfolded.map(({ content }) => content)].flatMap(nested);
      return inline.map((rule) => readRule(graph, group, direction, rule));
    }),
    ...[
      ...graph.of("aws_security_group_rule").filter(({ config }) => config.type === direction),
      ...graph.of(`aws_vpc_security_group_${direction}_rule`),
    ].map((block) => readRule(graph, block, direction)),
  ]);
}

function readRule(graph: JsonGraph, block: Block, direction: Direction, rule = block.config): WrittenRule {
  const valuesOf = (...names: readonly string[]): unknown[] => names.flatMap((name) => list(rule[name]));
  const find = (value: unknown, ...types: readonly string[]): Block[] =>
    graph.findIn(value, block.stack, ...types);
  const owners = GROUPS.includes(block.type) ? [block] : find(block.config.security_group_id, ...GROUPS);
  const cidrs = valuesOf("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6");
  const prefixLists = valuesOf("prefix_list_ids", "prefix_list_id").map((value) =>
    find(value, "aws_vpc_endpoint", "aws_ec2_managed_prefix_list"),
  );
  const groups = valuesOf("security_groups", "source_security_group_id", "referenced_security_group_id").map(
    (value) => find(value, ...GROUPS),
  );
  return {
    block,
    owners,
    direction,
    protocol: knownText(rule.protocol ?? rule.ip_protocol),
    from: knownNumber(rule.from_port ?? 0),
    to: knownNumber(rule.to_port ?? 65535),
    cidrs: cidrs.flatMap((cidr) => knownText(cidr) ?? []),
    groups: [...groups.flat(), ...(isOn(rule.self) ? owners : [])],
    prefixLists: prefixLists.flat(),
    partlyUnknown:
      cidrs.some(isExpression) ||
      groups.some((found) => found.length === 0) ||
      // The list of a gateway endpoint holds the service's public addresses, never those of an interface.
      prefixLists.some((found) => !found.some(({ type }) => type === "aws_vpc_endpoint")),
  };
}
