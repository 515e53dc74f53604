import type { AclEntry, Direction, NetworkAcl, Subnet } from "../facts/network";
import {
  type Arguments,
  type Block,
  type JsonGraph,
  isLookup,
  isOn,
  isUnfolded,
  knownNumber,
  knownText,
  list,
  nested,
} from "./json-graph";

/** The subnets that an instance or endpoint can be in; none where that is not known. */
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

/** The service of an endpoint, such as `ssm`; undefined where it is not known. */
export function serviceOf(graph: JsonGraph, endpoint: Block): string | undefined {
  const name = endpoint.config.service_name;
  const [lookup] = graph.references(name, endpoint.stack);
  if (lookup !== undefined && isLookup(lookup.block, "aws_vpc_endpoint_service")) {
    const { service, service_name: full } = lookup.block.config;
    return lastPart(service ?? full);
  }
  return lastPart(name);
}

/** Whether a route leads out of the VPC of a subnet, so that services may answer from elsewhere. */
export function hasRouteAway(graph: JsonGraph, subnet: Block, vpc: Block): boolean {
  const added = ["aws_route", "aws_vpn_gateway_route_propagation"];
  const isAdded = (to: Block): boolean =>
    added.some((type) => graph.referrers(to, type, "route_table_id").length > 0);
  const leadsAway = (table: Block): boolean =>
    nested(table.config.route).length > 0 ||
    isUnfolded(table.config, "route") ||
    list(table.config.propagating_vgws).length > 0 ||
    graph.isInModule(table) ||
    isAdded(table);
  const own = routeTablesOf(graph, subnet);
  if (own.length > 0) {
    return own.some(leadsAway);
  }
  const main = [
    ...graph.referrers(vpc, "aws_route_table", "vpc_id"),
    ...graph.referrers(vpc, "aws_default_route_table", "default_route_table_id"),
  ];
  // A route of the VPC's main table names the VPC itself.
  return isAdded(vpc) || main.some(leadsAway);
}

/** The route tables that a subnet is tied to; none where it has the VPC's main one. */
export function routeTablesOf(graph: JsonGraph, subnet: Block): Block[] {
  return graph
    .referrers(subnet, "aws_route_table_association", "subnet_id")
    .flatMap((association) => graph.find(association, "route_table_id", "aws_route_table"));
}

/** A subnet with its network ACLs. */
export function readSubnet(graph: JsonGraph, subnet: Block): Subnet<Block> {
  const acls = aclsOf(graph, subnet).map((acl) => readAcl(graph, acl));
  return { id: subnet, cidr: cidrOf(subnet), acls };
}

/** The block of a subnet; undefined where it is not known. */
export function cidrOf({ config }: Block): string | undefined {
  return config.cidr_block === undefined ? undefined : knownText(config.cidr_block);
}

function aclsOf(graph: JsonGraph, subnet: Block): readonly Block[] {
  const own = [
    ...graph.referrers(subnet, "aws_network_acl", "subnet_ids"),
    ...graph
      .referrers(subnet, "aws_network_acl_association", "subnet_id")
      .flatMap((association) => graph.find(association, "network_acl_id", "aws_network_acl")),
  ];
  if (own.length > 0) {
    return own;
  }
  return graph
    .find(subnet, "vpc_id", "aws_vpc")
    .flatMap((vpc) => graph.referrers(vpc, "aws_default_network_acl", "default_network_acl_id"));
}

function readAcl(graph: JsonGraph, acl: Block): NetworkAcl<Block> {
  const beside = graph.referrers(acl, "aws_network_acl_rule", "network_acl_id").map(({ config }) => config);
  const entries = (direction: Direction): AclEntry[] | undefined => {
    const isOurs = ({ egress }: Arguments): boolean => isOn(egress) === (direction === "egress");
    return isUnfolded(acl.config, direction)
      ? undefined
      : [...nested(acl.config[direction]), ...beside.filter(isOurs)].map(readEntry);
  };
  return { id: acl, ingress: entries("ingress"), egress: entries("egress") };
}

/** An entry, whether it is a block of the network ACL or a resource of its own. */
function readEntry(entry: Arguments): AclEntry {
  return {
    number: knownNumber(entry.rule_no ?? entry.rule_number),
    action: knownText(entry.action ?? entry.rule_action),
    protocol: knownText(entry.protocol),
    from: knownNumber(entry.from_port ?? 0),
    to: knownNumber(entry.to_port ?? 0),
    cidr: knownText(entry.cidr_block ?? ""),
  };
}

function lastPart(name: unknown): string | undefined {
  return /(?:^|\.)([a-z0-9-]+)$/.exec(String(name ?? ""))?.[1];
}
