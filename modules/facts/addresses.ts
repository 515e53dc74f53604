import { FIRST_WITHOUT_EC2MESSAGES } from "./agent-versions";
import { LONGEST_PREFIX, SHORTEST_PREFIX, formatCidr, parseCidr } from "./cidr";
import { problem } from "./refusal";
import {
  type SubnetLayoutProps,
  ZONES,
  calculatedSubnetPrefix,
  subnetKeys,
  subnetLayoutProblem,
} from "./subnet-layout";

/** Addresses of every subnet that AWS keeps for itself: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html */
export const KEPT_BY_AWS = 5;

/** What takes addresses of a network's subnets. */
export interface AddressDemand {
  /** Interface endpoints, each of which takes one in every subnet. */
  readonly endpoints: readonly string[];
  /** An endpoint that old agents would need too, and that has room kept: undefined where there will be none. */
  readonly spare: string | undefined;
  /** How many instances go into each subnet, by zone or slot, given all of these. */
  readonly instancesIn: (zones: readonly string[]) => ReadonlyMap<string, number>;
}

/**
 * What is wrong with a network whose subnets hold fewer addresses than are asked of them: the sum, and the smallest change
 * that mends it. The zones must fit the network.
 */
export function addressesProblem(layout: SubnetLayoutProps, demand: AddressDemand): string | undefined {
  const full = fullestSubnet(layout, demand);
  if (full === undefined) {
    return undefined;
  }
  const { zone, instances, room, addresses } = full;
  const { endpoints, spare } = demand;
  const sum = [
    `${addresses} - ${KEPT_BY_AWS} that AWS keeps`,
    `${endpoints.length} for endpoints (${endpoints.join(", ")})`,
    ...(spare === undefined ? [] : [`1 kept for ${spare}, which older agents need`]),
  ].join(" - ");
  return problem(
    `as many instances as there are addresses for: ${zone} has ${sum} = ${room}, and would get ${instances}`,
    advice(layout, demand),
  );
}

/** The subnet that lacks most; undefined where all have room. */
function fullestSubnet(
  layout: SubnetLayoutProps,
  { endpoints, spare, instancesIn }: AddressDemand,
): { zone: string; instances: number; room: number; addresses: number } | undefined {
  const addresses = 2 ** (32 - subnetPrefixOf(layout));
  const room = addresses - KEPT_BY_AWS - endpoints.length - (spare === undefined ? 0 : 1);
  const [fullest] = [...instancesIn(subnetKeys(layout.availabilityZones))].sort(([, a], [, b]) => b - a);
  if (fullest === undefined || fullest[1] <= room) {
    return undefined;
  }
  const [zone, instances] = fullest;
  return { zone, instances, room, addresses };
}

function advice(layout: SubnetLayoutProps, demand: AddressDemand): string {
  const { availabilityZones: zones, subnetPrefix } = layout;
  const { start = 0, prefix = SHORTEST_PREFIX } = parseCidr(layout.cidr) ?? {};
  const fits = (changed: Partial<SubnetLayoutProps>): boolean => {
    const tried = { ...layout, ...changed };
    return subnetLayoutProblem(tried) === undefined && fullestSubnet(tried, demand) === undefined;
  };
  // A prefix that is given is changed too; one that is calculated follows the network's.
  const prefixes =
    subnetPrefix === undefined
      ? [{}]
      : range(subnetPrefix, SHORTEST_PREFIX).map((one) => ({ subnetPrefix: one }));
  const zonesToo = typeof zones === "number" ? range(ZONES.max, zones + 1).reverse() : [];
  const networks = range(prefix - 1, SHORTEST_PREFIX).map((shorter) => {
    const size = 2 ** (32 - shorter);
    return formatCidr({ start: Math.floor(start / size) * size, prefix: shorter });
  });
  const ways = [
    prefixes.find(fits),
    zonesToo.map((availabilityZones) => ({ availabilityZones })).find(fits),
    networks.flatMap((cidr) => prefixes.map((one) => ({ cidr, ...one }))).find(fits),
  ].flatMap((way) => (way === undefined ? [] : [`set ${inWords(way)}`]));
  const larger =
    ways.length === 0
      ? "spread the instances over more zones, or over several environments"
      : `${ways.join(", or ")}: once deployed, another cidr or subnetPrefix makes a new network`;
  // That changes nothing of what is deployed.
  const isSpareEnough =
    demand.spare !== undefined && fullestSubnet(layout, { ...demand, spare: undefined }) === undefined;
  return isSpareEnough
    ? `${larger}; or set endpoints.ec2Messages to false where no agent is older than ${FIRST_WITHOUT_EC2MESSAGES}`
    : larger;
}

function inWords(way: Partial<SubnetLayoutProps>): string {
  return Object.entries(way)
    .map(([setting, value]) => `${setting} to ${JSON.stringify(value)}`)
    .join(" and ");
}

/** Whole numbers downwards, both ends included. */
function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, from - to + 1) }, (_, index) => from - index);
}

function subnetPrefixOf({ cidr, subnetPrefix }: SubnetLayoutProps): number {
  return subnetPrefix ?? calculatedSubnetPrefix(parseCidr(cidr)?.prefix ?? LONGEST_PREFIX);
}
