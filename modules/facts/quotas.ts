import { problem } from "./refusal";

/** How many of a thing AWS allows where nobody asked for more, and at most whatever one asks for. */
export interface Quota {
  /** What is counted, as Service Quotas calls it. */
  readonly what: string;
  /** What an account has by itself; it can be raised. */
  readonly preset: number;
  /** More than this, AWS gives to nobody. */
  readonly max: number;
}

/** Quotas that settings can go beyond. What cannot be raised at all is a bound of its own, such as the size of a policy. */
export const QUOTAS = {
  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
  policiesOfRole: { what: "managed policies attached to a role", preset: 10, max: 25 },
  /** https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
  groupsOfInterface: { what: "security groups per network interface", preset: 5, max: 16 },
  /** The same page: multiplied by the groups of an interface, of which an instance with ways of its own has two, up to 1,000. */
  rulesOfGroup: { what: "outbound rules per security group", preset: 60, max: 500 },
  /** The same page; AWS names no maximum. */
  vpcsOfRegion: { what: "VPCs per Region", preset: 5, max: Infinity },
} as const satisfies Record<string, Quota>;

/** What is wrong with more of something than AWS gives to anybody. */
export function quotaProblem({ what, max }: Quota, count: number, fix: string): string | undefined {
  return count <= max
    ? undefined
    : problem(`up to ${max} ${what}, the most that AWS gives, not ${count}`, fix);
}

/** What is said of more than an account has by itself: undefined where it is not more. */
export function quotaNotice({ what, preset, max }: Quota, count: number): string | undefined {
  const end = max === Infinity ? "" : `, up to ${max}`;
  return count <= preset
    ? undefined
    : `${count} ${what}: AWS's default is ${preset}, which can be raised${end}: ask in Service Quotas before you deploy`;
}
