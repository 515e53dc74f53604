import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import * as ts from "typescript";
import { exampleRoot } from "../scripts/export-module/example";
import { addStacks, stackProblems } from "../stacks";
import { loadEnvironments } from "../stacks/settings/load";
import { Workspace } from "./support/cli";
import { FRAMES } from "./support/sample-frames";
import { synth } from "./support/synth";

const ROOT = resolve(__dirname, "..");

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

interface Sample {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** Every fence of a page, without the indentation of the list it may be in. */
function samplesOf(page: string): Sample[] {
  const markdown = read(page);
  return [...markdown.matchAll(/^( *)```(\w*)\n([^]*?)^ *```$/gm)].map(
    ({ index, 1: indent = "", 2: language = "", 3: text = "" }) => ({
      page,
      line: markdown.slice(0, index).split("\n").length,
      language,
      text: text.replace(new RegExp(`^${indent}`, "gm"), ""),
    }),
  );
}

const SAMPLES = PAGES.flatMap(samplesOf);
const of = (language: string): Sample[] => SAMPLES.filter((sample) => sample.language === language);
const where = ({ page, line }: Sample): string => `${page}:${line}`;

const unindented = (text: string): string => text.replace(/^ +/gm, "");

/** Parts of this example are compiled, packed and synthesized with it: a sample may leave out what is between them. */
const EXAMPLE = unindented(read("examples/three-lines.ts"));
const inExample = ({ text }: Sample): boolean =>
  unindented(text)
    .split("\n\n")
    .every((part) => EXAMPLE.includes(part));

const CODE = of("ts").filter((sample) => !inExample(sample));

/** A sample as a file; undefined where it is not known what it is a part of. */
function fileOf({ text }: Sample): string | undefined {
  const frame = FRAMES.find(({ begins }) => begins.test(text));
  return frame && `${frame.before}${text}${frame.after}`;
}

test("every sample is of a language that is looked at here", () => {
  const known = ["ts", "hcl", "console", ""];
  expect(SAMPLES.filter(({ language }) => !known.includes(language)).map(where)).toEqual([]);
  expect(CODE.filter((sample) => fileOf(sample) === undefined).map(where)).toEqual([]);
  expect(
    of("ts")
      .filter(inExample)
      .map(({ page }) => page),
  ).toEqual(["README.md"]);
});

test("every sample of TypeScript compiles, by the project's own settings", () => {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => readFileSync(path, "utf8"));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  // As if they stood in the folder whose imports they have.
  const folder = (text: string): string => (text.includes(' from "./') ? "modules" : "environments");
  const files = new Map(
    CODE.map((sample, index) => {
      const text = fileOf(sample) ?? "";
      return [join(ROOT, folder(text), `sample-${index}.ts`), text];
    }),
  );
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  const program = ts.createProgram([...files.keys()], options, host);
  const problems = [...files.keys()].flatMap((path, index) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) =>
        `${where(CODE[index] as Sample)}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    );
  });
  expect(problems).toEqual([]);
}, 60_000);

test("every sample of HCL is a part of what is exported", () => {
  const { environments } = loadEnvironments(join(ROOT, "environments"), "dev");
  const root = environments.map(exampleRoot).join("\n");
  expect(of("hcl").length).toBeGreaterThan(0);
  expect(
    of("hcl")
      .filter(({ text }) => !root.includes(text))
      .map(where),
  ).toEqual([]);
});

describe("every environment, whole or in part, synthesizes", () => {
  const environments = CODE.filter((sample) => fileOf(sample)?.includes("export default environment"));
  test.each(environments.map((sample) => [where(sample), sample] as const))("%s", (_, sample) => {
    const folder = mkdtempSync(join(tmpdir(), "sample-"));
    writeFileSync(join(folder, "sample.ts"), fileOf(sample) ?? "");
    const { environments: loaded, problems } = loadEnvironments(folder);
    rmSync(folder, { recursive: true });
    expect(problems).toEqual([]);
    const { stacks } = synth((app) => {
      loaded.forEach((environment) => addStacks(app, environment));
      expect(stackProblems(app)).toEqual([]);
    });
    expect(Object.keys(stacks)).toContain("sample-instances");
  });
});

interface ShellCommand {
  readonly sample: Sample;
  readonly command: string;
  readonly output: string;
}

/** The commands of a console, each with what it prints. A line that ends in \ or | goes on. */
function commandsOf(sample: Sample): ShellCommand[] {
  return [...sample.text.matchAll(/^\$ ((?:.*[\\|]\n)*.*)\n((?:(?!\$ ).*\n)*)/gm)].map(
    ([, command = "", output = ""]) => ({ sample, command, output }),
  );
}

const COMMANDS = SAMPLES.flatMap(commandsOf);

test("every command is one that a shell understands", () => {
  expect(COMMANDS.length).toBeGreaterThan(50);
  const refused = COMMANDS.filter(({ command }) => {
    // <id> stands for something of the reader's.
    const script = command.replace(/<([\w ]+)>/g, "$1");
    return spawnSync("bash", ["-n", "-c", script]).status !== 0;
  });
  expect(refused.map(({ sample, command }) => `${where(sample)}: ${command}`)).toEqual([]);
});

/** Every `npm run <command> -- <arguments>` of the pages, in samples and in sentences. */
const CALLS = PAGES.flatMap((page) =>
  [...read(page).matchAll(/npm run (?:--silent )?([a-z][\w:-]*) -- ([^\n`)]*)/g)].map(
    ([, name = "", rest = ""]) => ({ page, name, options: rest.match(/(?<= |^)--[a-z][\w-]*/g) ?? [] }),
  ),
);

test("every option of a command is one that it has", async () => {
  const theirs = new Map<string, readonly string[]>();
  for (const name of new Set(CALLS.filter(({ options }) => options.length > 0).map((call) => call.name))) {
    const path = join(ROOT, `cli/commands/${name}.ts`);
    const command = existsSync(path)
      ? Object.values((await import(path)) as Record<string, unknown>).find(isCommand)
      : undefined;
    theirs.set(name, ["--help", ...(command?.options.map(({ long }) => long ?? "") ?? [])]);
  }
  const unknown = CALLS.flatMap(({ page, name, options }) =>
    options
      .filter((option) => !theirs.get(name)?.includes(option))
      .map((option) => `${page}: npm run ${name} -- ${option}`),
  );
  expect(CALLS.filter(({ options }) => options.length > 0).length).toBeGreaterThan(5);
  expect(unknown).toEqual([]);
});

function isCommand(value: unknown): value is Command {
  return typeof value === "object" && value !== null && "options" in value && "parseAsync" in value;
}

test("every JSON that a command prints is JSON", () => {
  const printed = COMMANDS.filter(({ command }) => / --json$/.test(command));
  expect(printed.length).toBeGreaterThan(1);
  for (const { output } of printed) {
    // One value, or one a line.
    const values =
      output.startsWith("{\n") || output.startsWith("[\n") ? [output] : output.trim().split("\n");
    values.forEach((value) => expect(JSON.parse(value)).toBeTruthy());
  }
});

describe("what needs nothing but the project prints what the pages say", () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());
  beforeAll(() => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ["-r", join(ROOT, "register-typescript.js"), join(ROOT, "main.ts")],
      {
        cwd: workspace.folder,
        env: { ...process.env, CDKTF_OUTDIR: join(workspace.folder, "cdktf.out") },
        encoding: "utf8",
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  const offline = COMMANDS.filter(({ command }) => /^npm run (--silent )?(cost|diagram) /.test(command));
  test.each(offline.map((one) => [one.command, one] as const))("%s", async (command, { output }) => {
    const [, name = "", rest = ""] = /^npm run (?:--silent )?(\w+) -- (.*)$/.exec(command) ?? [];
    const { stdout, stderr } = await workspace.run(name, ...rest.split(" "));
    expect(`${stdout}${stderr}`.trim()).toBe(output.trim());
  });

  test("npm start, in the README", async () => {
    const start = COMMANDS.find(({ command }) => command === "ENVIRONMENT=recipe npm start --silent");
    const { stdout } = await workspace.run("summary");
    const recipe = stdout.split("\n\n").find((environment) => environment.startsWith("recipe "));
    expect(start?.output.trim()).toBe(recipe?.trim());
  });

  test("npm run cost, in the README", async () => {
    const { stdout } = await workspace.run("cost");
    const totals = [...stdout.matchAll(/^total +(.*)$/gm)].map(([, total]) => total);
    expect(totals).toHaveLength(2);
    const [, further = ""] = /^recipe [^]*?would add(?: +a month)\n([^]*?)\n\n/m.exec(stdout) ?? [];
    const added = /recording +([\d.]+)[^]*like cookbook +([\d.]+)/.exec(further)?.slice(1) ?? [];
    expect(added).toHaveLength(2);
    for (const figure of [...totals, ...added]) {
      expect(read("README.md")).toContain(` ${figure}`);
    }
  });
});

/** The names by which a page's headings are linked to, as GitHub makes them. */
const anchorsOf = (page: string): string[] =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );

test("every file that a page names is there", () => {
  const folders = "modules|stacks|cli|scripts|docs|examples|bench|environments|__tests__|\\.github|\\.ci";
  const path = new RegExp(`\`((?:${folders})/[\\w./-]*)\``, "g");
  const named = PAGES.flatMap((page) => [...read(page).matchAll(path)].map(([, name = ""]) => name));
  expect(named.length).toBeGreaterThan(40);
  // What docs/extending.md makes as an example is not there.
  const example = "modules/status-alarm.ts";
  expect(named).toContain(example);
  expect([...new Set(named)].filter((path) => path !== example && !existsSync(join(ROOT, path)))).toEqual([]);
});

test("every link of a page leads somewhere", () => {
  const links = PAGES.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => ({ page, target })),
  ).filter(({ target }) => !/^https?:/.test(target));
  const dead = links.filter(({ page, target }) => {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : join(dirname(page), path);
    return !existsSync(join(ROOT, file)) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
  });
  expect(links.length).toBeGreaterThan(30);
  expect(dead.map(({ page, target }) => `${page}: ${target}`)).toEqual([]);
  const named = PAGES.flatMap((page) =>
    [...read(page).matchAll(/\[[^\]]+\]\[([\w-]+)\]/g)].map(([, name]) => ({ page, name })),
  ).filter(({ page, name }) => !read(page).includes(`\n[${name}]: http`));
  expect(named).toEqual([]);
});
