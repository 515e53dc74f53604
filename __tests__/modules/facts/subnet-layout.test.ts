import {
  availabilityZonesProblem,
  subnetKeys,
  subnetLayoutProblem,
} from "../../../modules/facts/subnet-layout";

describe("subnetLayoutProblem", () => {
  test.each([
    [{ cidr: "10.10.0.0/23", availabilityZones: 4 }],
    [{ cidr: "10.10.0.0/23", availabilityZones: 6, subnetPrefix: 26 }],
    [{ cidr: "10.10.0.0/27", availabilityZones: 2 }],
    [{ cidr: "10.10.0.0/23", availabilityZones: ["us-east-1b", "us-east-1e"] }],
    [{ cidr: "no block", availabilityZones: 2 }],
  ])("%j is good, or reported elsewhere", (props) => {
    expect(subnetLayoutProblem(props)).toBeUndefined();
  });

  test.each([
    [{ cidr: "10.10.0.0/23", availabilityZones: 5 }, /at most 4 zones.*set subnetPrefix to 26/],
    [{ cidr: "10.10.0.0/27", availabilityZones: 3 }, /at most 2 zones.*use a larger block, such as a \/26/],
    [{ cidr: "10.10.0.0/28", availabilityZones: 2 }, /at most 1 zones.*a \/27/],
    [{ cidr: "10.10.0.0/23", availabilityZones: 2, subnetPrefix: 22 }, /from \/23/],
    [{ cidr: "10.10.0.0/23", availabilityZones: 2, subnetPrefix: 29 }, /to \/28/],
    [
      { cidr: "10.10.0.0/23", availabilityZones: ["us-east-1a", "us-east-1e"] },
      /zones whose blocks differ.*set subnetPrefix to 26/,
    ],
  ])("%j is refused with the way out", (props, reason) => {
    expect(subnetLayoutProblem(props)).toMatch(reason);
  });
});

describe("availabilityZonesProblem", () => {
  test.each([[1], [6], [["eu-central-1a"]], [["eu-central-1b", "eu-central-1a"]]])("%j is good", (zones) => {
    expect(availabilityZonesProblem(zones, "eu-central-1")).toBeUndefined();
  });

  test.each([
    [0, /from 1 to 6/],
    [7, /from 1 to 6/],
    [1.5, /whole number/],
    [NaN, /whole number/],
    [[], /at least one zone/],
    [["eu-central-1a", "eu-central-1a"], /remove the second "eu-central-1a".*overlap/],
    [["eu-west-1a"], /"eu-west-1a" is none/],
    [["eu-central-1"], /"eu-central-1" is none/],
    [["eu-central-1-ham-1a"], /"eu-central-1-ham-1a" is none/],
  ])("%j is refused", (zones, reason) => {
    expect(availabilityZonesProblem(zones, "eu-central-1")).toMatch(reason);
  });
});

test("subnetKeys are slots for a number and names for a list", () => {
  expect(subnetKeys(2)).toEqual(["zone-1", "zone-2"]);
  expect(subnetKeys(["b", "a"])).toEqual(["b", "a"]);
});
