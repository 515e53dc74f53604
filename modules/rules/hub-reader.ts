import { contains, letsHttps } from "../facts/network";
import { type Block, type JsonGraph, isExpression, isUnfolded, list, nested } from "./json-graph";
import { cidrOf, routeTablesOf } from "./network-reader";
import { groupsOf, rulesOf } from "./security-group-reader";
import type { Judged, Situation } from "./situation";

/** Where an instance looks for the services that no endpoint of its own VPC answers. */
export interface Hub {
  /** The instance's own VPC. */
  readonly spoke: Block;
  /** The services. */
  readonly services: readonly string[];
  /** IPv4 blocks beyond its VPC that it is let out to on port 443. */
  readonly blocks: readonly string[];
  /** VPCs of these stacks that hold every one of the blocks, and whose endpoints are known; none where one is not. */
  readonly vpcs: readonly Block[];
  /** The endpoints of these VPCs for the services, by service. */
  readonly endpoints: ReadonlyMap<string, readonly Block[]>;
}

/** The routes of a subnet, as far as the JSON shows them. */
export interface Routes {
  /** What holds them: the subnet's table, or the VPC, for its main one. */
  readonly holder: Block;
  /** Each destination, with the block that says it and the arguments that it has there. */
  readonly known: readonly {
    readonly cidr: string;
    readonly block: Block;
    readonly route: Block["config"];
  }[];
  /** Whether there are others, which Terraform or somebody else decides. */
  readonly mayHaveMore: boolean;
}

/** What an instance looks for beyond its VPC; undefined where that is nothing, or where it may look is not known. */
export function hubOf(situation: Situation, { graph, networks }: Judged): Hub | undefined {
  const { instance, vpc: spoke, allKnown, endpoints, needs } = situation;
  const services = needs.filter((service) => !endpoints.has(service));
  if (spoke === undefined || !allKnown || services.length === 0) {
    return undefined;
  }
  const groups = groupsOf(graph, instance);
  if (groups === undefined) {
    return undefined;
  }
  const open = groups
    .flatMap((group) => rulesOf(graph, group, "egress"))
    .map((rule) => ({ rule, https: letsHttps([rule], { cidrs: rule.cidrs, groups: rule.groups }) }));
  if (open.some(({ https, rule }) => https === "unknown" || (https === "yes" && rule.partlyUnknown))) {
    return undefined;
  }
  const let443 = open.filter(({ https }) => https === "yes").map(({ rule }) => rule);
  const behind = let443
    .flatMap((rule) => rule.groups)
    .flatMap((group) => graph.find(group, "vpc_id", "aws_vpc"))
    .filter((vpc) => vpc !== spoke)
    .flatMap((vpc) => blocksOf(graph, vpc) ?? []);
  const own = blocksOf(graph, spoke);
  const cidrs = let443.flatMap((rule) => rule.cidrs).filter((cidr) => !cidr.includes(":"));
  if (own === undefined && cidrs.length > 0) {
    return undefined;
  }
  const holds = (outer: readonly string[] | undefined, inner: string): boolean =>
    (outer ?? []).some((one) => contains(one, inner) === "yes");
  const blocks = [...new Set([...cidrs, ...behind])].filter((cidr) => !holds(own, cidr));
  const holders = blocks.map((block) =>
    [...networks.keys()].find((vpc) => vpc !== spoke && holds(blocksOf(graph, vpc), block)),
  );
  const known = holders.filter((vpc) => vpc !== undefined && networks.get(vpc)?.allKnown);
  const vpcs = known.length === blocks.length ? [...new Set(known as Block[])] : [];
  const answering = services.map(
    (service) => [service, vpcs.flatMap((vpc) => networks.get(vpc)?.endpoints.get(service) ?? [])] as const,
  );
  return { spoke, services, blocks, vpcs, endpoints: new Map(answering) };
}

/** All IPv4 blocks of a VPC; undefined where one is not known. */
function blocksOf(graph: JsonGraph, vpc: Block): string[] | undefined {
  const added = graph.referrers(vpc, "aws_vpc_ipv4_cidr_block_association", "vpc_id");
  const blocks = [vpc, ...added].map(cidrOf);
  return blocks.some((cidr) => cidr === undefined) ? undefined : (blocks as string[]);
}

/** Whether two blocks have addresses in common, or may have. */
export function overlap(one: string | undefined, other: string | undefined): boolean {
  return contains(one, other) !== "no" || contains(other, one) !== "no";
}

/** The routes of a subnet: of its own tables, or of whatever may be its VPC's main one. */
export function routesOf(graph: JsonGraph, subnet: Block, vpc: Block): Routes[] {
  const own = routeTablesOf(graph, subnet);
  if (own.length > 0) {
    return own.map((table) => readRoutes(graph, table, [table]));
  }
  if (graph.referrers(subnet, "aws_route_table_association", "subnet_id").length > 0) {
    return []; // it has a table of its own, which is not known
  }
  const main = [
    vpc,
    ...graph.referrers(vpc, "aws_route_table", "vpc_id"),
    ...graph.referrers(vpc, "aws_default_route_table", "default_route_table_id"),
  ];
  return [readRoutes(graph, vpc, main)];
}

function readRoutes(graph: JsonGraph, holder: Block, tables: readonly Block[]): Routes {
  const inline = tables.flatMap((table) =>
    table.type === "aws_vpc" ? [] : nested(table.config.route).map((route) => ({ block: table, route })),
  );
  const added = tables
    .flatMap((table) => graph.referrers(table, "aws_route", "route_table_id"))
    .map((block) => ({ block, route: block.config }));
  const all = [...inline, ...added].map((one) => ({
    ...one,
    cidr: one.route.cidr_block ?? one.route.destination_cidr_block,
    list: one.route.destination_prefix_list_id,
    ipv6: one.route.ipv6_cidr_block ?? one.route.destination_ipv6_cidr_block,
  }));
  return {
    holder,
    known: all.flatMap(({ cidr, block, route }) =>
      typeof cidr === "string" && cidr !== "" && !isExpression(cidr) ? [{ cidr, block, route }] : [],
    ),
    mayHaveMore:
      all.some(({ cidr, list: named, ipv6 }) => isExpression(cidr) || Boolean(named) || !(cidr ?? ipv6)) ||
      tables.some(
        (table) =>
          (table.type !== "aws_vpc" && isUnfolded(table.config, "route")) ||
          graph.isInModule(table) ||
          list(table.config.propagating_vgws).length > 0 ||
          graph.referrers(table, "aws_vpn_gateway_route_propagation", "route_table_id").length > 0,
      ),
  };
}
