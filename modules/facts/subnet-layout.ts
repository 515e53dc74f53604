import { wholeNumbers } from "./bound";
import { LONGEST_PREFIX, parseCidr } from "./cidr";
import { problem } from "./refusal";

/** How many zones a network can have: as many as the largest Region has. */
export const ZONES = wholeNumbers("a whole number of zones", [1, 6], "two are enough for most environments");

/** What the prefix of subnets can be, whatever the network's. */
export const SUBNET_PREFIX = `a whole number up to ${LONGEST_PREFIX}`;

/** What to do about any other. */
export const CALCULATED = "leave it out to have it calculated";

/** Bits that split a block into four: room for the zones of nearly every Region. */
export const SUBNET_BITS = 2;

/** What decides the subnets of a network. */
export interface SubnetLayoutProps {
  /** IPv4 block of the network; a Terraform variable is cut by Terraform. */
  readonly cidr: string;
  /** How many zones, or which. */
  readonly availabilityZones: number | readonly string[];
  /**
   * Prefix length of each subnet: a whole number from the network's own up to 28.
   * @default - two more than the network's, so that four subnets fit; at most 28
   */
  readonly subnetPrefix?: number;
}

/** The names that subnets get: `zone-1`, `zone-2`, ... for a number, the zones themselves for a list. */
export function subnetKeys(availabilityZones: number | readonly string[]): string[] {
  return typeof availabilityZones === "number"
    ? Array.from({ length: availabilityZones }, (_, index) => `zone-${index + 1}`)
    : [...availabilityZones];
}

/** The value to change where zones do not fit the network. */
export function subnetLayoutProp({ availabilityZones, subnetPrefix }: SubnetLayoutProps): {
  readonly prop: "availabilityZones" | "subnetPrefix";
  readonly given: unknown;
} {
  return subnetPrefix === undefined
    ? { prop: "availabilityZones", given: availabilityZones }
    : { prop: "subnetPrefix", given: subnetPrefix };
}

/** What keeps the zones asked for from fitting the network, if anything does. */
export function subnetLayoutProblem(props: SubnetLayoutProps): string | undefined {
  const network = parseCidr(props.cidr);
  const { subnetPrefix = LONGEST_PREFIX } = props;
  if (!Number.isInteger(subnetPrefix) || (network === undefined && subnetPrefix > LONGEST_PREFIX)) {
    return problem(SUBNET_PREFIX, CALCULATED);
  }
  if (network === undefined) {
    return undefined; // the block itself is reported by its own check
  }
  const zones = props.availabilityZones;
  const wanted = typeof zones === "number" ? zones : zones.length;
  const prefix = props.subnetPrefix ?? calculatedSubnetPrefix(network.prefix);
  const capacity = 2 ** (prefix - network.prefix);
  if (prefix < network.prefix || prefix > LONGEST_PREFIX) {
    return problem(
      `a subnet prefix from /${network.prefix}, the network's own, to /${LONGEST_PREFIX}`,
      "choose a prefix in that range, or leave it out to have it calculated",
    );
  }
  if (wanted > capacity) {
    return problem(
      `at most ${capacity} zones, as ${props.cidr} holds ${capacity} subnets of /${prefix}`,
      adviseMoreRoom(network.prefix, wanted),
    );
  }
  if (typeof zones !== "number") {
    const clash = zones.find((zone) =>
      zones.some((other) => other !== zone && blockOfZone(other, capacity) === blockOfZone(zone, capacity)),
    );
    if (clash !== undefined) {
      return problem(
        `zones whose blocks differ: each zone has a block of its own (a the first, b the second, ...), and ${props.cidr} holds ${capacity} of /${prefix}`,
        adviseMoreRoom(network.prefix, Math.max(...zones.map((zone) => zoneIndex(zone) + 1))),
      );
    }
  }
  return undefined;
}

/**
 * What is wrong with a number or list of zones, given the Region they should be in.
 *
 * @param region undefined where only Terraform will know it
 */
export function availabilityZonesProblem(
  zones: number | readonly string[],
  region: string | undefined,
): string | undefined {
  if (typeof zones === "number") {
    return ZONES.problem(zones);
  }
  const allowed =
    region === undefined
      ? "zones of one Region, each once"
      : `zones of ${region}, each once, such as ["${region}a", "${region}b"]`;
  const twice = zones.find((zone, index) => zones.indexOf(zone) !== index);
  if (zones.length === 0) {
    return problem(allowed, "name at least one zone, or give a number to have them chosen");
  }
  if (twice !== undefined) {
    return problem(allowed, `remove the second ${JSON.stringify(twice)}: two subnets of it would overlap`);
  }
  const foreign = zones.find(
    (zone) =>
      region !== undefined && (!zone.startsWith(region) || !/^[a-z]$/.test(zone.slice(region.length))),
  );
  return foreign === undefined
    ? undefined
    : problem(
        allowed,
        `${JSON.stringify(foreign)} is none: interface endpoints need Availability Zones of the Region itself`,
      );
}

/** The prefix of subnets where none is given. */
export function calculatedSubnetPrefix(networkPrefix: number): number {
  return Math.min(networkPrefix + SUBNET_BITS, LONGEST_PREFIX);
}

/** The place of a zone's letter in the alphabet, from 0. */
export function zoneIndex(zone: string): number {
  return zone.charCodeAt(zone.length - 1) - "a".charCodeAt(0);
}

/** Which of a network's blocks a zone has. */
export function blockOfZone(zone: string, capacity: number): number {
  return zoneIndex(zone) % capacity;
}

function adviseMoreRoom(networkPrefix: number, wanted: number): string {
  const prefix = networkPrefix + Math.ceil(Math.log2(wanted));
  return prefix <= LONGEST_PREFIX
    ? `set subnetPrefix to ${prefix}`
    : `use a larger block, such as a /${LONGEST_PREFIX - Math.ceil(Math.log2(wanted))}`;
}
