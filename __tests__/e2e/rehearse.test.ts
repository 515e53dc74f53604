import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { RehearsalStep } from "../../cli/rehearsal/rehearsal";
import { describeE2e } from "../support/deployment";

const ROOT = join(__dirname, "../..");

describeE2e("the environments of the project, with Terraform", (moto) => {
  // One on a server of its own, the other on one that is there.
  rehearsed("recipe", "terraform", () => []);
  rehearsed("dev", "terraform", () => ["--endpoint", moto.url]);
});

describeE2e(
  "the environments of the project, with OpenTofu",
  () => {
    rehearsed("recipe", "tofu", () => []);
    rehearsed("dev", "tofu", () => []);
  },
  ["tofu"],
);

function rehearsed(environment: keyof typeof EXPECTED, program: string, options: () => string[]): void {
  test(`${environment} is applied, idempotent, complete and destroyed`, () => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["-r", "./register-typescript.js", "cli/index.ts", "rehearse", environment, "--json", ...options()],
      { cwd: ROOT, encoding: "utf8", env: { ...process.env, TERRAFORM_BINARY_NAME: program } },
    );
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    const { steps } = JSON.parse(stdout) as { steps: RehearsalStep[] };
    const told = steps.map(({ stack, step, seen }) => `${stack} ${step}: ${seen}`);
    expect(told).toEqual(EXPECTED[environment]);
    const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
    process.stderr.write(`${environment} with ${program}: ${steps.length} steps, ${Math.round(seconds)} s\n`);
  }, 600_000);
}

/** Every figure is what the JSON promises: resources, what the emulator can list of them, and what is retained. */
const EXPECTED = {
  recipe: [
    "recipe-networking init: initialized",
    "recipe-networking plan: 12 to add, 0 to change, 0 to destroy",
    "recipe-networking apply: 12 resources",
    "recipe-networking second plan: no changes",
    "recipe-networking inventory: 11 of 12 resources listed by the emulator",
    "recipe-instances init: initialized",
    "recipe-instances plan: 7 to add, 0 to change, 0 to destroy",
    "recipe-instances apply: 7 resources",
    "recipe-instances second plan: no changes, but for 2 that moto forgets",
    "recipe-instances inventory: 17 of 19 resources listed by the emulator",
    "recipe-instances destroy: 7 resources",
    "recipe-networking destroy: 12 resources",
    "recipe-networking what is left: nothing",
  ],
  dev: [
    "dev-networking init: initialized",
    "dev-networking plan: 18 to add, 0 to change, 0 to destroy",
    "dev-networking apply: 18 resources",
    "dev-networking second plan: no changes",
    "dev-networking inventory: 17 of 18 resources listed by the emulator",
    "dev-sessions init: initialized",
    "dev-sessions plan: 28 to add, 0 to change, 0 to destroy",
    "dev-sessions apply: 28 resources",
    "dev-sessions second plan: no changes",
    "dev-sessions inventory: 39 of 46 resources listed by the emulator",
    "dev-instances init: initialized",
    "dev-instances plan: 9 to add, 0 to change, 0 to destroy",
    "dev-instances apply: 9 resources",
    "dev-instances second plan: no changes, but for 3 that moto forgets",
    "dev-instances inventory: 47 of 55 resources listed by the emulator",
    "dev-instances destroy: 9 resources",
    "dev-sessions destroy: 26 resources; 2 retained",
    "dev-networking destroy: 18 resources",
    "dev-networking what is left: 2 of 2 resources listed by the emulator",
  ],
};
