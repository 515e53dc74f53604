import { SECURITY_GROUP_ID } from "../../../modules/facts/ec2-ids";
import { type EgressRule, egressRuleKey, egressRuleProblems } from "../../../modules/facts/egress-rule";

const rule = (overrides: Partial<EgressRule> = {}): EgressRule => ({
  cidr: "10.20.0.0/16",
  ports: 5432,
  description: "PostgreSQL in the data VPC",
  ...overrides,
});

test.each<Partial<EgressRule>>([
  {},
  { cidr: "203.0.0.0/16" },
  { cidr: "100.64.0.0/10" },
  { cidr: undefined, securityGroupId: "sg-0123456789abcdef0" },
  { cidr: undefined, prefixListId: "pl-63a5400a" },
  { ports: { from: 8000, to: 8100 }, protocol: "udp" },
])("%j is good", (overrides) => {
  expect(egressRuleProblems(rule(overrides))).toEqual([]);
});

test.each<[Partial<EgressRule>, string, RegExp]>([
  [{ cidr: "0.0.0.0/0" }, "cidr", /never the whole internet/],
  [{ cidr: "0.0.0.0/1" }, "cidr", /never the whole internet/],
  [{ cidr: "203.0.0.0/15" }, "cidr", /no wider than \/16/],
  [{ cidr: "10.0.0.1/8" }, "cidr", /use "10\.0\.0\.0\/8"/],
  [{ cidr: "::/0" }, "cidr", /an IPv4 block/],
  [{ cidr: "127.0.0.0/16" }, "cidr", /127\.0\.0\.0\/8 is the instance itself$/],
  [{ cidr: "169.254.169.254/32" }, "cidr", /169\.254\.0\.0\/16 is link-local, such as the metadata service$/],
  [{ cidr: "0.0.0.0/16" }, "cidr", /0\.0\.0\.0\/8 stands for no host$/],
  [{ cidr: "224.0.0.251/32" }, "cidr", /224\.0\.0\.0\/4 is multicast$/],
  [{ cidr: "240.0.0.0/16" }, "cidr", /240\.0\.0\.0\/4 is reserved, broadcast included$/],
  [{ ports: 0 }, "ports", /from 1 to 65535/],
  [{ ports: 65536 }, "ports", /from 1 to 65535/],
  [{ ports: { from: 90, to: 80 } }, "ports", /in that order/],
  [{ cidr: undefined }, "", /exactly one target/],
  [{ prefixListId: "pl-63a5400a" }, "", /exactly one target/],
  [{ cidr: undefined, securityGroupId: "web" }, "securityGroupId", /sg-0123456789abcdef0/],
  [{ cidr: undefined, prefixListId: "s3" }, "prefixListId", /pl-63a5400a/],
  [{ description: "" }, "description", /1 to 255 characters/],
  [{ description: "ä" }, "description", /1 to 255 characters/],
  [{ description: "x".repeat(256) }, "description", /1 to 255 characters/],
])("%j is refused at %p", (overrides, field, reason) => {
  expect(egressRuleProblems(rule(overrides))).toEqual([{ field, problem: expect.stringMatching(reason) }]);
});

test("egressRuleKey tells rules apart by what they open", () => {
  expect(egressRuleKey(rule())).toBe("tcp-5432-10-20-0-0-16");
  expect(egressRuleKey(rule({ description: "another word for it" }))).toBe(egressRuleKey(rule()));
  expect(egressRuleKey(rule({ ports: { from: 5432, to: 5432 } }))).toBe(egressRuleKey(rule()));
  expect(egressRuleKey(rule({ protocol: "udp", ports: { from: 1, to: 2 } }))).toBe("udp-1-2-10-20-0-0-16");
});

test("an id of a security group", () => {
  expect(SECURITY_GROUP_ID.problem("sg-0123456789abcdef0")).toBeUndefined();
  expect(SECURITY_GROUP_ID.problem("sg-01234567")).toBeUndefined();
  expect(SECURITY_GROUP_ID.problem("sg-xyz")).toMatch(/copy it/);
});
