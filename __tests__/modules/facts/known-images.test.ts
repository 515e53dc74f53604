import {
  NAMES_WITHOUT_AGENT,
  endOfImage,
  withFurtherVolumes,
  withoutAgent,
  withoutUsers,
} from "../../../modules/facts/known-images";

const UBUNTU = "/aws/service/canonical/ubuntu/server";
const AMAZON = "/aws/service/ami-amazon-linux-latest";

test.each([
  [`${AMAZON}/al2023-ami-minimal-kernel-default-x86_64`, "minimal images"],
  [
    "/aws/service/canonical/ubuntu/server-minimal/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
    "minimal images",
  ],
  ["/aws/service/debian/release/12/latest/amd64", "Debian's images"],
  ["debian-13-arm64-20260101-1234", "Debian's images"],
  ["/aws/service/freebsd/amd64/base/ufs/14.1/RELEASE", "FreeBSD's images"],
  ["RHEL-9*", "Red Hat's images"],
  ["CentOS Stream 9 x86_64 20240715", "images of CentOS"],
  ["AlmaLinux OS 9.4.20240513 x86_64", "images of AlmaLinux"],
])("%s has no agent", (name, what) => {
  expect(withoutAgent(name)?.what).toBe(what);
  expect(name).toMatch(new RegExp(NAMES_WITHOUT_AGENT));
});

test.each([
  `${AMAZON}/al2023-ami-kernel-default-x86_64`,
  `${UBUNTU}/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id`,
  "/team/minimal-base",
  "debian-golden",
  "/aws/service/suse/sles/15-sp6/byos/x86_64/latest",
])("of %s nobody says that it has none", (name) => {
  expect(withoutAgent(name)).toBeUndefined();
  expect(name).not.toMatch(new RegExp(NAMES_WITHOUT_AGENT));
});

test("Bottlerocket brings a volume and no user, whatever its variant", () => {
  for (const variant of ["aws-ecs-2", "aws-k8s-1.31", "aws-k8s-1.31-nvidia"]) {
    const name = `/aws/service/bottlerocket/${variant}/x86_64/latest/image_id`;
    expect([withFurtherVolumes(name), withoutUsers(name)]).toEqual(["Bottlerocket", "Bottlerocket"]);
  }
});

test.each([
  [
    `${AMAZON}/amzn2-ami-hvm-x86_64-gp2`,
    "Amazon Linux 2 has had no security updates since 2026-06-30: change to al2023",
  ],
  ["/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id", /^Amazon Linux 2 has had no/],
  ["/aws/service/eks/optimized-ami/1.30/amazon-linux-2/recommended/image_id", /^Amazon Linux 2 has had no/],
  [`${UBUNTU}/20.04/stable/current/amd64/hvm/ebs-gp2/ami-id`, /^Ubuntu 20\.04 .* since 2025-05-31/],
  [`${UBUNTU}/focal/stable/current/amd64/hvm/ebs-gp2/ami-id`, /^Ubuntu 20\.04 /],
  ["/aws/service/ami-windows-latest/Windows_Server-2012-R2_RTM-English-64Bit-Base", /since 2023-10-10/],
  [
    "/aws/service/ami-windows-latest/Windows_Server-2016-English-Full-Base",
    /2016 gets no security updates after 2027-01-12/,
  ],
])("%s is told of", (name, said) => {
  expect(endOfImage(name, new Date("2026-11-27"))).toMatch(said);
});

test.each([
  `${AMAZON}/al2023-ami-kernel-default-x86_64`,
  "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
  `${UBUNTU}/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id`,
  "/aws/service/canonical/ubuntu/pro-server/20.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
])("%s is not", (name) => {
  expect(endOfImage(name, new Date("2026-11-27"))).toBeUndefined();
});

test("an end is told of half a year ahead, and not before", () => {
  const name = "/aws/service/ami-windows-latest/Windows_Server-2016-English-Full-Base";
  expect(endOfImage(name, new Date("2026-06-01"))).toBeUndefined();
  expect(endOfImage(name, new Date("2026-08-01"))).toBeDefined();
});
