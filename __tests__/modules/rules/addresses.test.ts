import { type Change, all, resource, set } from "../../support/rules";
import { MINIMAL } from "../../support/synth";
import { casesOf } from "./cases";

const instances = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`web${index}`, { zone: "zone-1" }]));

const { broken, kept } = casesOf({ ...MINIMAL, instances: instances(10) });
const SUBNET = "aws_subnet.network_zone-1";

/** So many of its ten instances. */
const only =
  (count: number): Change =>
  (stacks) => {
    const made = (stacks["test-instances"] as { resource: Record<string, object> }).resource;
    made.aws_instance = Object.fromEntries(Object.entries(made.aws_instance ?? {}).slice(0, count));
  };

describe("enough-addresses", () => {
  broken([
    [
      "a block that is made smaller behind the settings",
      set(SUBNET, { cidr_block: "10.10.0.0/28" }),
      [
        "enough-addresses: test-networking/network/zone-1 has 16 - 5 that AWS keeps - 2 for endpoints = 9 addresses, and gets 10 instances",
      ],
    ],
  ]);
  kept([
    ["as many instances as it has room for", all(set(SUBNET, { cidr_block: "10.10.0.0/28" }), only(9))],
    ["a block that only Terraform knows", set(SUBNET, { cidr_block: "${var.block}" })],
    [
      "endpoints elsewhere",
      (stacks) => {
        set(SUBNET, { cidr_block: "10.10.0.0/28" })(stacks);
        for (const service of ["ssm", "ssmmessages"]) {
          resource(stacks, `aws_vpc_endpoint.endpoints_${service}`).subnet_ids = [
            "${aws_subnet.network_zone-2.id}",
          ];
        }
      },
    ],
  ]);
});
