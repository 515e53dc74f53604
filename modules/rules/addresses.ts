import { KEPT_BY_AWS } from "../facts/addresses";
import { parseCidr } from "../facts/cidr";
import type { Block } from "./json-graph";
import { cidrOf, subnetsOf } from "./network-reader";
import type { InstanceCheck } from "./reachability";
import type { Judged } from "./situation";

/** What each subnet has been found to lack: it is the same for every instance in it. */
const known = new WeakMap<Judged, Map<Block, string | undefined>>();

/**
 * A subnet's addresses must do for its endpoints and instances. One that chooses its subnet when Terraform plans is not
 * counted: settings count it where its name leads.
 */
export const tooFewAddresses: InstanceCheck = ({ subnets, endpoints }, judged) => {
  const [subnet, ...others] = subnets;
  if (subnet === undefined || others.length > 0) {
    return [];
  }
  const seen = known.get(judged) ?? new Map<Block, string | undefined>();
  known.set(judged, seen);
  if (!seen.has(subnet)) {
    seen.set(subnet, lack(subnet, [...endpoints.values()].flat(), judged));
  }
  const found = seen.get(subnet);
  return found === undefined ? [] : [{ block: subnet, seen: found }];
};

function lack(subnet: Block, endpoints: readonly Block[], { graph, situations }: Judged): string | undefined {
  const block = parseCidr(cidrOf(subnet) ?? "");
  if (block === undefined) {
    return undefined;
  }
  const addresses = 2 ** (32 - block.prefix);
  const taken = endpoints.filter((endpoint) => subnetsOf(graph, endpoint).includes(subnet)).length;
  const instances = situations.filter(
    ({ subnets: [one, ...others] }) => one === subnet && others.length === 0,
  ).length;
  const room = addresses - KEPT_BY_AWS - taken;
  return instances <= room
    ? undefined
    : `has ${addresses} - ${KEPT_BY_AWS} that AWS keeps - ${taken} for endpoints = ${room} addresses, and gets ${instances} instances`;
}
