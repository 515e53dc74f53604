import { verifiedTable } from "../../../cli/commands/verify";

test("the table tells instance by instance", () => {
  const checks = [
    { check: "running", result: "pass", seen: "i-1 is running" },
    { check: "Online in Systems Manager", result: "FAIL", seen: "ConnectionLost" },
    { check: "SSM Agent", result: "unknown", seen: "not asked" },
  ] as const;
  expect(
    verifiedTable([
      { instance: "web", checks },
      { instance: "jobs", checks: checks.slice(0, 1) },
    ]),
  ).toMatchInlineSnapshot(`
    "instance  check                      result   seen
    web       running                    pass     i-1 is running
    web       Online in Systems Manager  FAIL     ConnectionLost
    web       SSM Agent                  unknown  not asked
    jobs      running                    pass     i-1 is running"
  `);
});
