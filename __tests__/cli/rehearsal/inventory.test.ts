import { added, differences } from "../../../cli/rehearsal/inventory";

const ADDRESSES = ["aws_vpc.network", 'aws_subnet.zone["a"]', 'aws_subnet.zone["b"]', "terraform_data.image"];

test("an inventory is compared with addresses by type; what nobody lists is left out", () => {
  const right = { aws_vpc: ["vpc-1"], aws_subnet: ["subnet-1", "subnet-2"], aws_instance: [] };
  expect(differences(right, ADDRESSES)).toEqual([]);
  expect(differences({ ...right, aws_subnet: ["subnet-1"], aws_instance: ["i-1"] }, ADDRESSES)).toEqual([
    "1 aws_subnet (subnet-1), not 2",
    "1 aws_instance (i-1), not 0",
  ]);
  expect(differences({ aws_vpc: [] }, ADDRESSES)).toEqual(["0 aws_vpc, not 1"]);
});

test("what was there before does not count", () => {
  expect(added({ aws_vpc: ["vpc-0", "vpc-1"], aws_subnet: ["subnet-0"] }, { aws_vpc: ["vpc-0"] })).toEqual({
    aws_vpc: ["vpc-1"],
    aws_subnet: ["subnet-0"],
  });
});
