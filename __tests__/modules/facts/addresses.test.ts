import { type AddressDemand, addressesProblem } from "../../../modules/facts/addresses";

/** So many instances, spread evenly. */
const evenly =
  (count: number): AddressDemand["instancesIn"] =>
  (zones) =>
    new Map(
      zones.map((zone, index) => [zone, Math.floor((count + zones.length - 1 - index) / zones.length)]),
    );

const demand = (count: number, changes: Partial<AddressDemand> = {}): AddressDemand => ({
  endpoints: ["ssm", "ssmmessages"],
  spare: undefined,
  instancesIn: evenly(count),
  ...changes,
});

const SMALL = { cidr: "10.40.0.0/28", availabilityZones: 1, subnetPrefix: 28 };

test.each([
  [9, demand(9)],
  [8, demand(8, { spare: "ec2messages" })],
  [6, demand(6, { endpoints: ["ssm", "ssmmessages", "ec2messages", "logs", "kms"] })],
])("a subnet of sixteen addresses holds %d instances, and not one more", (count, fits) => {
  expect(addressesProblem(SMALL, fits)).toBeUndefined();
  const more = { ...fits, instancesIn: evenly(count + 1) };
  expect(addressesProblem(SMALL, more)).toContain(`= ${count}, and would get ${count + 1}; `);
});

test.each<[string, Parameters<typeof addressesProblem>[0], number, RegExp]>([
  [
    "a prefix that is given grows with the network",
    SMALL,
    10,
    /; set cidr to "10\.40\.0\.0\/27" and subnetPrefix to 27: once/,
  ],
  [
    "room that the network has is used first",
    { cidr: "10.40.0.0/24", availabilityZones: 1, subnetPrefix: 28 },
    10,
    /; set subnetPrefix to 27, or set availabilityZones to 2, or /,
  ],
  [
    "a prefix that is calculated follows the network's",
    { cidr: "10.10.0.0/23", availabilityZones: 2 },
    300,
    /; set availabilityZones to 3, or set cidr to "10\.10\.0\.0\/22": once/,
  ],
  [
    "the block stays private and begins where one of its size does",
    { cidr: "10.10.2.0/23", availabilityZones: ["eu-central-1a", "eu-central-1b"] },
    300,
    /; set cidr to "10\.10\.0\.0\/22": once/,
  ],
  [
    "named zones are not counted up",
    { cidr: "10.10.0.0/16", availabilityZones: ["eu-central-1a"], subnetPrefix: 16 },
    70_000,
    /; spread the instances over more zones, or over several environments$/,
  ],
])("%s", (_, layout, count, told) => {
  expect(addressesProblem(layout, demand(count))).toMatch(told);
});

test("an address that is kept for an endpoint can be given up, where that does", () => {
  expect(addressesProblem(SMALL, demand(9, { spare: "ec2messages" }))).toMatch(
    /; set cidr to .* makes a new network; or set endpoints\.ec2Messages to false where no agent is older than 3\.3\.40\.0$/,
  );
  expect(addressesProblem(SMALL, demand(10, { spare: "ec2messages" }))).toMatch(/makes a new network$/);
});

test("the advice is followed with success, and nothing smaller would do", () => {
  const layout = { cidr: "10.10.0.0/26", availabilityZones: 2 };
  for (const count of [20, 50, 200, 1000]) {
    const [, cidr = ""] = /set cidr to "([^"]+)"/.exec(addressesProblem(layout, demand(count)) ?? "") ?? [];
    expect(addressesProblem({ ...layout, cidr }, demand(count))).toBeUndefined();
    const smaller = cidr.replace(/\d+$/, (prefix) => `${Number(prefix) + 1}`);
    expect(addressesProblem({ ...layout, cidr: smaller }, demand(count))).toBeDefined();
  }
});
