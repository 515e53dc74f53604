import { parseCidr } from "../facts/cidr";
import {
  type Arguments,
  type Block,
  type JsonGraph,
  isExpression,
  isLookup,
  isUnfolded,
  list,
  nested,
} from "./json-graph";

/** One rule of a security group, in one spelling whether it is a resource or a block of the group. */
export interface GroupRule {
  /** The resource that holds it. */
  readonly block: Block;
  /** Which way it lets traffic. */
  readonly direction: Direction;
  /** Protocol, by name or number. */
  readonly protocol: unknown;
  /** First port. */
  readonly from: unknown;
  /** Last port. */
  readonly to: unknown;
  /** Blocks of addresses. */
  readonly cidrs: readonly unknown[];
  /** Other security groups. */
  readonly groups: readonly unknown[];
  /** Lists of blocks. */
  readonly prefixLists: readonly unknown[];
  /** Whether it speaks of the group's own members. */
  readonly self: boolean;
}

/** Which way a rule lets traffic. */
export type Direction = "ingress" | "egress";

/** A rule that Terraform unfolds: it may let anything through. */
const UNTOLD = { protocol: "-1", cidr_blocks: ["${untold}"] };

/** Types of security groups. */
export const GROUPS = ["aws_security_group", "aws_default_security_group"];

/** The subnets that an instance can be in; none where that is not told. */
export function subnetsOf(graph: JsonGraph, block: Block): readonly Block[] {
  const argument = block.type === "aws_instance" ? "subnet_id" : "subnet_ids";
  const placed = graph.references(block.config[argument], block.stack);
  return [
    // An expression that chooses among subnets speaks of their zones too: those are no places.
    ...new Set(
      placed
        .filter((one) => one.attribute === "id" && one.block.type === "aws_subnet")
        .map((one) => one.block),
    ),
    ...graph
      .referrers(block, "aws_vpc_endpoint_subnet_association", "vpc_endpoint_id")
      .flatMap((association) => graph.find(association, "subnet_id", "aws_subnet")),
  ];
}

/** The service of an endpoint, such as `ssm`; undefined where it is not told. */
export function serviceOf(graph: JsonGraph, endpoint: Block): string | undefined {
  const name = endpoint.config.service_name;
  const [lookup] = graph.references(name, endpoint.stack);
  if (lookup !== undefined && isLookup(lookup.block, "aws_vpc_endpoint_service")) {
    const { service, service_name: full } = lookup.block.config;
    return lastPart(service ?? full);
  }
  return lastPart(name);
}

/** Whether the networks of a subnet can be reached by a route, so that services may answer from there. */
export function hasRouteAway(graph: JsonGraph, subnet: Block, vpc: Block): boolean {
  const tables = routeTablesOf(graph, subnet);
  const main = [
    ...graph.referrers(vpc, "aws_route_table", "vpc_id"),
    ...graph.referrers(vpc, "aws_default_route_table", "default_route_table_id"),
  ];
  const added = ["aws_route", "aws_vpn_gateway_route_propagation"];
  const away = (table: Block): boolean =>
    nested(table.config.route).length > 0 ||
    isUnfolded(table.config, "route") ||
    list(table.config.propagating_vgws).length > 0 ||
    graph.isInModule(table) ||
    added.some((type) => graph.referrers(table, type, "route_table_id").length > 0);
  // A route of the VPC's main table names the VPC itself.
  const ofMain = added.some((type) => graph.referrers(vpc, type, "route_table_id").length > 0);
  return tables.length > 0 ? tables.some(away) : ofMain || main.some(away);
}

/** The route tables that a subnet is tied to; none where it has the VPC's main one. */
export function routeTablesOf(graph: JsonGraph, subnet: Block): Block[] {
  return graph
    .referrers(subnet, "aws_route_table_association", "subnet_id")
    .flatMap((association) => graph.find(association, "route_table_id", "aws_route_table"));
}

/** The security groups of an instance or endpoint; undefined where one is not told. */
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

/** The security groups of an instance or endpoint that are told, whatever others it has. */
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

/** The rules of a security group. */
export function rulesOf(graph: JsonGraph, group: Block, direction: Direction): GroupRule[] {
  const untold = isUnfolded(group.config, direction) || graph.isInModule(group);
  return [
    ...(untold ? [readInline(group, direction, UNTOLD)] : []),
    ...nested(group.config[direction]).map((inline) => readInline(group, direction, inline)),
    ...graph
      .referrers(group, "aws_security_group_rule", "security_group_id")
      .filter(({ config }) => config.type === direction || isExpression(config.type))
      .map((block) => readInline(block, direction, block.config)),
    ...graph
      .referrers(group, `aws_vpc_security_group_${direction}_rule`, "security_group_id")
      .map((block) => readRule(block, direction)),
  ];
}

/** Every rule of every group. */
export function allRules(graph: JsonGraph): GroupRule[] {
  const directions: Direction[] = ["ingress", "egress"];
  return directions.flatMap((direction) => [
    ...graph.of(...GROUPS).flatMap((group) => {
      const unfolded = nested(group.config.dynamic).flatMap((one) => nested(one[direction]));
      const inline = [group.config[direction], ...unfolded.map(({ content }) => content)].flatMap(nested);
      return inline.map((rule) => readInline(group, direction, rule));
    }),
    ...graph
      .of("aws_security_group_rule")
      .filter(({ config }) => config.type === direction)
      .map((block) => readInline(block, direction, block.config)),
    ...graph.of(`aws_vpc_security_group_${direction}_rule`).map((block) => readRule(block, direction)),
  ]);
}

/** Whether a rule is about HTTPS. What Terraform decides counts as such. */
export function letsHttps({ protocol, from, to }: GroupRule): boolean {
  if (["-1", "all"].includes(String(protocol))) {
    return true;
  }
  const tcp = isExpression(protocol) || ["tcp", "6"].includes(String(protocol));
  const [first, last] = [Number(from), Number(to)];
  return tcp && !(first > 443 || last < 443);
}

/** The other end of a connection. */
export interface Peer {
  /** Its security groups. */
  readonly groups: readonly Block[];
  /** The subnet it is in. */
  readonly subnet: Block;
}

/** Whether a rule speaks of a peer. What is not told counts as such. */
export function speaksOf(graph: JsonGraph, group: Block, rule: GroupRule, peer: Peer): boolean {
  if (rule.self && peer.groups.includes(group)) {
    return true;
  }
  const ofGroup = rule.groups.some((value) => {
    const groups = graph.findIn(value, rule.block.stack, ...GROUPS);
    return groups.length === 0 || groups.some((one) => peer.groups.includes(one));
  });
  const ofBlock = rule.cidrs.some((cidr) => contains(cidr, peer.subnet.config.cidr_block));
  const ofList = rule.prefixLists.some((value) => {
    // The list of a gateway endpoint holds the service's public addresses, never those of an interface.
    const gateways = graph.findIn(value, rule.block.stack, "aws_vpc_endpoint");
    return gateways.length === 0;
  });
  return ofGroup || ofBlock || ofList;
}

/** Whether a block holds another. What is not told counts as held. */
export function contains(outer: unknown, inner: unknown): boolean {
  if (isExpression(outer) || isExpression(inner) || inner === undefined) {
    return true;
  }
  const [around, inside] = [parseCidr(String(outer)), parseCidr(String(inner))];
  return (
    around !== undefined &&
    inside !== undefined &&
    around.prefix <= inside.prefix &&
    Math.floor(inside.start / 2 ** (32 - around.prefix)) === around.start / 2 ** (32 - around.prefix)
  );
}

function lastPart(name: unknown): string | undefined {
  return /(?:^|\.)([a-z0-9-]+)$/.exec(String(name ?? ""))?.[1];
}

function readInline(block: Block, direction: Direction, rule: Arguments): GroupRule {
  return {
    block,
    direction,
    protocol: rule.protocol,
    from: rule.from_port,
    to: rule.to_port,
    cidrs: [...list(rule.cidr_blocks), ...list(rule.ipv6_cidr_blocks)],
    groups: [...list(rule.security_groups), ...list(rule.source_security_group_id)],
    prefixLists: list(rule.prefix_list_ids),
    self: rule.self === true,
  };
}

function readRule(block: Block, direction: Direction): GroupRule {
  const { config } = block;
  return {
    block,
    direction,
    protocol: config.ip_protocol,
    from: config.from_port,
    to: config.to_port,
    cidrs: [...list(config.cidr_ipv4), ...list(config.cidr_ipv6)],
    groups: list(config.referenced_security_group_id),
    prefixLists: list(config.prefix_list_id),
    self: false,
  };
}
