import { Token } from "cdktf";
import { LONGEST_PREFIX, formatCidr, parseCidr } from "../facts/cidr";
import {
  SUBNET_BITS,
  type SubnetLayoutProps,
  blockOfZone,
  calculatedSubnetPrefix,
  subnetKeys,
  zoneIndex,
} from "../facts/subnet-layout";

/** One subnet of a network, before AWS has seen it. */
export interface PlannedSubnet {
  /** What the subnet is called for good: its zone's name, or its slot (`zone-1`) where zones are counted. */
  readonly key: string;
  /** IPv4 block. */
  readonly cidr: string;
  /** The zone's name; undefined where it is chosen at plan. */
  readonly availabilityZone?: string;
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
    return planUnresolved(props);
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
function planUnresolved({ availabilityZones, subnetPrefix, ...props }: SubnetLayoutProps): PlannedSubnet[] {
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
