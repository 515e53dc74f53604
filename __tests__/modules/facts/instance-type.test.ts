import { INSTANCE_TYPE, architectureOf } from "../../../modules/facts/instance-type";

describe("architectureOf", () => {
  test.each([
    "t4g.nano",
    "m7gd.large",
    "c6gn.16xlarge",
    "x2gd.metal",
    "im4gn.large",
    "is4gen.medium",
    "g5g.xlarge",
    "a1.medium",
    "hpc7g.4xlarge",
    "i4g.large",
    "c8gb.large",
    "r8gn.metal-48xl",
    "p6e-gb200.36xlarge",
  ])("%s is arm64", (type) => {
    expect(architectureOf(type)).toBe("arm64");
  });

  test.each([
    "t3.nano",
    "t2.micro",
    "m5.large",
    "g4dn.xlarge",
    "g6.xlarge",
    "gr6.4xlarge",
    "u-6tb1.112xlarge",
    "u7i-12tb.224xlarge",
    "inf2.xlarge",
    "trn1n.32xlarge",
    "m7i-flex.large",
    "x2iezn.2xlarge",
    "c5.metal",
    "vt1.3xlarge",
    "dl2q.24xlarge",
  ])("%s is x86_64", (type) => {
    expect(architectureOf(type)).toBe("x86_64");
  });
});

describe("INSTANCE_TYPE", () => {
  test.each([
    "t3.nano",
    "u-6tb1.112xlarge",
    "m7i-flex.large",
    "r8gn.metal-48xl",
    "c5.metal",
    "p6e-gb200.36xlarge",
  ])("%s is one", (type) => {
    expect(INSTANCE_TYPE.problem(type)).toBeUndefined();
  });

  test.each(["", "t3", "T3.nano", "t3.tiny", "t3 .nano", "nano.t3", "mac2.metal"])("%p is none", (type) => {
    expect(INSTANCE_TYPE.problem(type)).toMatch(/allowed: an EC2 instance type/);
  });
});
