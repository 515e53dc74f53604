import { rehearsalTable } from "../../../cli/rehearsal/report";

test("the table has every step, and the time of all", () => {
  expect(
    rehearsalTable([
      { stack: "dev-networking", step: "apply", passed: true, seconds: 12.34, seen: "18 resources" },
      { stack: "dev-networking", step: "second plan", passed: false, seconds: 3, seen: "it is not empty" },
    ]),
  ).toMatchInlineSnapshot(`
    "stack           step         result  time    seen
    dev-networking  apply        pass    12.3 s  18 resources
    dev-networking  second plan  FAIL    3.0 s   it is not empty

    15.3 s"
  `);
});
