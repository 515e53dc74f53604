import { type InstanceImage, imageParameter, imageProblem } from "../../../modules/facts/instance-image";

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
    [{ parameter: "/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id" }, "x86_64"],
    [{ parameter: "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id:3" }, "x86_64"],
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
    [
      { parameter: "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended" },
      "x86_64",
      /holds an AMI id; name the one below it that ends in \/image_id/,
    ],
    [
      { parameter: "/aws/service/freebsd/amd64/base/ufs/14.1/RELEASE" },
      "x86_64",
      /FreeBSD's images have none/,
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
