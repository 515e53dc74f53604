import type { IpPermission, NetworkAcl, Route, RouteTable } from "@aws-sdk/client-ec2";
import { ANSWER_PORTS, aclLets } from "../../modules/rules/network-acl";
import { contains } from "../../modules/rules/network-facts";

/** The other end of a connection. */
export interface End {
  /** Blocks of addresses it has, of which one is enough. */
  readonly cidrs: readonly string[];
  /** Its security groups. */
  readonly groups: readonly string[];
}

/** Whether rules of security groups let HTTPS through between their members and the other end. */
export function letsHttps(rules: readonly IpPermission[], { cidrs, groups }: End): boolean {
  return rules.some((rule) => {
    const { UserIdGroupPairs = [], IpRanges = [] } = rule;
    const speaksOf =
      UserIdGroupPairs.some(({ GroupId = "" }) => groups.includes(GroupId)) ||
      IpRanges.some(({ CidrIp }) => cidrs.some((cidr) => contains(CidrIp, cidr)));
    return isHttps(rule) && speaksOf;
  });
}

function isHttps({ IpProtocol, FromPort = 0, ToPort = 65535 }: IpPermission): boolean {
  return IpProtocol === "-1" || (IpProtocol === "tcp" && FromPort <= 443 && ToPort >= 443);
}

/** The prefix lists whose blocks HTTPS is let through to or from by rules of security groups: what is in them, they do not say. */
export function prefixLists(rules: readonly IpPermission[]): string[] {
  return rules.flatMap((rule) =>
    isHttps(rule) ? (rule.PrefixListIds ?? []).flatMap(({ PrefixListId }) => PrefixListId ?? []) : [],
  );
}

/** The route table of a subnet: its own, or the VPC's main one. */
export function routeTableOf(tables: readonly RouteTable[], subnetId: string): RouteTable | undefined {
  const tied = (
    is: (association: { SubnetId?: string; Main?: boolean }) => boolean,
  ): RouteTable | undefined => tables.find(({ Associations = [] }) => Associations.some(is));
  return tied(({ SubnetId }) => SubnetId === subnetId) ?? tied(({ Main }) => Main === true);
}

/** The route that traffic to a block of addresses takes: the narrowest that holds it. */
export function routeTo({ Routes = [] }: RouteTable, cidr: string): Route | undefined {
  return Routes.filter(
    ({ DestinationCidrBlock: destination }) => destination !== undefined && contains(destination, cidr),
  ).sort((one, other) => prefixOf(other) - prefixOf(one))[0];
}

/** What the network ACLs of two subnets keep from passing, out to HTTPS and back; nothing inside a subnet. */
export function aclBlocks(
  acls: readonly NetworkAcl[],
  from: { readonly id: string; readonly cidr: string },
  to: { readonly id: string; readonly cidr: string },
): string[] {
  if (from.id === to.id) {
    return [];
  }
  const passes = [
    { at: from, egress: true, peer: to, ports: [443] },
    { at: to, egress: false, peer: from, ports: [443] },
    { at: to, egress: true, peer: from, ports: ANSWER_PORTS },
    { at: from, egress: false, peer: to, ports: ANSWER_PORTS },
  ];
  return passes.flatMap(({ at, egress, peer, ports }) => {
    const acl = acls.find(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === at.id));
    const rules = (acl?.Entries ?? [])
      .filter(({ Egress }) => Egress === egress)
      .map(({ RuleNumber, RuleAction, Protocol, PortRange, CidrBlock }) => ({
        number: RuleNumber,
        action: RuleAction,
        protocol: Protocol,
        from_port: PortRange?.From,
        to_port: PortRange?.To,
        // An entry without speaks of IPv6.
        cidr_block: CidrBlock ?? "",
      }));
    return acl === undefined
      ? []
      : ports
          .filter((port) => !aclLets(rules, peer.cidr, port))
          .map(
            (port) =>
              `${acl.NetworkAclId} lets no traffic ${egress ? "out to" : "in from"} ${peer.cidr} on port ${port}`,
          );
  });
}

function prefixOf({ DestinationCidrBlock = "" }: Route): number {
  return Number(DestinationCidrBlock.split("/")[1]);
}
