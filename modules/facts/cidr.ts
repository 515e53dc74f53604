import { IPv4 } from "ipaddr.js";
import type { Bound } from "./bound";
import { problem } from "./refusal";

/** Where private blocks are. */
export const PRIVATE_RANGES = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10";

/** What a block is. */
const IPV4_BLOCK = 'an IPv4 block such as "10.10.0.0/23"';

/** The shortest prefix AWS gives a VPC or a subnet: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html */
export const SHORTEST_PREFIX = 16;

/** The longest prefix AWS gives a VPC or a subnet: 16 addresses. */
export const LONGEST_PREFIX = 28;

/** The widest public block that a rule may open: room for any one partner, far from the whole internet. */
export const WIDEST_PUBLIC_PREFIX = 16;

/** An IPv4 block, taken apart. */
export interface Ipv4Block {
  /** First address, as a number. */
  readonly start: number;
  /** Prefix length, 0 to 32. */
  readonly prefix: number;
}

/**
 * Reads an IPv4 block such as `10.0.0.0/16`.
 *
 * @returns undefined where the text is not a block, or where bits behind the prefix are set.
 */
export function parseCidr(cidr: string): Ipv4Block | undefined {
  if (!IPv4.isValidCIDRFourPartDecimal(cidr)) {
    return undefined;
  }
  const [address, prefix] = IPv4.parseCIDR(cidr);
  if (IPv4.networkAddressFromCIDR(cidr).toString() !== address.toString()) {
    return undefined;
  }
  return { start: address.octets.reduce((sum, octet) => sum * 256 + octet, 0), prefix };
}

/** Writes a block back as text. */
export function formatCidr({ start, prefix }: Ipv4Block): string {
  return `${addressAt(start).toString()}/${prefix}`;
}

/**
 * Blocks to which no packet leaves an instance: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html and
 * https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const NEVER_LEFT_FOR: readonly (readonly [cidr: string, what: string])[] = [
  ["0.0.0.0/8", "stands for no host"],
  ["127.0.0.0/8", "is the instance itself"],
  ["169.254.0.0/16", "is link-local, such as the metadata service"],
  ["224.0.0.0/4", "is multicast"],
  ["240.0.0.0/4", "is reserved, broadcast included"],
];

/** What keeps packets for a block from ever leaving an instance, where that is so for any of its addresses. */
export function neverLeftFor(block: Ipv4Block): string | undefined {
  const found = NEVER_LEFT_FOR.find(([cidr]) => overlaps(block, parseCidr(cidr) as Ipv4Block));
  return found && `${found[0]} ${found[1]}`;
}

/** What is wrong with a good block as one that is to be reached, or that answers. */
export function reachableProblem(block: Ipv4Block): string | undefined {
  const why = neverLeftFor(block);
  return (
    why &&
    problem("a block of addresses that packets leave an instance for", `name where the hosts are: ${why}`)
  );
}

/** Whether two blocks have an address in common. */
export function overlaps(one: Ipv4Block, other: Ipv4Block): boolean {
  const size = 2 ** (32 - Math.min(one.prefix, other.prefix));
  return Math.floor(one.start / size) === Math.floor(other.start / size);
}

/** Whether every address of the block is private, so that no public host can be meant. */
export function isPrivate({ start, prefix }: Ipv4Block): boolean {
  return [start, start + 2 ** (32 - prefix) - 1].every((address) =>
    ["private", "carrierGradeNat"].includes(addressAt(address).range()),
  );
}

/** What is wrong with a text that should be an IPv4 block, whatever it is for. */
export function cidrProblem(cidr: string): string | undefined {
  if (parseCidr(cidr) !== undefined) {
    return undefined;
  }
  return IPv4.isValidCIDRFourPartDecimal(cidr)
    ? problem(
        `${IPV4_BLOCK}, with no bit set behind its prefix`,
        `use "${IPv4.networkAddressFromCIDR(cidr).toString()}/${cidr.split("/")[1]}"`,
      )
    : problem(IPV4_BLOCK, "write four numbers from 0 to 255, a slash and the prefix length");
}

/** What is wrong with a text that should be a block of a VPC that exists, which may be public. */
export function anyVpcCidrProblem(cidr: string): string | undefined {
  const block = parseCidr(cidr);
  return block === undefined ? cidrProblem(cidr) : reachableProblem(block);
}

/** What is wrong with a text that should be a VPC's block. */
export function vpcCidrProblem(cidr: string): string | undefined {
  const block = parseCidr(cidr);
  if (block === undefined) {
    return cidrProblem(cidr);
  }
  if (block.prefix < SHORTEST_PREFIX || block.prefix > LONGEST_PREFIX) {
    return problem(
      `a block from /${SHORTEST_PREFIX} to /${LONGEST_PREFIX}, the sizes of a VPC`,
      `choose a prefix in that range, such as "${formatCidr({ ...block, prefix: 23 })}"`,
    );
  }
  return privateCidrProblem(cidr);
}

/** The block of a VPC. */
export const VPC_CIDR: Bound<string> = { allowed: IPV4_BLOCK, problem: vpcCidrProblem };

/** What is wrong with a text that should be a private IPv4 block of any size. */
function privateCidrProblem(cidr: string): string | undefined {
  const block = parseCidr(cidr);
  if (block === undefined) {
    return cidrProblem(cidr);
  }
  return isPrivate(block)
    ? undefined
    : problem(`a private block, inside ${PRIVATE_RANGES}`, 'choose one, such as "10.10.0.0/23"');
}

/** A private block of any size. */
export const PRIVATE_CIDR: Bound<string> = { allowed: IPV4_BLOCK, problem: privateCidrProblem };

function addressAt(address: number): IPv4 {
  return new IPv4([24, 16, 8, 0].map((shift) => (address / 2 ** shift) & 255));
}
