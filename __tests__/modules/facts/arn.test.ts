import { arnPlaceProblem, parseArn, partitionOf } from "../../../modules/facts/arn";

const KEY = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012";

test.each([
  ["eu-central-1", "aws"],
  ["us-gov-west-1", "aws-us-gov"],
  ["cn-north-1", "aws-cn"],
  ["eusc-de-east-1", "aws-eusc"],
  ["us-iso-east-1", undefined],
])("%s is in %s", (region, partition) => {
  expect(partitionOf(region)).toBe(partition);
});

test("an ARN says where it is, and another text nothing", () => {
  expect(parseArn(KEY)).toEqual({ partition: "aws", region: "eu-central-1", account: "111122223333" });
  expect(parseArn("arn:aws:iam::aws:policy/X")).toEqual({ partition: "aws", region: "", account: "aws" });
  expect(parseArn("role/deploy")).toBeUndefined();
});

describe("what cannot fit by what it says itself", () => {
  const accounts = { ids: ["111122223333"], whose: "which allowedAccountIds has" };

  test.each<[string, string, string, RegExp]>([
    [
      "another partition",
      "arn:aws:iam::111122223333:role/x",
      "us-gov-west-1",
      /begins with arn:aws-us-gov:, as us-gov-west-1/,
    ],
    ["another Region", KEY, "eu-west-1", /^allowed: an ARN in eu-west-1; /],
    [
      "another account",
      "arn:aws:iam::444455556666:role/x",
      "eu-central-1",
      /in account 111122223333, which allowedAccountIds has/,
    ],
  ])("%s", (_, arn, region, refusal) => {
    expect(arnPlaceProblem(arn, { region, accounts })).toMatch(refusal);
  });

  test.each([
    ["what AWS itself looks after", "arn:aws:iam::aws:policy/X", "eu-central-1"],
    ["its own account and Region", KEY, "eu-central-1"],
    ["a Region that only Terraform knows", KEY, undefined],
    ["a partition that nobody knows beforehand", "arn:aws-iso:iam::111122223333:role/x", "us-iso-east-1"],
    ["no ARN, which has a refusal of its own", "role/x", "eu-central-1"],
  ])("but %s can", (_, arn, region) => {
    expect(arnPlaceProblem(arn, { region, accounts })).toBeUndefined();
  });
});
