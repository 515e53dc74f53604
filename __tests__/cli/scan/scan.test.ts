import { type AcceptedFinding, ACCEPTED_FINDINGS } from "../../../cli/scan/accepted-findings";
import type { Finding } from "../../../cli/scan/checkov";
import { compare, problemLines } from "../../../cli/scan/scan";

const finding = (overrides: Partial<Finding> = {}): Finding => ({
  check: "CKV_AWS_126",
  name: "Ensure that detailed monitoring is enabled for EC2 instances",
  resource: "aws_instance.web",
  environment: "dev",
  guideline: "https://example.com/guideline",
  ...overrides,
});

const entry = (overrides: Partial<AcceptedFinding> = {}): AcceptedFinding => ({
  check: "CKV_AWS_126",
  resource: "aws_instance.*",
  reason: "It costs money.",
  ...overrides,
});

test("what is accepted is no problem", () => {
  expect(compare([finding(), finding({ environment: "recipe" })], [entry()])).toEqual({
    unlisted: [],
    stale: [],
  });
});

test("nothing found and nothing accepted is no problem", () => {
  expect(problemLines(compare([], []))).toEqual([]);
});

test.each<[string, Partial<AcceptedFinding>]>([
  ["another check", { check: "CKV_AWS_12" }],
  ["another type", { resource: "aws_subnet.*" }],
  ["another resource", { resource: "aws_instance.we" }],
  ["the end of another name", { resource: "aws_instance.*bweb" }],
  ["another environment", { environments: ["recipe"] }],
])("accepting %s accepts nothing", (_, overrides) => {
  const { unlisted, stale } = compare([finding()], [entry(overrides)]);
  expect(unlisted).toEqual([finding()]);
  expect(stale).toHaveLength(1);
});

test("a failed check that nobody accepted is said with all that helps to mend it", () => {
  expect(problemLines(compare([finding()], []))).toEqual([
    "dev: aws_instance.web: CKV_AWS_126 failed: Ensure that detailed monitoring is enabled for EC2 instances; " +
      "mend it, or accept it with a reason in cli/scan/accepted-findings.ts; see https://example.com/guideline",
  ]);
});

test("what is accepted and does not fail is said", () => {
  expect(problemLines(compare([], [entry()]))).toEqual([
    "cli/scan/accepted-findings.ts: CKV_AWS_126 of aws_instance.* does not fail; allowed: what does; take it away",
  ]);
});

test("an entry is needed in each environment it names", () => {
  expect(problemLines(compare([finding()], [entry({ environments: ["dev", "recipe"] })]))).toEqual([
    "cli/scan/accepted-findings.ts: CKV_AWS_126 of aws_instance.* does not fail in recipe; allowed: what does; take it away",
  ]);
});

test("every accepted finding names one resource or one type, and a reason", () => {
  for (const { check, resource, reason } of ACCEPTED_FINDINGS) {
    expect(check).toMatch(/^CKV2?_AWS_\d+$/);
    expect(resource).toMatch(/^aws_\w+\.(\*|[\w-]+)$/);
    expect(reason).toMatch(/^.{30,}\.$/);
  }
});
