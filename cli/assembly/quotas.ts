import { QUOTAS, type Quota, quotaNotice } from "../../modules/facts/quotas";
import { type SynthesizedResource, type SynthesizedStack, countEach } from "./stacks";

/** What an environment has more of than an account may by itself: a deploy would break off there. */
export function quotaNotices(resources: readonly SynthesizedResource[]): string[] {
  const per = (type: string, key: string): [string, number][] =>
    countEach(resources.filter((one) => one.type === type).map(({ config }) => nameIn(config[key])));
  const groups = resources
    .filter(({ type }) => type === "aws_instance")
    .map(({ name, config }): [string, number] => [name, [config.vpc_security_group_ids ?? []].flat().length]);
  return [
    ...notices(QUOTAS.groupsOfInterface, groups),
    ...notices(QUOTAS.policiesOfRole, per("aws_iam_role_policy_attachment", "role")),
    ...notices(QUOTAS.rulesOfGroup, per("aws_vpc_security_group_egress_rule", "security_group_id")),
  ];
}

/** The same of what all environments have together in a Region, where they share an account. */
export function regionNotices(stacks: readonly SynthesizedStack[]): string[] {
  const regions = stacks.flatMap(({ region, resources }) =>
    resources.filter(({ type }) => type === "aws_vpc").map(() => region),
  );
  return notices(QUOTAS.vpcsOfRegion, countEach(regions)).map(
    (notice) => `${notice}, where they share an account`,
  );
}

/** What is said of each thing that has more than the quota. */
function notices(quota: Quota, counts: readonly (readonly [string, number])[]): string[] {
  return counts.flatMap(([name, count]) => {
    const notice = quotaNotice(quota, count);
    return notice === undefined ? [] : [`${name}: ${notice}`];
  });
}

/** What a reference leads to, in short. */
function nameIn(reference: unknown): string {
  return /^\$\{[a-z0-9_]+\.([A-Za-z0-9_-]+)\./.exec(String(reference))?.[1] ?? String(reference);
}
