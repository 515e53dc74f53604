import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { terraformProgram } from "../cli/terraform/program";
import { type Measured, RUNS, median } from "./measure";
import { measureDeploys } from "./deploys";
import { measurePlanCommand } from "./plan-command";
import { measurePlans } from "./plans";
import {
  measureApp,
  measureCli,
  measureEnvironments,
  measureHelp,
  measureSizes,
  measureTests,
} from "./synthesis";

/** What synthesis may take of the same app compiled before. */
const MAX_OF_FLOOR = 1.1;

/** What it may take of the app before it was made faster, and 1,000 instances and a plan of the command. */
const MAX_OF_BEFORE = { app: 0.65, thousand: 0.3, plan: 0.75, help: 0.6 };

/** What the help of a command may take of what is usual among them. */
const MAX_OF_TYPICAL = 1.3;

/** What it may take of the stock template's way. */
const MAX_OF_STOCK = 1 / 5;

/** What 4,000 instances may take of 1,000: no worse than linear. */
const MAX_GROWTH = 4;

/** MiB that 1,000 and 4,000 instances may take. */
const MAX_MEMORY = { thousand: 170, most: 300 };

/** What a deploy may take of plain Terraform, stack by stack. */
const MAX_OF_PLAIN = 0.9;

const HEADING = [
  "# Results of npm run bench",
  "",
  `Medians of ${RUNS} runs, in turns where they are compared; memory is the highest peak.`,
  "[performance.md](../docs/performance.md) says what they mean.",
].join("\n");

const RESULTS = join(__dirname, "results.md");

/** @param commit an earlier commit to compare with, where one is given */
type Part = (commit?: string) => Promise<readonly string[]> | readonly string[];

/** The parts by name, each of which tells its lines of the report. */
const PARTS: Readonly<Record<string, Part>> = {
  app: (commit) => {
    const { ours, floor, stock, before } = measureApp(commit);
    return [
      "## The app",
      "",
      ...table(
        ["what", "time"],
        [ours, floor, stock, measureCli(), ...(before ? [before] : [])].map((one) => [
          one.name,
          seconds(one),
        ]),
      ),
      "",
      target(ours.seconds / floor.seconds, MAX_OF_FLOOR, "times the floor"),
      target(ours.seconds / stock.seconds, MAX_OF_STOCK, "of the stock template's time"),
      ...(before ? [target(ours.seconds / before.seconds, MAX_OF_BEFORE.app, "of the time before")] : []),
    ];
  },
  sizes: (commit) => {
    const sizes = measureSizes(commit);
    const [thousand, most, before] = sizes.slice(3) as [Measured, Measured, Measured?];
    const environments = measureEnvironments();
    return [
      "## Instances in one environment, and environments in one app",
      "",
      ...table(
        ["what", "time", "peak memory"],
        [...sizes, environments].map((one) => [one.name, seconds(one), `${Math.round(one.peakMiB)} MiB`]),
      ),
      "",
      target(most.seconds / thousand.seconds, MAX_GROWTH, "times as long for four times the instances"),
      target(thousand.peakMiB, MAX_MEMORY.thousand, "MiB for 1,000 instances"),
      target(most.peakMiB, MAX_MEMORY.most, "MiB for 4,000"),
      ...(before
        ? [
            target(
              thousand.seconds / before.seconds,
              MAX_OF_BEFORE.thousand,
              "of the time of 1,000 instances before",
            ),
          ]
        : []),
    ];
  },
  help: (commit) => {
    const { ours, before } = measureHelp(commit);
    const typical = median(ours.map((one) => one.seconds));
    const ratios = ours.map((one, index) => one.seconds / (before[index]?.seconds ?? NaN));
    const slowest = Math.max(...ours.map((one) => one.seconds));
    return [
      "## The help of every command",
      "",
      ...table(
        ["command", "time", ...(commit === undefined ? [] : [`of it at ${commit}`])],
        ours.map((one, index) => [
          one.name,
          seconds(one),
          ...(commit === undefined ? [] : [ratios[index]?.toFixed(2) ?? ""]),
        ]),
      ),
      "",
      target(slowest / typical, MAX_OF_TYPICAL, "times the median of all, the slowest"),
      ...(commit === undefined
        ? []
        : [target(Math.max(...ratios), MAX_OF_BEFORE.help, "of the time before, the worst")]),
    ];
  },
  plans: async (commit) => {
    const { costs, provider, moto } = await measurePlans();
    const { ours, before } = await measurePlanCommand(commit);
    const commands = [
      { name: "npm run plan, with synthesis", ...ours },
      ...(before ? [{ name: `before: npm run plan at ${commit}`, ...before }] : []),
    ];
    return [
      "## A plan without changes: the recipe",
      "",
      ...table(
        ["what", "resources", "time", "calls of AWS"],
        [...costs, ...commands.map((one) => ({ ...one, resources: costs[0]?.resources }))].map((one) => [
          one.name,
          `${one.resources}`,
          seconds(one),
          `${one.calls}`,
        ]),
      ),
      "",
      ...(before
        ? [
            target(ours.seconds / before.seconds, MAX_OF_BEFORE.plan, "of the time of npm run plan before"),
            target(ours.calls / before.calls, 1, "of its calls"),
            "",
          ]
        : []),
      `With Terraform ${terraformVersion()} and version ${provider} of the AWS provider, on moto ${moto}.`,
    ];
  },
  deploys: async () => {
    const costs = await measureDeploys();
    // Recipe has nothing that could be done side by side, and a plan to show: what that costs is told, and is no goal.
    const dev = costs.filter(({ environment }) => environment === "dev");
    return [
      "## A first deploy, to an emulator",
      "",
      ...table(
        [
          "environment",
          "npm run deploy",
          "terraform apply, stack by stack",
          "of it",
          "calls of AWS",
          "by Terraform",
        ],
        costs.map((one) => [
          one.environment,
          seconds(one.ours),
          seconds(one.plain),
          (one.ours.seconds / one.plain.seconds).toFixed(2),
          `${one.ours.calls}`,
          `${one.plain.calls}`,
        ]),
      ),
      "",
      ...dev.map(({ ours, plain }) =>
        target(ours.seconds / plain.seconds, MAX_OF_PLAIN, "of plain Terraform's time, for dev"),
      ),
    ];
  },
  tests: () => [
    "## The tests",
    "",
    ...table(
      ["what", "time"],
      [measureTests()].map((one) => [one.name, seconds(one)]),
    ),
  ],
};

/** `npm run bench [-- <part>... --against <commit>]`: puts what is measured into bench/results.md. */
async function main(args: string[]): Promise<number> {
  const { positionals: wanted, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { against: { type: "string" } },
  });
  const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) {
    console.error(`no part ${unknown.join(", ")}: there is ${Object.keys(PARTS).join(", ")}`);
    return 1;
  }
  let failed = false;
  for (const [name, part] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) {
      continue;
    }
    console.error(`measuring: ${name}`);
    try {
      const text = [`<!-- ${name} -->`, "", ...(await part(values.against)), "", where()].join("\n");
      console.log(`${text}\n`);
      // At once: later parts take long, and may fail.
      keep(name, text);
    } catch (error) {
      failed = true;
      console.error(`not measured: ${name}: ${(error as Error).message}`);
    }
  }
  return Number(failed);
}

/** Puts a part into the results in place of what it was before. */
function keep(name: string, text: string): void {
  const before = existsSync(RESULTS)
    ? readFileSync(RESULTS, "utf8")
        .split(/^(?=<!-- \w+ -->$)/m)
        .slice(1)
    : [];
  const kept = Object.fromEntries(before.map((one) => [/\w+/.exec(one)?.[0] ?? "", one.trim()]));
  const parts = { ...kept, [name]: text };
  const texts = Object.keys(PARTS).flatMap((one) => parts[one] ?? []);
  writeFileSync(RESULTS, `${[HEADING, ...texts].join("\n\n")}\n`);
}

/** When and where a part was measured. */
function where(): string {
  const [{ model = "" } = {}] = cpus();
  const machine = `${cpus().length} × ${model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.versions.node}`;
  return `${new Date().toISOString().slice(0, 10)}: ${machine}.`;
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

function terraformVersion(): string {
  const { stdout } = spawnSync(terraformProgram(), ["version", "-json"], { encoding: "utf8" });
  return (JSON.parse(stdout) as { terraform_version: string }).terraform_version;
}

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
