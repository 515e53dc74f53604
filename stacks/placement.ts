import { createHash } from "node:crypto";

/**
 * The zones of a network, best first, for an instance of this name. Names spread evenly, and a zone that is added
 * takes over only the names it is best for (rendezvous hashing).
 */
export function rankZones(name: string, zones: readonly string[]): string[] {
  const weight = (zone: string): string => createHash("sha256").update(`${name}/${zone}`).digest("hex");
  return zones
    .map((zone) => ({ zone, weight: weight(zone) }))
    .sort((one, other) => (one.weight < other.weight ? 1 : -1))
    .map(({ zone }) => zone);
}
