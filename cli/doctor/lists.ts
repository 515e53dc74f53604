import type { GroupIdentifier } from "@aws-sdk/client-ec2";

/** The ids of security groups. */
export function idsOf(groups: readonly GroupIdentifier[] = []): string[] {
  return groups.flatMap(({ GroupId }) => GroupId ?? []);
}

/** Texts, each once. */
export function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
