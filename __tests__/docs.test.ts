import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { svg } from "../cli/diagram/svg";
import { devDiagram } from "../docs/diagrams";
import { type Setting, allSettings } from "../docs/read-settings";
import { rulesPage } from "../docs/rules-page";
import { changeRows } from "../docs/setting-changes";
import { settingsPage } from "../docs/settings-page";
import { HOP_LIMIT, VOLUME_GIB } from "../modules/facts/instance-limits";
import { IDLE_MINUTES, MAKE_SESSION_USER, MAX_MINUTES } from "../modules/facts/sessions";
import { addStacks } from "../stacks";
import { loadEnvironments } from "../stacks/settings/load";
import vectors from "./support/rm-vectors.json";
import { type StackJson, synth } from "./support/synth";

const README = readFileSync(join(__dirname, "../README.md"), "utf8");
const STATE = readFileSync(join(__dirname, "../docs/state.md"), "utf8");

describe("settings", () => {
  let settings: Setting[] = [];
  // TypeScript reads the whole schema.
  beforeAll(() => {
    settings = allSettings();
  }, 120_000);

  test("their page is the one that npm run docs writes", () => {
    const page = readFileSync(join(__dirname, "../docs/settings.md"), "utf8");
    expect(page).toBe(settingsPage(settings));
  });

  test("none is left out where it is said what a change does, and there is no other", () => {
    const setting = { path: "instances.<name>.colour", fallback: "", what: "" };
    expect(() => changeRows([...settings, setting])).toThrow(
      "instances.<name>.colour: docs/setting-changes.ts does not say what a change of it does",
    );
    expect(() => changeRows(settings.filter(({ path }) => path !== "iam.roleName"))).toThrow(
      "iam.roleName: docs/setting-changes.ts names it, and there is no such setting",
    );
  });

  test.each([
    ["instances.<name>.hopLimit", HOP_LIMIT],
    ["instances.<name>.rootVolume.sizeGiB", VOLUME_GIB],
    ["sessions.idleMinutes", IDLE_MINUTES],
    ["sessions.maxMinutes", MAX_MINUTES],
  ])("the range of %s is said as it is", (path, { min, max }) => {
    expect(settings.find((one) => one.path === path)?.what).toContain(`${min} to ${max}`);
  });

  test("the state page lists every one of every backend", () => {
    const rows = [...STATE.matchAll(/^\| `([^`]+)`\s*\| .+? \| .+ \|$/gm)].map(([, path]) => path);
    const expected = settings.flatMap(({ path }) => /^state\.(.+)$/.exec(path)?.slice(1) ?? []);
    expect(rows.sort()).toEqual(expected.sort());
  });
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

test("the index leads to every page once", () => {
  const folder = join(__dirname, "../docs");
  const pages = [
    ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map((page) => `../${page}`),
    "api/README.md",
    // Not the index itself.
    ...readdirSync(folder).filter((page) => /^(?!index).*\.md$/.test(page)),
  ];
  const index = readFileSync(join(folder, "index.md"), "utf8");
  const linked = [...index.matchAll(/\]\((.+?)\)/g)].map(([, page = ""]) => page);
  expect(linked.sort()).toEqual(pages.sort());
  expect(README).toContain("](docs/index.md)");
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

test("the page on recording makes the session user as doctor says it", () => {
  const page = readFileSync(join(__dirname, "../docs/recording.md"), "utf8");
  expect(page).toContain(`--parameters '${JSON.stringify({ commands: MAKE_SESSION_USER })}'`);
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
