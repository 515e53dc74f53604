import { parseCidr } from "./cidr";

/** An answer about a network: `unknown` where what decides cannot be seen from here. */
export type Verdict = "yes" | "no" | "unknown";

/** The direction of traffic, seen from what a rule belongs to. */
export type Direction = "ingress" | "egress";

/** What traffic a rule speaks of. A value is undefined where it is not known. */
export interface Traffic {
  /** Protocol, by name or number. */
  readonly protocol: string | undefined;
  /** First port. */
  readonly from: number | undefined;
  /** Last port. */
  readonly to: number | undefined;
}

/** A rule of a security group. */
export interface GroupRule<Group> extends Traffic {
  /** Blocks of addresses at the other end. */
  readonly cidrs: readonly string[];
  /** Security groups at the other end. */
  readonly groups: readonly Group[];
  /** Whether it also speaks of ends that are not known, such as what a prefix list holds. */
  readonly partlyUnknown: boolean;
}

/** The other end of a connection. */
export interface Peer<Group> {
  /** Blocks of addresses it has, of which one is enough; undefined for one that is not known. */
  readonly cidrs: readonly (string | undefined)[];
  /** Its security groups. */
  readonly groups: readonly Group[];
}

/** An entry of a network ACL. A value is undefined where it is not known. */
export interface AclEntry extends Traffic {
  /** Its place in the order in which entries are asked. */
  readonly number: number | undefined;
  /** What it does with the traffic: `allow` or `deny`. */
  readonly action: string | undefined;
  /** Block of addresses at the other end; empty where it speaks of IPv6. */
  readonly cidr: string | undefined;
}

/** A network ACL: what stands for it, and its entries by direction, undefined where they are not known. */
export type NetworkAcl<Id> = { readonly id: Id } & Record<Direction, readonly AclEntry[] | undefined>;

/** A subnet, as network ACLs see it. */
export interface Subnet<Id> {
  /** What stands for it. */
  readonly id: Id;
  /** Its block of addresses; undefined where it is not known. */
  readonly cidr: string | undefined;
  /** The network ACLs that it can have. */
  readonly acls: readonly NetworkAcl<Id>[];
}

/** The port that AWS services answer on. */
const HTTPS = 443;

/** Ports that answers come back to. Linux takes them from 32768 to 60999; the two ends stand for all. */
export const ANSWER_PORTS = [32768, 60999];

/** Whether rules of security groups let HTTPS through between their members and a peer. */
export function letsHttps<Group>(rules: readonly GroupRule<Group>[], peer: Peer<Group>): Verdict {
  return anyOf(rules.map((rule) => allOf([covers(rule, HTTPS), speaksOf(rule, peer)])));
}

/** Whether a block of addresses holds another. */
export function contains(outer: string | undefined, inner: string | undefined): Verdict {
  if (outer === undefined || inner === undefined) {
    return "unknown";
  }
  const [around, inside] = [parseCidr(outer), parseCidr(inner)];
  if (around === undefined || inside === undefined || around.prefix > inside.prefix) {
    return "no";
  }
  const size = 2 ** (32 - around.prefix);
  return Math.floor(inside.start / size) === around.start / size ? "yes" : "no";
}

/** What network ACLs keep from passing between two subnets, out to HTTPS and back, and in which words. */
export function aclBlocks<Id>(from: Subnet<Id>, to: Subnet<Id>): { acl: Id; seen: string }[] {
  if (from.id === to.id) {
    return []; // inside a subnet no network ACL is asked
  }
  const passes = [
    { at: from, direction: "egress", words: "out to", peer: to, ports: [HTTPS] },
    { at: to, direction: "ingress", words: "in from", peer: from, ports: [HTTPS] },
    { at: to, direction: "egress", words: "out to", peer: from, ports: ANSWER_PORTS },
    { at: from, direction: "ingress", words: "in from", peer: to, ports: ANSWER_PORTS },
  ] as const;
  return passes.flatMap(({ at, direction, words, peer, ports }) =>
    at.acls.flatMap((acl) =>
      ports
        .filter((port) => aclLets(acl[direction], peer.cidr, port) === "no")
        .map((port) => ({ acl: acl.id, seen: `lets no traffic ${words} ${peer.cidr} on port ${port}` })),
    ),
  );
}

/** The first entry that speaks of the traffic decides; where none does, it is denied. */
function aclLets(entries: readonly AclEntry[] | undefined, cidr: string | undefined, port: number): Verdict {
  if (cidr === undefined || entries === undefined || entries.some(isPartlyUnknown)) {
    return "unknown";
  }
  const [first] = entries
    .filter((entry) => allOf([covers(entry, port), contains(entry.cidr, cidr)]) === "yes")
    .sort((one, other) => Number(one.number) - Number(other.number));
  return first?.action === "allow" ? "yes" : "no";
}

function isPartlyUnknown(entry: AclEntry): boolean {
  return Object.values(entry).includes(undefined);
}

/** Whether a port of TCP is among the traffic that a rule speaks of. */
function covers({ protocol, from, to }: Traffic, port: number): Verdict {
  if (protocol === "-1" || protocol === "all") {
    return "yes";
  }
  return allOf([
    judge(protocol, (name) => name === "tcp" || name === "6"),
    judge(from, (first) => first <= port),
    judge(to, (last) => port <= last),
  ]);
}

function speaksOf<Group>(rule: GroupRule<Group>, peer: Peer<Group>): Verdict {
  return anyOf([
    rule.groups.some((group) => peer.groups.includes(group)) ? "yes" : "no",
    ...rule.cidrs.flatMap((outer) => peer.cidrs.map((inner) => contains(outer, inner))),
    rule.partlyUnknown ? "unknown" : "no",
  ]);
}

function judge<T>(value: T | undefined, test: (value: T) => boolean): Verdict {
  if (value === undefined) {
    return "unknown";
  }
  return test(value) ? "yes" : "no";
}

function anyOf(verdicts: readonly Verdict[]): Verdict {
  return (["yes", "unknown"] as const).find((one) => verdicts.includes(one)) ?? "no";
}

function allOf(verdicts: readonly Verdict[]): Verdict {
  return (["no", "unknown"] as const).find((one) => verdicts.includes(one)) ?? "yes";
}
