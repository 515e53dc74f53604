import {
  type AclEntry,
  type GroupRule,
  type Subnet,
  aclBlocks,
  contains,
  letsHttps,
} from "../../../modules/facts/network";

test.each([
  ["10.0.0.0/16", "10.0.0.0/16", "yes"],
  ["10.0.0.0/16", "10.0.255.0/24", "yes"],
  ["0.0.0.0/0", "203.0.113.7/32", "yes"],
  ["10.0.0.0/16", "10.1.0.0/24", "no"],
  ["10.1.0.0/24", "10.0.0.0/24", "no"],
  ["10.0.0.0/24", "10.0.0.0/16", "no"],
  ["::/0", "10.0.0.0/16", "no"],
  ["10.0.0.0/16", "fd00::/8", "no"],
  ["", "10.0.0.0/16", "no"],
  [undefined, "10.0.0.0/16", "unknown"],
  ["10.0.0.0/16", undefined, "unknown"],
])("whether %s holds %s: %s", (outer, inner, expected) => {
  expect(contains(outer, inner)).toBe(expected);
});

describe("letsHttps", () => {
  const HTTPS: GroupRule<string> = {
    protocol: "tcp",
    from: 443,
    to: 443,
    cidrs: ["10.0.1.0/24"],
    groups: ["sg-a"],
    partlyUnknown: false,
  };
  const BY_ADDRESS = { cidrs: ["10.0.1.7/32"], groups: [] };

  test.each<[string, Partial<GroupRule<string>>, string]>([
    ["HTTPS by TCP", {}, "yes"],
    ["TCP by its number", { protocol: "6" }, "yes"],
    ["every protocol", { protocol: "-1", from: 0, to: 0 }, "yes"],
    ["all protocols, in the words of a network ACL", { protocol: "all", from: 0, to: 0 }, "yes"],
    ["every protocol, of unknown ports", { protocol: "-1", from: undefined, to: undefined }, "yes"],
    ["a range that begins with HTTPS", { to: 444 }, "yes"],
    ["a range that ends with HTTPS", { from: 442 }, "yes"],
    ["a range above HTTPS", { from: 444, to: 65535 }, "no"],
    ["a range below HTTPS", { from: 0, to: 442 }, "no"],
    ["UDP", { protocol: "udp" }, "no"],
    ["UDP by its number", { protocol: "17" }, "no"],
    ["a protocol that is not known", { protocol: undefined }, "unknown"],
    ["a first port that is not known", { from: undefined }, "unknown"],
    ["a last port that is not known", { to: undefined }, "unknown"],
    ["ports that are not known, of another protocol", { protocol: "udp", from: undefined }, "no"],
    ["an unknown first port, below a last one that is too low", { from: undefined, to: 442 }, "no"],
    ["a protocol that is not known, on another port", { protocol: undefined, from: 444, to: 444 }, "no"],
  ])("asks a rule for its traffic: %s", (_, changes, expected) => {
    expect(letsHttps([{ ...HTTPS, ...changes }], BY_ADDRESS)).toBe(expected);
  });

  test.each<
    [string, Partial<GroupRule<string>>, { cidrs: (string | undefined)[]; groups: string[] }, string]
  >([
    ["an address in its block", {}, BY_ADDRESS, "yes"],
    ["a group that it names", {}, { cidrs: [], groups: ["sg-b", "sg-a"] }, "yes"],
    ["one of several addresses", {}, { cidrs: ["10.0.9.7/32", "10.0.1.7/32"], groups: [] }, "yes"],
    ["one of several blocks", { cidrs: ["10.0.9.0/24", "10.0.1.0/24"] }, BY_ADDRESS, "yes"],
    ["another address", {}, { cidrs: ["10.0.2.7/32"], groups: [] }, "no"],
    ["another group", {}, { cidrs: [], groups: ["sg-b"] }, "no"],
    ["a subnet that is wider than its block", {}, { cidrs: ["10.0.0.0/16"], groups: [] }, "no"],
    ["nothing", {}, { cidrs: [], groups: [] }, "no"],
    ["anything, where it names nothing", { cidrs: [], groups: [] }, BY_ADDRESS, "no"],
    ["an address that is not known", {}, { cidrs: [undefined], groups: [] }, "unknown"],
    ["an unknown address, where it has no block", { cidrs: [] }, { cidrs: [undefined], groups: [] }, "no"],
    ["whatever a prefix list holds", { cidrs: [], partlyUnknown: true }, BY_ADDRESS, "unknown"],
    ["a list, beside a block that holds the address", { partlyUnknown: true }, BY_ADDRESS, "yes"],
    [
      "a list, for another port",
      { cidrs: [], partlyUnknown: true, from: 22, to: 22 },
      { cidrs: [], groups: [] },
      "no",
    ],
  ])("asks a rule for the other end: %s", (_, changes, peer, expected) => {
    expect(letsHttps([{ ...HTTPS, ...changes }], peer)).toBe(expected);
  });

  const NO = { ...HTTPS, protocol: "udp" };
  const UNKNOWN = { ...HTTPS, protocol: undefined };
  test.each([
    [[], "no"],
    [[NO], "no"],
    [[NO, UNKNOWN], "unknown"],
    [[UNKNOWN, NO, HTTPS], "yes"],
  ])("takes the best answer of several rules: %#", (rules, expected) => {
    expect(letsHttps(rules, BY_ADDRESS)).toBe(expected);
  });

  test("tells groups apart by what stands for them", () => {
    const [one, other] = [{ name: "web" }, { name: "web" }];
    const rules = [{ ...HTTPS, cidrs: [], groups: [one] }];
    expect(letsHttps(rules, { cidrs: [], groups: [one] })).toBe("yes");
    expect(letsHttps(rules, { cidrs: [], groups: [other] })).toBe("no");
  });
});

describe("aclBlocks", () => {
  const ANY: AclEntry = {
    number: 100,
    action: "allow",
    protocol: "-1",
    from: 0,
    to: 0,
    cidr: "0.0.0.0/0",
  };
  const HTTPS: AclEntry = { ...ANY, protocol: "6", from: 443, to: 443, cidr: "10.0.2.0/24" };
  const ANSWERS: AclEntry = { ...HTTPS, number: 110, from: 32768, to: 60999 };
  const OPEN = { id: "open", ingress: [ANY], egress: [ANY] };
  const TO: Subnet<string> = { id: "to", cidr: "10.0.2.0/24", acls: [OPEN] };
  const blocks = (egress: AclEntry[] | undefined, ingress: AclEntry[] | undefined, to = TO): string[] =>
    aclBlocks({ id: "from", cidr: "10.0.1.0/24", acls: [{ id: "own", ingress, egress }] }, to).map(
      ({ acl, seen }) => `${acl} ${seen}`,
    );
  const NOT_OUT = ["own lets no traffic out to 10.0.2.0/24 on port 443"];
  const [FIRST, LAST] = [32768, 60999].map(
    (port) => `own lets no traffic in from 10.0.2.0/24 on port ${port}`,
  ) as [string, string];

  test.each<[string, AclEntry[] | undefined, AclEntry[] | undefined, string[]]>([
    ["everything that is allowed", [ANY], [ANY], []],
    ["just HTTPS and its answers", [HTTPS], [ANSWERS], []],
    ["nothing", [], [], [...NOT_OUT, FIRST, LAST]],
    ["another protocol", [{ ...HTTPS, protocol: "17" }], [ANY], NOT_OUT],
    ["another port", [{ ...HTTPS, from: 444, to: 444 }], [ANY], NOT_OUT],
    ["a part of the other subnet", [{ ...HTTPS, cidr: "10.0.2.0/25" }], [ANY], NOT_OUT],
    ["IPv6", [{ ...ANY, cidr: "" }], [ANY], NOT_OUT],
    ["answers from too high a port", [HTTPS], [{ ...ANSWERS, from: 32769 }], [FIRST]],
    ["answers up to too low a port", [HTTPS], [{ ...ANSWERS, to: 60998 }], [LAST]],
    ["a denial that is asked first", [ANY, { ...HTTPS, number: 50, action: "deny" }], [ANY], NOT_OUT],
    ["a denial that is asked last", [{ ...HTTPS, number: 200, action: "deny" }, ANY], [ANY], []],
    ["a denial of something else", [{ ...ANSWERS, number: 50, action: "deny" }, ANY], [ANY], []],
    [
      "numbers that text would put in another order",
      [{ ...ANY, number: 9, action: "deny" }, ANY],
      [ANY],
      NOT_OUT,
    ],
    ["entries that are not known", undefined, undefined, []],
    ["an unknown number", [{ ...ANY, number: undefined, action: "deny" }], [ANY], []],
    ["an unknown action", [{ ...ANY, action: undefined }], [ANY], []],
    ["an unknown protocol", [{ ...HTTPS, protocol: undefined }], [ANY], []],
    [
      "an unknown block, beside a denial",
      [
        { ...ANY, action: "deny" },
        { ...ANY, cidr: undefined },
      ],
      [ANY],
      [],
    ],
  ])("of a subnet's own network ACL: %s", (_, egress, ingress, expected) => {
    expect(blocks(egress, ingress)).toEqual(expected);
  });

  test("asks the other subnet's network ACL too, HTTPS first", () => {
    const shut = { ...TO, acls: [{ id: "other", ingress: [], egress: [] }] };
    expect(blocks([ANY], [ANY], shut)).toEqual([
      "other lets no traffic in from 10.0.1.0/24 on port 443",
      "other lets no traffic out to 10.0.1.0/24 on port 32768",
      "other lets no traffic out to 10.0.1.0/24 on port 60999",
    ]);
  });

  test("finds nothing inside a subnet, where no network ACL is asked", () => {
    const shut = { ...TO, acls: [{ id: "own", ingress: [], egress: [] }] };
    expect(aclBlocks(shut, shut)).toEqual([]);
  });

  test("finds nothing where a subnet's block, or its network ACL, is not known", () => {
    expect(blocks([], [], { ...TO, cidr: undefined })).toEqual([]);
    expect(blocks([ANY], [ANY], { ...TO, acls: [] })).toEqual([]);
  });

  test("asks each of several network ACLs that a subnet can have", () => {
    const shut = { id: "shut", ingress: [], egress: [ANY] };
    expect(blocks([ANY], [ANY], { ...TO, acls: [OPEN, shut] })).toEqual([
      "shut lets no traffic in from 10.0.1.0/24 on port 443",
    ]);
  });
});
