import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { svg } from "../cli/diagram/svg";
import { devDiagram } from "../docs/diagrams";
import { rulesPage } from "../docs/rules-page";
import { addStacks } from "../stacks";
import { environmentSettings } from "../stacks/settings/environment";
import { loadEnvironments } from "../stacks/settings/load";
import { stateSettings } from "../stacks/settings/state";
import vectors from "./support/rm-vectors.json";
import { type StackJson, synth } from "./support/synth";

const README = readFileSync(join(__dirname, "../README.md"), "utf8");
const SETTINGS = readFileSync(join(__dirname, "../docs/settings.md"), "utf8");
const STATE = readFileSync(join(__dirname, "../docs/state.md"), "utf8");

/** Every setting of a schema by its path, with its default where there is one. */
function settings(schema: z.core.$ZodType, path: string, fallback?: unknown): [string, unknown][] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
      return settings(def.innerType, path, "optional");
    case "default":
      return settings(def.innerType, path, def.defaultValue);
    case "prefault":
      return settings(def.innerType, path);
    case "object":
      return Object.entries(def.shape).flatMap(([key, inner]) =>
        settings(inner, path ? `${path}.${key}` : key, fallback),
      );
    case "union": {
      // Groups of several kinds, such as a new and an existing network: the settings of each, and of both once.
      if (
        !("discriminator" in def) &&
        def.options.every((option) => (option as z.core.$ZodTypes)._zod.def.type === "object")
      ) {
        return [...new Map(def.options.flatMap((option) => settings(option, path)))];
      }
      // A switch with settings of its own, such as sessions; elsewhere a union is one value of several kinds.
      const group =
        "discriminator" in def
          ? undefined
          : def.options.map((option) => settings(option, path)).find((inner) => inner.length > 2);
      return group ? [[path, fallback], ...group] : [[path, fallback]];
    }
    case "array": {
      const inner = settings(def.element, `${path}[]`);
      return inner.length > 1 ? inner : [[path, fallback]];
    }
    case "record": {
      const inner = settings(def.valueType, `${path}.<name>`);
      return inner.length > 1 ? [[path, fallback], ...inner] : [[path, fallback]];
    }
    default:
      return [[path, fallback]];
  }
}

/** The rows of the tables that list settings: path and default. */
function rows(markdown: string): [string, string][] {
  return [...markdown.matchAll(/^\| `([^`]+)`\s*\| (.+?)\s+\| .+ \|$/gm)].map(
    ([, path = "", fallback = ""]) => [path, fallback],
  );
}

/** Settings that only others make necessary, which the schema of one setting does not say. */
const DEPENDENT: Readonly<Record<string, string>> = {
  "network.vpcId": "both, or neither",
  "network.subnetIds": "both, or neither",
  "sessions.forward.<name>.cidr": "one of these two",
  "sessions.forward.<name>.securityGroupId": "one of these two",
  "instances.<name>.egress[].cidr": "one of these three",
  "instances.<name>.egress[].securityGroupId": "one of these three",
  "instances.<name>.egress[].prefixListId": "one of these three",
};

test("the settings table lists every setting, in order, with its default", () => {
  const expected = settings(environmentSettings, "");
  expect(rows(SETTINGS).map(([path]) => path)).toEqual(expected.map(([path]) => path));
  for (const [[path, written], [, fallback]] of rows(SETTINGS).map(
    (row, index) => [row, expected[index]] as const,
  ) as [[string, string], [string, unknown]][]) {
    const words = { path, default: written };
    if (path in DEPENDENT) {
      expect(words).toEqual({ path, default: DEPENDENT[path] });
    } else if (fallback === undefined) {
      expect(words).toEqual({ path, default: "required" });
    } else if (fallback === "optional") {
      expect(words).not.toEqual({ path, default: "required" });
    } else if (path !== "state") {
      expect(words).toEqual({ path, default: `\`${JSON.stringify(fallback)}\`` });
    }
  }
});

test("the state page lists every setting of every backend", () => {
  const { innerType } = stateSettings._zod.def;
  const expected = innerType._zod.def.options.flatMap((option) => settings(option, "").map(([path]) => path));
  expect(
    rows(STATE)
      .map(([path]) => path)
      .sort(),
  ).toEqual(expected.filter((path) => path !== "backend").sort());
});

test("the Logs Insights query finds every use of rm, as it is in the raw events", () => {
  const recording = readFileSync(join(__dirname, "../docs/recording.md"), "utf8");
  const [, expression = ""] = /@message like \/(.+)\/$/m.exec(recording) ?? [];
  const missed = vectors
    .filter(
      ({ kind, events }) => kind === "pos" && !events.some((event) => new RegExp(expression).test(event)),
    )
    .map(({ name }) => name);
  expect(missed).toEqual([]);
});

test("the README's environment is a good one", () => {
  const folder = mkdtempSync(join(tmpdir(), "readme-"));
  const [, sample = ""] = /```ts\n(import type[\s\S]+?)```/.exec(README) ?? [];
  expect(sample.trim().split("\n").length).toBeLessThanOrEqual(20);
  writeFileSync(join(folder, "sample.ts"), sample);
  expect(loadEnvironments(folder).problems).toEqual([]);
  rmSync(folder, { recursive: true });
});

test("the README's refusals are what people see", () => {
  const folder = mkdtempSync(join(tmpdir(), "environments-"));
  writeFileSync(
    join(folder, "prod.ts"),
    'export default { region: "eu-central-1", network: { cidr: "8.8.0.0/16" }, instances: { web: { hopLimt: 2 } } };',
  );
  for (const line of loadEnvironments(folder).problems) {
    expect(README).toContain(line.replace(/^environments-\w+/, "environments"));
  }
  rmSync(folder, { recursive: true });
});

const { scripts } = JSON.parse(readFileSync(join(__dirname, "../package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

test("every script that the README, CONTRIBUTING.md and the pages name is there", () => {
  const folder = join(__dirname, "../docs");
  const pages = readdirSync(folder).filter((name) => name.endsWith(".md"));
  const contributing = readFileSync(join(__dirname, "../CONTRIBUTING.md"), "utf8");
  const text = [README, contributing, ...pages.map((page) => readFileSync(join(folder, page), "utf8"))].join(
    "\n",
  );
  const named = [...text.matchAll(/npm (?:run (?:--silent )?([a-z][\w:-]*)|(start|test)\b)/g)].map(
    ([, script, short]) => script ?? short,
  );
  expect(named).toEqual(expect.arrayContaining(["start", "test:e2e"]));
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...new Set(named)]));
});

test("the page of commands has a part for each of them", () => {
  const page = readFileSync(join(__dirname, "../docs/commands.md"), "utf8");
  const commands = Object.keys(scripts).filter((script) =>
    scripts[script]?.includes(`cli/index.ts ${script}`),
  );
  // These are in pages of their own.
  const elsewhere = ["scan", "test-alarm-pattern"];
  expect(commands).toEqual(expect.arrayContaining(elsewhere));
  const headings = [...page.matchAll(/^## (.+)$/gm)].flatMap(([, heading = ""]) => heading.split(/, | and /));
  expect(headings.sort()).toEqual(commands.filter((command) => !elsewhere.includes(command)).sort());
  const table = page.slice(0, page.indexOf("\n## "));
  const rows = [...table.matchAll(/^\| \[(`.+?`)\]/gm)].flatMap(([, names = ""]) => names.split(", "));
  expect(rows).toEqual(expect.arrayContaining([...commands, "export-module"].map((name) => `\`${name}\``)));
});

test("the page of rules is the one that npm run docs writes", () => {
  expect(readFileSync(join(__dirname, "../docs/rules.md"), "utf8")).toBe(rulesPage());
});

test("the picture of dev is the one that npm run docs draws", () => {
  expect(readFileSync(join(__dirname, "../docs/diagram.svg"), "utf8")).toBe(`${svg(devDiagram())}\n`);
});

test("the page on existing networks shows a good one, and what people see", () => {
  const page = readFileSync(join(__dirname, "../docs/existing-network.md"), "utf8");
  const [, network = ""] = /```ts\n(network: [\s\S]+?)```/.exec(page) ?? [];
  const folder = mkdtempSync(join(tmpdir(), "existing-"));
  writeFileSync(
    join(folder, "sample.ts"),
    `export default { region: "eu-central-1", ${network} sessions: {}, instances: { web: {} } };`,
  );
  const { environments, problems } = loadEnvironments(folder);
  rmSync(folder, { recursive: true });
  expect(problems).toEqual([]);
  const { stacks } = synth((app) => environments.forEach((environment) => addStacks(app, environment)));
  const { output } = (stacks["sample-networking"] as StackJson).json;
  for (const assumption of output.assumptions.value) {
    expect(page).toContain(`assumes: ${assumption}\n`);
  }
});
