import {
  type InstanceImage,
  architectureOf,
  imageParameter,
  imageProblem,
  instanceTypeProblem,
  isEbsOptimized,
} from "../../../modules/private/instance-image";

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

test.each([
  ["t3.nano", true],
  ["t4g.nano", true],
  ["a1.medium", true],
  ["m4.large", true],
  ["c4.large", true],
  ["d2.xlarge", true],
  ["g3s.xlarge", true],
  ["c1.xlarge", false],
  ["m3.medium", false],
  ["r3.8xlarge", false],
  ["i2.xlarge", false],
  ["t1.micro", false],
  ["t2.micro", false],
])("%s is optimized for EBS at no charge: %s", (type, optimized) => {
  expect(isEbsOptimized(type)).toBe(optimized);
});

describe("instanceTypeProblem", () => {
  test.each([
    "t3.nano",
    "u-6tb1.112xlarge",
    "m7i-flex.large",
    "r8gn.metal-48xl",
    "c5.metal",
    "p6e-gb200.36xlarge",
  ])("%s is one", (type) => {
    expect(instanceTypeProblem(type)).toBeUndefined();
  });

  test.each(["", "t3", "T3.nano", "t3.tiny", "t3 .nano", "nano.t3", "mac2.metal"])("%p is none", (type) => {
    expect(instanceTypeProblem(type)).toMatch(/allowed: an EC2 instance type/);
  });
});

describe("imageProblem", () => {
  test.each<[InstanceImage, "arm64" | "x86_64"]>([
    ["al2023", "arm64"],
    ["al2", "x86_64"],
    [{ amiId: "ami-0123456789abcdef0" }, "x86_64"],
    [{ amiId: "ami-01234567" }, "arm64"],
    [
      { parameter: "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id" },
      "arm64",
    ],
    [{ parameter: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64:3" }, "x86_64"],
    [{ parameter: "/golden/base" }, "arm64"],
  ])("%j starts on %s", (image, architecture) => {
    expect(imageProblem(image, architecture)).toBeUndefined();
  });

  test.each<[InstanceImage, "arm64" | "x86_64", RegExp]>([
    [
      { parameter: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64" },
      "arm64",
      /an image for arm64/,
    ],
    [
      { parameter: "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id" },
      "arm64",
      /an image for arm64/,
    ],
    [{ parameter: "/golden/arm64" }, "x86_64", /an instance type for arm64/],
    [
      { parameter: "/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64" },
      "x86_64",
      /contains SSM Agent.*never show up/,
    ],
    [{ parameter: "golden/base" }, "x86_64", /begin with a slash/],
    [{ parameter: "/golden base" }, "x86_64", /leave out blanks/],
    [{ amiId: "ami-123" }, "x86_64", /an AMI id/],
    [{ amiId: "i-0123456789abcdef0" }, "x86_64", /an AMI id/],
  ])("%j on %s is refused", (image, architecture, reason) => {
    expect(imageProblem(image, architecture)).toMatch(reason);
  });
});

test("imageParameter follows the architecture", () => {
  expect(imageParameter("al2023", "arm64")).toBe(
    "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
  );
  expect(imageParameter("al2", "x86_64")).toBe(
    "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2",
  );
  expect(imageParameter({ parameter: "/golden" }, "arm64")).toBe("/golden");
  expect(imageParameter({ amiId: "ami-01234567" }, "arm64")).toBeUndefined();
});
