import { QUOTAS, quotaNotice } from "../../modules/facts/quotas";
import type { SynthesizedResource, SynthesizedStack } from "./stacks";

/** What an environment has more of than an account may by itself: a deploy would break off there. */
export function quotaNotices(resources: readonly SynthesizedResource[]): string[] {
  const per = (type: string, key: string): [string, number][] =>
    counted(resources.filter((one) => one.type === type).map(({ config }) => nameIn(config[key])));
  const groups = resources
    .filter(({ type }) => type === "aws_instance")
    .map(({ name, config }): [string, number] => [name, [config.vpc_security_group_ids ?? []].flat().length]);
  const found = [
    ...groups.map(([name, count]) => [name, quotaNotice(QUOTAS.groupsOfInterface, count)] as const),
    ...per("aws_iam_role_policy_attachment", "role").map(
      ([name, count]) => [name, quotaNotice(QUOTAS.policiesOfRole, count)] as const,
    ),
    ...per("aws_vpc_security_group_egress_rule", "security_group_id").map(
      ([name, count]) => [name, quotaNotice(QUOTAS.rulesOfGroup, count)] as const,
    ),
  ];
  return found.flatMap(([name, notice]) => (notice === undefined ? [] : [`${name}: ${notice}`]));
}

/** The same of what all environments have together in a Region, where they share an account. */
export function regionNotices(stacks: readonly SynthesizedStack[]): string[] {
  const regions = stacks.flatMap(({ region, resources }) =>
    resources.filter(({ type }) => type === "aws_vpc").map(() => region),
  );
  return counted(regions).flatMap(([region, count]) => {
    const notice = quotaNotice(QUOTAS.vpcsOfRegion, count);
    return notice === undefined ? [] : [`${region}: ${notice}, where they share an account`];
  });
}

/** What a reference leads to, in short. */
function nameIn(reference: unknown): string {
  return /^\$\{[a-z0-9_]+\.([A-Za-z0-9_-]+)\./.exec(String(reference))?.[1] ?? String(reference);
}

/** How often each value is there; of as many values as there are instances. */
function counted(values: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts];
}
