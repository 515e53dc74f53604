import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { type Measured, RUNS } from "./measure";
import { type PlanCost, measurePlans } from "./plans";
import { measureApp, measureCli, measureEnvironments, measureSizes, measureTests } from "./synthesis";

/** What synthesis may take of the same app compiled before. */
const MOST_OF_FLOOR = 1.6;

/** What it may take of the stock template's way. */
const MOST_OF_STOCK = 1 / 5;

/** What 4,000 instances may take of 1,000: no worse than linear. */
const MOST_GROWTH = 4.5;

/** MiB that 1,000 instances may take. */
const MOST_MEMORY = 300;

const RESULTS = join(__dirname, "results.md");

type Part = () => Promise<readonly string[]> | readonly string[];

/** The parts by name, each of which tells its lines of the report. */
const PARTS: Readonly<Record<string, Part>> = {
  app: () => {
    const { ours, floor, stock } = measureApp();
    return [
      "## The app",
      "",
      ...table(
        ["what", "time"],
        [ours, floor, stock, measureCli()].map((one) => [one.name, seconds(one)]),
      ),
      "",
      target(ours.seconds / floor.seconds, MOST_OF_FLOOR, "times the floor"),
      target(ours.seconds / stock.seconds, MOST_OF_STOCK, "of the stock template's time"),
    ];
  },
  sizes: () => {
    const sizes = measureSizes();
    const [thousand, most] = sizes.slice(-2) as [Measured, Measured];
    const environments = measureEnvironments();
    return [
      "## Instances in one environment, and environments in one app",
      "",
      ...table(
        ["what", "time", "peak memory"],
        [...sizes, environments].map((one) => [one.name, seconds(one), `${Math.round(one.peakMiB)} MiB`]),
      ),
      "",
      target(most.seconds / thousand.seconds, MOST_GROWTH, "times as long for four times the instances"),
      target(thousand.peakMiB, MOST_MEMORY, "MiB for 1,000 instances"),
    ];
  },
  plans: async () => {
    const plans = await measurePlans(providerVersion());
    const lines =
      typeof plans === "string"
        ? [`Not measured: ${plans}.`]
        : table(
            ["what", "resources", "time", "calls of AWS"],
            plans.map((one: PlanCost) => [one.name, `${one.resources}`, seconds(one), `${one.calls}`]),
          );
    return ["## A plan without changes: the recipe", "", ...lines];
  },
  tests: () => [
    "## The tests",
    "",
    ...table(["what", "time"], [[measureTests()].map((one) => [one.name, seconds(one)])].flat()),
  ],
};

/** `npm run bench [-- <part>...]`: writes bench/results.md when all parts are measured. */
async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => !(name in PARTS));
  if (unknown.length > 0) {
    console.error(`no part ${unknown.join(", ")}: there is ${Object.keys(PARTS).join(", ")}`);
    return 1;
  }
  const report = [heading()];
  for (const [name, part] of Object.entries(PARTS)) {
    if (wanted.length === 0 || wanted.includes(name)) {
      console.error(`measuring: ${name}`);
      report.push((await part()).join("\n"));
    }
  }
  const text = `${report.join("\n\n")}\n`;
  console.log(text);
  if (wanted.length === 0) {
    writeFileSync(RESULTS, text);
  }
  return 0;
}

function heading(): string {
  const [{ model = "" } = {}] = cpus();
  const machine = `${cpus().length} × ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.versions.node}`;
  return [
    "# Results of npm run bench",
    "",
    `${new Date().toISOString().slice(0, 10)}: ${machine}. Medians of ${RUNS} runs in turns; memory is the highest peak.`,
    "[performance.md](../docs/performance.md) says what they mean.",
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

function seconds({ seconds: value }: { readonly seconds: number }): string {
  return `${value.toFixed(2)} s`;
}

function target(value: number, most: number, what: string): string {
  return `- ${value.toFixed(2)} ${what}: ${value <= most ? "met" : "missed"}, at most ${most}`;
}

function providerVersion(): string {
  const path = require.resolve("@cdktf/provider-aws/package.json");
  const { cdktf } = JSON.parse(readFileSync(path, "utf8")) as { cdktf: { provider: { version: string } } };
  return cdktf.provider.version;
}

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
