import { App } from "cdktf";
import { refusedStacks } from "../../stacks";
import type { EnvironmentSettings } from "../../stacks/settings/environment";
import { MINIMAL, settingsOf } from "../support/synth";

const target = { host: "db.internal", port: 5432, cidr: "10.20.0.0/24" };
const forward = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, target]));

test("a bound that only a construct knows is told as that of a setting is", () => {
  expect(refusedStacks(new App(), settingsOf({ ...MINIMAL, sessions: { forward: forward(20) } }))).toEqual(
    [],
  );
  expect(refusedStacks(new App(), settingsOf({ ...MINIMAL, sessions: { forward: forward(200) } }))).toEqual([
    expect.stringMatching(
      /^environments\/test\.ts: \[test-sessions\/operators\] forward: got 200; allowed: as many targets as one IAM policy of 6144 characters holds: /,
    ),
  ]);
});

test("a fault of the code is none of these", () => {
  const settings = { ...settingsOf(MINIMAL), instances: null } as unknown as EnvironmentSettings;
  expect(() => refusedStacks(new App(), settings)).toThrow(TypeError);
});
