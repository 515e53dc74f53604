import {
  WIDEST_PUBLIC_PREFIX,
  anyVpcCidrProblem,
  cidrProblem,
  formatCidr,
  isPrivate,
  neverLeftFor,
  overlaps,
  parseCidr,
  vpcCidrProblem,
} from "../../../modules/facts/cidr";

const block = (cidr: string) => parseCidr(cidr) as NonNullable<ReturnType<typeof parseCidr>>;

test("no public block may be wider than /16", () => {
  expect(WIDEST_PUBLIC_PREFIX).toBe(16);
});

describe("parseCidr", () => {
  test("the first address is a number, and the prefix another", () => {
    expect(parseCidr("10.1.2.3/32")).toEqual({ start: 0x0a010203, prefix: 32 });
    expect(formatCidr({ start: 0x0a010203, prefix: 32 })).toBe("10.1.2.3/32");
  });

  test.each(["0.0.0.0/0", "10.10.0.0/23", "255.255.255.255/32", "192.168.128.0/17"])(
    "%s survives a round trip",
    (cidr) => {
      expect(formatCidr(block(cidr))).toBe(cidr);
    },
  );

  test.each([
    "",
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0/16",
    "256.0.0.0/16",
    "10.0.0.0/ 16",
    "::/0",
    "10.0.0.1/24",
    "010.0.0.0/16",
  ])("%p is no block", (cidr) => {
    expect(parseCidr(cidr)).toBeUndefined();
  });
});

describe("isPrivate", () => {
  test.each([
    "10.0.0.0/8",
    "10.255.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "172.31.255.255/32",
    "10.0.0.0/32",
  ])("%s is private", (cidr) => {
    expect(isPrivate(block(cidr))).toBe(true);
  });

  test.each([
    "8.8.8.0/24",
    "0.0.0.0/0",
    "10.0.0.0/7",
    "172.0.0.0/8",
    "172.32.0.0/16",
    "100.0.0.0/8",
    "192.160.0.0/12",
  ])("%s is not", (cidr) => {
    expect(isPrivate(block(cidr))).toBe(false);
  });
});

describe("vpcCidrProblem", () => {
  test.each(["10.0.0.0/16", "10.10.0.0/23", "192.168.255.240/28"])("%s can be a VPC", (cidr) => {
    expect(vpcCidrProblem(cidr)).toBeUndefined();
  });

  test.each([
    ["10.10.0/23", /four numbers from 0 to 255/],
    ["10.10.1.0/23", /use "10\.10\.0\.0\/23"/],
    ["10.0.0.0/15", /from \/16 to \/28.*such as "10\.0\.0\.0\/23"$/],
    ["10.0.0.0/29", /from \/16 to \/28/],
    ["8.8.0.0/16", /a private block/],
  ])("%s cannot, and the message says why", (cidr, reason) => {
    expect(vpcCidrProblem(cidr)).toMatch(reason);
  });
});

test("cidrProblem leaves the choice of network to its caller", () => {
  expect(cidrProblem("8.8.8.0/24")).toBeUndefined();
  expect(cidrProblem("0.0.0.0/0")).toBeUndefined();
});

describe("blocks that no packet leaves an instance for", () => {
  test.each([
    "127.0.0.0/16",
    "127.0.0.1/32",
    "127.255.255.255/32",
    "169.254.169.254/32",
    "169.254.0.0/16",
    "0.0.0.0/16",
    "0.0.0.0/32",
    "224.0.0.251/32",
    "239.255.0.0/16",
    "240.0.0.0/16",
    "255.255.255.255/32",
    "0.0.0.0/0",
    "126.0.0.0/7",
  ])("%s is one, or holds one", (cidr) => {
    expect(neverLeftFor(block(cidr))).toMatch(/^[\d.]+\/\d+ (is|stands) /);
    expect(anyVpcCidrProblem(cidr)).toMatch(
      /^allowed: a block of addresses that packets leave an instance for; /,
    );
  });

  test.each([
    "10.10.0.2/32",
    "126.255.255.255/32",
    "128.0.0.0/16",
    "169.253.255.255/32",
    "169.255.0.0/16",
    "223.255.255.255/32",
    "1.0.0.0/16",
    "100.64.0.0/10",
    "192.0.2.0/24",
    "198.18.0.0/15",
  ])("%s is not", (cidr) => {
    expect(neverLeftFor(block(cidr))).toBeUndefined();
    expect(anyVpcCidrProblem(cidr)).toBeUndefined();
  });

  test("a text that is no block is told so first", () => {
    expect(anyVpcCidrProblem("127.0.0.1")).toMatch(/four numbers/);
  });
});

test.each([
  ["10.0.0.0/8", "10.1.0.0/16", true],
  ["10.1.0.0/16", "10.0.0.0/8", true],
  ["10.0.0.0/9", "10.128.0.0/9", false],
  ["0.0.0.0/0", "255.255.255.255/32", true],
])("%s and %s have addresses in common: %s", (one, other, common) => {
  expect(overlaps(block(one), block(other))).toBe(common);
});
