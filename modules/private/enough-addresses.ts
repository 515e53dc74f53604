import { DataAwsInstances } from "@cdktf/provider-aws/lib/data-aws-instances";
import { DataAwsSecurityGroups } from "@cdktf/provider-aws/lib/data-aws-security-groups";
import type { Postcondition } from "cdktf";
import type { Construct } from "constructs";
import { addressOf } from "./terraform";

/** What is to be in the subnets of a network that exists, and by which tag one sees what is there already. */
export interface WantedAddresses {
  /** Key of the tag. */
  readonly tagKey: string;
  /** How many instances, by zone. */
  readonly instances: Readonly<Record<string, number>>;
  /** Value of the tag that these instances have, with EC2's wildcards. */
  readonly instanceTag: string;
  /** How many interface endpoints, each of which takes an address in every subnet. */
  readonly endpoints: number;
  /** Value of the tag that the security group of these endpoints has, with EC2's wildcards. */
  readonly endpointTag: string;
}

interface Network {
  readonly vpcId: string;
  readonly subnetIds: Readonly<Record<string, string>>;
  readonly addresses: WantedAddresses;
}

interface Filter {
  readonly name: string;
  readonly values: string[];
}

/** Instances in these states have an address. */
const WITH_ADDRESS = ["pending", "running", "stopping", "stopped"];

/**
 * Conditions that a zone's subnet has addresses for what is still to be made in it. What is there already is counted in AWS:
 * an environment that is deployed whole needs none, however full the subnet. Instances that stay in another zone than their
 * name would choose today are told by how many there are in all; nothing that may be right is refused.
 */
export function enoughAddresses(
  scope: Construct,
  { vpcId, subnetIds, addresses }: Network,
): (zone: string) => Postcondition[] {
  const { tagKey, instances, instanceTag, endpoints, endpointTag } = addresses;
  const tagged = (value: string): Filter => ({ name: `tag:${tagKey}`, values: [value] });
  const all = Object.values(instances).reduce((sum, count) => sum + count, 0);
  const there = (id: string, ...further: Filter[]): string => {
    const filter = [tagged(instanceTag), ...further];
    const found = new DataAwsInstances(scope, id, { instanceStateNames: WITH_ADDRESS, filter });
    return `length(${addressOf(found)}.ids)`;
  };
  const inAll = there("instances-there");
  const groups =
    endpoints === 0
      ? undefined
      : new DataAwsSecurityGroups(scope, "endpoints-there", {
          filter: [tagged(endpointTag), { name: "vpc-id", values: [vpcId] }],
        });
  // Endpoints are made at once behind their group: where that is there, they are taken to be too.
  const endpointsToCome = groups ? `(length(${addressOf(groups)}.ids) > 0 ? 0 : ${endpoints})` : "0";
  return (zone) => {
    const subnetId = subnetIds[zone] as string;
    const wanted = instances[zone] ?? 0;
    const here = there(`instances-there-${zone}`, { name: "subnet-id", values: [subnetId] });
    const toCome = `(max(0, min(${wanted} - ${here}, ${all} - ${inAll})) + ${endpointsToCome})`;
    return [
      {
        condition: `\${self.available_ip_address_count >= ${toCome}}`,
        errorMessage:
          `${subnetId} has \${self.available_ip_address_count} free addresses, and \${${toCome}} more are needed in ${zone}, ` +
          "one for each instance and each endpoint that is still to be made: free some, name a larger subnet for the zone, " +
          "or give instances another zone.",
      },
    ];
  };
}
