import { planSubnets } from "../../../modules/private/subnet-layout";

const keysAndCidrs = (props: Parameters<typeof planSubnets>[0]) =>
  Object.fromEntries(planSubnets(props).map(({ key, cidr }) => [key, cidr]));

describe("planSubnets", () => {
  test("four subnets fit by default", () => {
    expect(keysAndCidrs({ cidr: "10.10.0.0/23", availabilityZones: 4 })).toEqual({
      "zone-1": "10.10.0.0/25",
      "zone-2": "10.10.0.128/25",
      "zone-3": "10.10.1.0/25",
      "zone-4": "10.10.1.128/25",
    });
  });

  test("subnetPrefix decides the size", () => {
    expect(keysAndCidrs({ cidr: "10.10.0.0/23", availabilityZones: 2, subnetPrefix: 24 })).toEqual({
      "zone-1": "10.10.0.0/24",
      "zone-2": "10.10.1.0/24",
    });
  });

  test("a further zone leaves the others where they are", () => {
    const two = keysAndCidrs({ cidr: "10.10.0.0/23", availabilityZones: 2 });
    expect(keysAndCidrs({ cidr: "10.10.0.0/23", availabilityZones: 3 })).toMatchObject(two);
  });

  test("a named zone's block follows from its letter, whatever the order of the list", () => {
    const cidr = "10.10.0.0/23";
    const expected = { "eu-central-1a": "10.10.0.0/25", "eu-central-1c": "10.10.1.0/25" };
    expect(keysAndCidrs({ cidr, availabilityZones: ["eu-central-1a", "eu-central-1c"] })).toEqual(expected);
    expect(keysAndCidrs({ cidr, availabilityZones: ["eu-central-1c", "eu-central-1a"] })).toEqual(expected);
  });

  test("letters beyond the last block begin again", () => {
    const props = { cidr: "10.10.0.0/23", availabilityZones: ["us-east-1b", "us-east-1e"] };
    expect(keysAndCidrs(props)).toEqual({ "us-east-1b": "10.10.0.128/25", "us-east-1e": "10.10.0.0/25" });
  });

  test("the smallest network is one subnet", () => {
    expect(keysAndCidrs({ cidr: "10.0.0.0/28", availabilityZones: 1 })).toEqual({ "zone-1": "10.0.0.0/28" });
  });
});
