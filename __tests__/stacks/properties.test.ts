import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import fc from "fast-check";
import { violations } from "../../modules/rules";
import { texts } from "../../modules/rules/json-graph";
import { addStacks, stackProblems } from "../../stacks";
import { validateEnvironment } from "../../stacks/settings/validate";
import { arbitraryEnvironment } from "../support/arbitrary-environment";

/** Another seed tries other environments: PROPERTY_SEED=1 npx jest properties. */
const SEED = Number(process.env.PROPERTY_SEED ?? 20261123);
/** The same ones first, however many: .ci/run tries 2,000. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 200);

const outcomes = { refused: 0, refusedByRules: 0, synthesized: 0 };

/** What a person reads where something is refused: lines that say what is allowed, and no trace of the program. */
function expectReadable(lines: readonly string[]): void {
  for (const line of lines) {
    expect(line).toMatch(/\S/);
    expect(line).not.toMatch(/\n|\bat .*:\d+|undefined|\[object|TypeError|Invalid input/);
  }
}

function synthesize(exported: unknown): void {
  const { settings, problems } = validateEnvironment("test", exported);
  if (settings === undefined) {
    outcomes.refused += 1;
    expect(problems.length).toBeGreaterThan(0);
    expectReadable(problems.map(({ path, message }) => `${path} ${message}`));
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "property-"));
  try {
    const app = new App({ outdir: join(folder, "cdktf.out"), skipValidation: true });
    addStacks(app, settings);
    const found = stackProblems(app);
    if (found.length > 0) {
      outcomes.refusedByRules += 1;
      expectReadable(found);
      expect(readdirSync(app.outdir).flatMap((entry) => readdirSync(join(app.outdir, entry)))).toEqual([]);
      return;
    }
    outcomes.synthesized += 1;
    app.synth();
    const names = readdirSync(join(app.outdir, "stacks"));
    const stacks = Object.fromEntries(
      names.map((name) => [
        name,
        JSON.parse(readFileSync(join(app.outdir, "stacks", name, "cdk.tf.json"), "utf8")) as object,
      ]),
    );
    expect(names).toEqual(expect.arrayContaining(["test-instances", "test-networking"]));
    const given = texts(exported).flatMap((text) => [text, text.replace(/([$%])\{/g, "$1$1{")]);
    expect(violations({ stacks, guarded: names, given })).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test(`${RUNS} environments each keep every rule, or are refused in words`, () => {
  fc.assert(fc.property(arbitraryEnvironment, synthesize), { numRuns: RUNS, seed: SEED });
  // Neither way may be the only one that is tried.
  expect(outcomes.synthesized).toBeGreaterThan(RUNS / 5);
  expect(outcomes.refused).toBeGreaterThan(RUNS / 5);
}, 300_000);
