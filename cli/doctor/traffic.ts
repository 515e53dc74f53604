import type { IpPermission, NetworkAcl, NetworkAclEntry, Route, RouteTable } from "@aws-sdk/client-ec2";
import { type AclEntry, type GroupRule, type Subnet, contains } from "../../modules/facts/network";

/** A rule of a security group. It does not say what a prefix list holds. */
export function readRule(rule: IpPermission): GroupRule<string> {
  return {
    protocol: rule.IpProtocol ?? "",
    from: rule.FromPort ?? 0,
    to: rule.ToPort ?? 65535,
    cidrs: (rule.IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []),
    groups: (rule.UserIdGroupPairs ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    partlyUnknown: prefixListsOf(rule).length > 0,
  };
}

/** The prefix lists that a rule speaks of. */
export function prefixListsOf({ PrefixListIds = [] }: IpPermission): string[] {
  return PrefixListIds.flatMap(({ PrefixListId }) => PrefixListId ?? []);
}

/** The route table of a subnet: its own, or the VPC's main one. */
export function routeTableOf(tables: readonly RouteTable[], subnetId: string): RouteTable | undefined {
  const own = tables.find(({ Associations = [] }) =>
    Associations.some((association) => association.SubnetId === subnetId),
  );
  const main = tables.find(({ Associations = [] }) => Associations.some((association) => association.Main));
  return own ?? main;
}

/** The route that traffic to a block of addresses takes: the narrowest that holds it. */
export function routeTo({ Routes = [] }: RouteTable, cidr: string): Route | undefined {
  return Routes.filter(({ DestinationCidrBlock }) => contains(DestinationCidrBlock, cidr) === "yes").sort(
    (one, other) => prefixOf(other) - prefixOf(one),
  )[0];
}

/** The managed prefix lists that a route table has routes to, which do not show what is in them. */
export function listRoutes({ Routes = [] }: RouteTable): string[] {
  return Routes.filter(
    ({ GatewayId, State }) => !GatewayId?.startsWith("vpce-") && State !== "blackhole",
  ).flatMap(({ DestinationPrefixListId }) => DestinationPrefixListId ?? []);
}

/** What a route leads to. */
export function wayOf(route: Route): string {
  return (
    route.TransitGatewayId ??
    route.VpcPeeringConnectionId ??
    route.CoreNetworkArn ??
    route.NatGatewayId ??
    route.GatewayId ??
    route.NetworkInterfaceId ??
    "local"
  );
}

/** A subnet with its network ACL, of those in its VPC. */
export function readSubnet(id: string, cidr: string, acls: readonly NetworkAcl[]): Subnet<string> {
  const own = acls.filter(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === id));
  return {
    id,
    cidr,
    acls: own.map(({ NetworkAclId = "", Entries = [] }) => ({
      id: NetworkAclId,
      ingress: Entries.filter(({ Egress }) => Egress !== true).map(readEntry),
      egress: Entries.filter(({ Egress }) => Egress === true).map(readEntry),
    })),
  };
}

function readEntry(entry: NetworkAclEntry): AclEntry {
  return {
    number: entry.RuleNumber,
    action: entry.RuleAction,
    protocol: entry.Protocol,
    from: entry.PortRange?.From ?? 0,
    to: entry.PortRange?.To ?? 0,
    cidr: entry.CidrBlock ?? "",
  };
}

function prefixOf({ DestinationCidrBlock = "" }: Route): number {
  return Number(DestinationCidrBlock.split("/")[1]);
}
