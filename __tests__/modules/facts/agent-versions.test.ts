import { FIRST_WITHOUT_EC2MESSAGES, isOlder } from "../../../modules/facts/agent-versions";

test.each([
  ["3.3.40.0", "3.3.40.0", false],
  ["3.3.39.9", "3.3.40.0", true],
  ["3.3.5226.0", "3.3.40.0", false],
  ["3.10.0.0", "3.3.40.0", false],
  ["2.9.9.9", "3.0.0.0", true],
  ["4", "3.3.40.0", false],
  ["3.3", "3.3.40.0", true],
  ["3.3", "3.3.1.0", true],
  ["3.3.40", "3.3.40.0", false],
  ["3.3.40.0.1", "3.3.40.0", false],
  ["3.3.x", "3.3.40.0", true],
])("whether %s is older than %s: %s", (version, than, expected) => {
  expect(isOlder(version, than)).toBe(expected);
});

test("an agent that needs ec2messages is older than the first that does not", () => {
  expect(isOlder("3.2.2303.0", FIRST_WITHOUT_EC2MESSAGES)).toBe(true);
});
