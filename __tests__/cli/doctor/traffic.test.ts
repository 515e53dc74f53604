import type { NetworkAcl, NetworkAclEntry } from "@aws-sdk/client-ec2";
import { readRule, readSubnet, routeTableOf, routeTo } from "../../../cli/doctor/traffic";
import { aclBlocks, letsHttps } from "../../../modules/facts/network";

const END = { cidrs: ["10.0.1.7/32", "10.0.2.7/32"], groups: ["sg-endpoints"] };

test.each([
  ["everything", { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }, "yes"],
  [
    "the group on HTTPS",
    { IpProtocol: "tcp", FromPort: 443, ToPort: 443, UserIdGroupPairs: [{ GroupId: "sg-endpoints" }] },
    "yes",
  ],
  [
    "a range of ports around HTTPS",
    { IpProtocol: "tcp", FromPort: 0, ToPort: 65535, IpRanges: [{ CidrIp: "10.0.0.0/16" }] },
    "yes",
  ],
  ["one of its addresses", { IpProtocol: "-1", IpRanges: [{ CidrIp: "10.0.2.7/32" }] }, "yes"],
  ["another address", { IpProtocol: "-1", IpRanges: [{ CidrIp: "10.0.2.8/32" }] }, "no"],
  ["another group", { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: "sg-others" }] }, "no"],
  [
    "another port",
    { IpProtocol: "tcp", FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
    "no",
  ],
  [
    "another protocol",
    { IpProtocol: "udp", FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
    "no",
  ],
  ["a list that cannot be seen", { IpProtocol: "-1", PrefixListIds: [{ PrefixListId: "pl-1" }] }, "unknown"],
])("a rule of EC2 for %s is read", (_, rule, lets) => {
  expect(letsHttps([readRule(rule)], END)).toBe(lets);
});

test("a subnet has its own route table, or the VPC's main one", () => {
  const main = { RouteTableId: "rtb-main", Associations: [{ Main: true }] };
  const own = { RouteTableId: "rtb-own", Associations: [{ Main: false, SubnetId: "subnet-1" }] };
  expect(routeTableOf([main, own], "subnet-1")).toBe(own);
  expect(routeTableOf([main, own], "subnet-2")).toBe(main);
  expect(routeTableOf([own], "subnet-2")).toBeUndefined();
});

test("the narrowest route is taken", () => {
  const routes = ["0.0.0.0/0", "10.0.0.0/16", "10.0.1.0/24"].map((DestinationCidrBlock) => ({
    DestinationCidrBlock,
  }));
  const table = {
    Routes: [...routes, { DestinationPrefixListId: "pl-s3" }, { DestinationIpv6CidrBlock: "::/0" }],
  };
  expect(routeTo(table, "10.0.1.7/32")).toBe(routes[2]);
  expect(routeTo(table, "10.0.2.7/32")).toBe(routes[1]);
  expect(routeTo(table, "10.1.0.0/24")).toBe(routes[0]);
  expect(routeTo({ Routes: [] }, "10.0.1.7/32")).toBeUndefined();
});

describe("network ACLs of EC2", () => {
  const entry = (RuleNumber: number, Egress: boolean, changes: NetworkAclEntry = {}): NetworkAclEntry => ({
    RuleNumber,
    Egress,
    Protocol: "-1",
    RuleAction: "allow",
    CidrBlock: "0.0.0.0/0",
    ...changes,
  });
  const acl = (id: string, subnet: string, ...Entries: NetworkAclEntry[]) => ({
    NetworkAclId: id,
    Associations: [{ SubnetId: subnet }],
    Entries,
  });
  const open = acl("acl-open", "subnet-2", entry(100, true), entry(100, false));
  const between = (from: NetworkAcl, to = open): string[] =>
    aclBlocks(
      readSubnet("subnet-1", "10.0.1.0/24", [from, to]),
      readSubnet("subnet-2", "10.0.2.0/24", [from, to]),
    ).map(({ acl: id, seen }) => `${id} ${seen}`);

  test("let pass what they allow, and inside a subnet everything", () => {
    expect(between(acl("acl-1", "subnet-1", entry(100, true), entry(100, false)))).toEqual([]);
    const shut = readSubnet("subnet-1", "10.0.1.0/24", [acl("acl-1", "subnet-1")]);
    expect(aclBlocks(shut, shut)).toEqual([]);
  });

  test("ask the entry with the lowest number that speaks of the traffic", () => {
    const shut = entry(50, true, {
      RuleAction: "deny",
      Protocol: "6",
      PortRange: { From: 443, To: 443 },
      CidrBlock: "10.0.2.0/24",
    });
    const denied = ["acl-1 lets no traffic out to 10.0.2.0/24 on port 443"];
    const others = [entry(100, true), entry(100, false)];
    expect(between(acl("acl-1", "subnet-1", ...others, shut))).toEqual(denied);
    expect(between(acl("acl-1", "subnet-1", ...others, { ...shut, RuleNumber: 200 }))).toEqual([]);
    expect(between(acl("acl-1", "subnet-1", ...others, { ...shut, Protocol: "17" }))).toEqual([]);
  });

  test("keep back what no entry allows, answers too", () => {
    const ipv6 = { ...entry(90, false), CidrBlock: undefined, Ipv6CidrBlock: "::/0" };
    expect(between(acl("acl-1", "subnet-1", entry(100, true), ipv6))).toEqual([
      "acl-1 lets no traffic in from 10.0.2.0/24 on port 32768",
      "acl-1 lets no traffic in from 10.0.2.0/24 on port 60999",
    ]);
  });
});
