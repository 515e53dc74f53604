import { isEbsOptimized } from "../../../modules/private/instance-image";

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
