import { addressesProblem } from "../../modules/facts/addresses";
import { ec2MessagesProblem, endpointServices } from "../../modules/facts/endpoint-services";
import { usesEc2Messages } from "../features";
import { rankZones } from "../placement";
import type { InstanceSettings } from "./instances";
import type { NewNetworkSettings } from "./network";
import type { RecordedSessions } from "./sessions";

interface Given {
  readonly region: string;
  readonly sessions?: RecordedSessions | false | undefined;
  readonly instances: Readonly<Record<string, InstanceSettings>>;
}

/** The zones for an instance, best first: the one that is stated, or by its name, which is the one it was made with if that is said. */
export function zonesFor(
  name: string,
  { zone, renamedFrom = name }: Pick<InstanceSettings, "zone" | "renamedFrom">,
  zones: readonly string[],
): string[] {
  return zone === undefined ? rankZones(renamedFrom, zones) : [zone];
}

/** How many instances go into each zone, as at the first deploy. */
export function instancesByZone(
  instances: Given["instances"],
  zones: readonly string[],
): ReadonlyMap<string, number> {
  const counts = new Map(zones.map((zone) => [zone, 0]));
  for (const [name, settings] of Object.entries(instances)) {
    const [zone] = zonesFor(name, settings, zones) as [string, ...string[]];
    counts.set(zone, (counts.get(zone) ?? 0) + 1);
  }
  return counts;
}

/** What is wrong with a new network that has fewer addresses than its endpoints and instances take. */
export function newNetworkProblem(
  network: NewNetworkSettings,
  { region, sessions, instances }: Given,
): string | undefined {
  const endpoints = endpointServices({
    ec2Messages: usesEc2Messages({ network, instances }),
    recording: Boolean(sessions),
  });
  // An older agent is the one reason for another endpoint later on, which would find no address then.
  const mayCome = network.endpoints.ec2Messages === undefined && ec2MessagesProblem(region) === undefined;
  return addressesProblem(network, {
    endpoints,
    spare: mayCome && !endpoints.includes("ec2messages") ? "ec2messages" : undefined,
    instancesIn: (zones) => instancesByZone(instances, zones),
  });
}
