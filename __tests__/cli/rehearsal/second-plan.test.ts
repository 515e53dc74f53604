import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EMULATOR_GAPS } from "../../../cli/rehearsal/emulator-gaps";
import { unexplainedChanges } from "../../../cli/rehearsal/rehearsed-stack";

const MOTO = "5.2.5";

/** A plan with one change, as `terraform show -json` writes it. */
function plan(change: object, { type = "aws_vpc_security_group_egress_rule", outputs = {} } = {}): string {
  return JSON.stringify({
    terraform_version: "1.11.4",
    resource_changes: [{ address: `${type}.one`, type, mode: "managed", change }],
    output_changes: outputs,
  });
}

const update = (before: object, after: object): object => ({
  actions: ["update"],
  before,
  after,
  after_unknown: {},
});

test("the gaps are those of the version that the tests install", () => {
  const requirements = readFileSync(join(__dirname, "../../../requirements-dev.txt"), "utf8");
  const [, version] = /^moto\[server\]==(\S+)$/m.exec(requirements) ?? [];
  expect(new Set(EMULATOR_GAPS.map(({ moto }) => moto))).toEqual(new Set([version]));
});

test("what the emulator forgets is no change", () => {
  const forgotten = plan(
    update({ description: "", from_port: 443 }, { description: "HTTPS", from_port: 443 }),
  );
  expect(unexplainedChanges(forgotten, MOTO)).toEqual({ unexplained: [], gaps: 1 });
  expect(unexplainedChanges(plan({ actions: ["no-op"], before: {}, after: {} }), MOTO)).toEqual({
    unexplained: [],
    gaps: 0,
  });
});

test.each([
  ["another version of it", update({ description: "" }, { description: "HTTPS" }), {}, "5.2.6"],
  ["nothing that can be told", update({ description: "" }, { description: "" }), {}, MOTO],
  [
    "something else of it",
    update({ description: "", to_port: 80 }, { description: "HTTPS", to_port: 443 }),
    {},
    MOTO,
  ],
  ["a value that was there", update({ description: "HTTP" }, { description: "HTTPS" }), {}, MOTO],
  [
    "another type",
    update({ description: "" }, { description: "HTTPS" }),
    { type: "aws_security_group" },
    MOTO,
  ],
  ["a creation", { actions: ["create"], before: null, after: { description: "HTTPS" } }, {}, MOTO],
  [
    "a replacement",
    { actions: ["delete", "create"], before: { description: "" }, after: { description: "x" } },
    {},
    MOTO,
  ],
  [
    "an output",
    { actions: ["no-op"], before: {}, after: {} },
    { outputs: { vpc_id: { actions: ["update"] } } },
    MOTO,
  ],
])("%s is a change", (_, change, options, moto) => {
  expect(unexplainedChanges(plan(change, options), moto).unexplained).toHaveLength(1);
});
