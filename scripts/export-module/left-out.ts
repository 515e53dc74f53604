import type { EnvironmentSettings } from "../../stacks/settings/environment";

/** What an environment says and its modules do not, a line each, with what to do about it. */
export function leftOut(settings: EnvironmentSettings): string[] {
  const { network, sessions, state, instances } = settings;
  const found: (readonly [isLeftOut: boolean, setting: string, instead: string])[] = [
    [state.backend !== "local", "state", "write the backend block in your root"],
    [
      "availabilityZones" in network && Array.isArray(network.availabilityZones),
      "network.availabilityZones",
      "as many zones are made, and the caller's Region says which",
    ],
    [
      Boolean(sessions && sessions.adoptAccountPreferences),
      "sessions.adoptAccountPreferences",
      "the account's preferences are left alone",
    ],
    ...Object.entries(instances).flatMap(([name, { image, imageUpdates, egress, ...instance }]) => [
      [
        instance.renamedFrom !== undefined,
        `instances.${name}.renamedFrom`,
        "what is deployed with the modules has no other name yet",
      ] as const,
      [
        typeof image === "object" && "amiId" in image,
        `instances.${name}.image.amiId`,
        "image_parameter takes the name of a Systems Manager parameter that holds the id",
      ] as const,
      [
        imageUpdates === "follow",
        `instances.${name}.imageUpdates`,
        "a newer AMI leaves the instance alone: replace it with terraform apply -replace",
      ] as const,
      [
        instance.acceptUnrecorded,
        `instances.${name}.acceptUnrecorded`,
        "the first boot is that of Linux, with the user of sessions",
      ] as const,
      [
        instance.metadataForRootOnly,
        `instances.${name}.metadataForRootOnly`,
        "every user may ask for metadata: load a filter of your own in user_data",
      ] as const,
      [
        egress.length > 0,
        `instances.${name}.egress`,
        "make a security group of your own, and name it in security_group_ids",
      ] as const,
    ]),
  ];
  return found.filter(([isLeftOut]) => isLeftOut).map(([, setting, instead]) => `${setting}: ${instead}`);
}
