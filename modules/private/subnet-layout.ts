import { Token } from "cdktf";
import { LONGEST_PREFIX, formatCidr, parseCidr } from "../facts/cidr";
import { problem } from "../facts/refusal";

/** As many zones as the largest Region has. */
export const MOST_ZONES = 6;

/** Bits that split a block into four: room for the zones of nearly every Region. */
const SUBNET_BITS = 2;

/** One subnet of a network, before AWS has seen it. */
export interface PlannedSubnet {
  /** What the subnet is called for good: its zone's name, or its slot (`zone-1`) where zones are counted. */
  readonly key: string;
  /** IPv4 block. */
  readonly cidr: string;
  /** The zone's name; undefined where it is chosen at plan. */
  readonly availabilityZone?: string;
}

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

/**
 * Cuts a network into one subnet per zone. A subnet's block follows from its own key alone, so that adding or
 * removing a zone never touches another zone's subnet: slot 1 has the first block, slot 2 the second; zone `a`
 * the first, zone `b` the second.
 *
 * The props must have passed {@link subnetLayoutProblem}.
 */
export function planSubnets(props: SubnetLayoutProps): PlannedSubnet[] {
  if (Token.isUnresolved(props.cidr) || Token.isUnresolved(props.subnetPrefix)) {
    return planUntold(props);
  }
  const network = parseCidr(props.cidr);
  if (network === undefined) {
    throw new Error(`not an IPv4 block: ${props.cidr}`);
  }
  const prefix = props.subnetPrefix ?? calculatedSubnetPrefix(network.prefix);
  const named = typeof props.availabilityZones !== "number";
  return subnetKeys(props.availabilityZones).map((key, index) => {
    const position = named ? blockOfZone(key, 2 ** (prefix - network.prefix)) : index;
    return {
      key,
      cidr: formatCidr({ start: network.start + position * 2 ** (32 - prefix), prefix }),
      availabilityZone: named ? key : undefined,
    };
  });
}

/** The same, of a block or prefix that only Terraform will know, in Terraform's words. */
function planUntold({ availabilityZones, subnetPrefix, ...props }: SubnetLayoutProps): PlannedSubnet[] {
  const cidr = Token.isUnresolved(props.cidr) ? props.cidr : JSON.stringify(props.cidr);
  const network = `tonumber(split("/", ${cidr})[1])`;
  const bits = `(${subnetPrefix ?? `min(${network} + ${SUBNET_BITS}, ${LONGEST_PREFIX})`} - ${network})`;
  const named = typeof availabilityZones !== "number";
  return subnetKeys(availabilityZones).map((key, index) => ({
    key,
    cidr: `\${cidrsubnet(${cidr}, ${bits}, ${named ? `${zoneIndex(key)} % pow(2, ${bits})` : index})}`,
    availabilityZone: named ? key : undefined,
  }));
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
    return problem(`a whole number up to ${LONGEST_PREFIX}`, "leave it out to have it calculated");
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

/** What is wrong with a number or list of zones, given the Region they should be in. */
export function availabilityZonesProblem(
  zones: number | readonly string[],
  region: string,
): string | undefined {
  if (typeof zones === "number") {
    return Number.isInteger(zones) && zones >= 1 && zones <= MOST_ZONES
      ? undefined
      : problem(`a whole number of zones from 1 to ${MOST_ZONES}`, "two are enough for most environments");
  }
  const allowed = `zones of ${region}, each once, such as ["${region}a", "${region}b"]`;
  const twice = zones.find((zone, index) => zones.indexOf(zone) !== index);
  if (zones.length === 0) {
    return problem(allowed, "name at least one zone, or give a number to have them chosen");
  }
  if (twice !== undefined) {
    return problem(allowed, `remove the second ${JSON.stringify(twice)}: two subnets of it would overlap`);
  }
  const foreign = zones.find(
    (zone) =>
      !Token.isUnresolved(region) && (!zone.startsWith(region) || !/^[a-z]$/.test(zone.slice(region.length))),
  );
  return foreign === undefined
    ? undefined
    : problem(
        allowed,
        `${JSON.stringify(foreign)} is none: interface endpoints need Availability Zones of the Region itself`,
      );
}

function calculatedSubnetPrefix(networkPrefix: number): number {
  return Math.min(networkPrefix + SUBNET_BITS, LONGEST_PREFIX);
}

function zoneIndex(zone: string): number {
  return zone.charCodeAt(zone.length - 1) - "a".charCodeAt(0);
}

function blockOfZone(zone: string, capacity: number): number {
  return zoneIndex(zone) % capacity;
}

function adviseMoreRoom(networkPrefix: number, wanted: number): string {
  const prefix = networkPrefix + Math.ceil(Math.log2(wanted));
  return prefix <= LONGEST_PREFIX
    ? `set subnetPrefix to ${prefix}`
    : `use a larger block, such as a /${LONGEST_PREFIX - Math.ceil(Math.log2(wanted))}`;
}
