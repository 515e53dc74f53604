import { readFileSync, writeFileSync } from "node:fs";
import Module from "node:module";
import { join, relative } from "node:path";
import { expect } from "expect";
import { transform } from "sucrase";
import { type Mutant, mutantsOf } from "./mutants";

const ROOT = join(__dirname, "..");
const RULES = ["coverage", "reachability", "isolation", "paths-and-permissions", "spellings", "guard"].map(
  (name) => `modules/rules/${name}`,
);
const CONSTRUCTS = [
  "modules/ssm-endpoints",
  "modules/managed-instance",
  "stacks/instances-stack",
  "stacks/networking-stack",
];

/** What is changed, and which tests must notice. */
const TARGETS: readonly (readonly [file: string, tests: readonly string[]])[] = [
  ...[
    "agent-actions",
    "coverage",
    "guard",
    "index",
    "isolation",
    "json-graph",
    "network-acl",
    "network-facts",
    "policy-reader",
    "reachability",
    "situation",
  ].map((name) => [`modules/rules/${name}.ts`, RULES] as const),
  ["modules/ssm-endpoints.ts", [...CONSTRUCTS, ...RULES]],
  ["modules/managed-instance.ts", [...CONSTRUCTS, ...RULES]],
];

type Body = () => unknown;
type Extensions = Record<
  string,
  (module: { _compile(code: string, path: string): void }, path: string) => void
>;

/** Tests of the file that is being loaded, in the order they were written. */
let tests: { readonly body: Body }[] = [];
let before: Body[] = [];
let around: { before: Body[]; after: Body[] } = { before: [], after: [] };
let mutated: { readonly path: string; readonly source: string } | undefined;
const compiled = new Map<string, string>();

/** Jest's vocabulary, run in this process: starting jest for every change would take hours. */
function installVocabulary(): void {
  const each =
    (define: (body: Body) => void) =>
    (cases: readonly unknown[]) =>
    (_: string, body: (...given: unknown[]) => unknown) =>
      cases.forEach((one) => define(() => body(...(Array.isArray(one) ? (one as unknown[]) : [one]))));
  const test = (_: string, body: Body): void => void tests.push({ body });
  const describe = (_: string, body: Body): unknown => body();
  Object.assign(globalThis, {
    expect,
    test: Object.assign(test, { each: each((body) => tests.push({ body })), skip: () => undefined }),
    describe: Object.assign(describe, { each: each((body) => void body()) }),
    beforeAll: (body: Body) => before.push(body),
    beforeEach: (body: Body) => around.before.push(body),
    afterEach: (body: Body) => around.after.push(body),
    afterAll: () => undefined,
  });
}

function installLoader(): void {
  const { _extensions: extensions } = Module as unknown as { _extensions: Extensions };
  extensions[".ts"] = (module, path) => {
    const compile = (source: string): string =>
      transform(source, { transforms: ["typescript", "imports"] }).code;
    if (mutated?.path === path) {
      module._compile(compile(mutated.source), path);
      return;
    }
    const code = compiled.get(path) ?? compile(readFileSync(path, "utf8"));
    compiled.set(path, code);
    module._compile(code, path);
  };
}

/** Whether all tests pass; the first that does not ends it. */
async function pass(names: readonly string[]): Promise<boolean> {
  for (const path of Object.keys(require.cache).filter(
    (one) => one.startsWith(ROOT) && !one.includes("node_modules"),
  )) {
    delete require.cache[path];
  }
  try {
    for (const name of names) {
      [tests, before, around] = [[], [], { before: [], after: [] }];
      await import(join(ROOT, "__tests__", `${name}.test.ts`));
      for (const body of before) {
        await body();
      }
      for (const { body } of tests) {
        around.before.forEach((one) => one());
        await body();
        around.after.forEach((one) => one());
      }
    }
    return true;
  } catch {
    return false;
  }
}

async function survivorsOf(
  file: string,
  names: readonly string[],
): Promise<{ all: number; survivors: Mutant[] }> {
  const path = join(ROOT, file);
  mutated = undefined;
  if (!(await pass(names))) {
    throw new Error(`the tests of ${file} fail before anything is changed: run npm test`);
  }
  const mutants = mutantsOf(path, readFileSync(path, "utf8"));
  const survivors: Mutant[] = [];
  for (const mutant of mutants) {
    mutated = { path, source: mutant.source };
    if (await pass(names)) {
      survivors.push(mutant);
    }
  }
  return { all: mutants.length, survivors };
}

async function main(): Promise<void> {
  installVocabulary();
  installLoader();
  const wanted = process.argv.slice(2);
  const lines = [
    "# Mutation report",
    "",
    "Written by `npm run mutate`: small changes of the sources, and how many of them the tests notice.",
    "",
    "| file | changes | noticed | share |",
    "| --- | --- | --- | --- |",
  ];
  const details: string[] = [];
  let [all, killed] = [0, 0];
  for (const [file, names] of TARGETS.filter(
    ([one]) => wanted.length === 0 || wanted.some((part) => one.includes(part)),
  )) {
    const result = await survivorsOf(file, names);
    const noticed = result.all - result.survivors.length;
    [all, killed] = [all + result.all, killed + noticed];
    const row = `| ${file} | ${result.all} | ${noticed} | ${((100 * noticed) / result.all).toFixed(1)} % |`;
    lines.push(row);
    process.stdout.write(`${row}\n`);
    for (const { line, from, to } of result.survivors) {
      const brief = (text: string): string => text.replace(/\s+/g, " ").slice(0, 70);
      details.push(`- ${relative(ROOT, join(ROOT, file))}:${line}: \`${brief(from)}\` to \`${brief(to)}\``);
      process.stdout.write(`  ${line}: ${brief(from)}  ->  ${brief(to)}\n`);
    }
  }
  lines.push(`| all | ${all} | ${killed} | ${((100 * killed) / all).toFixed(1)} % |`);
  if (wanted.length === 0) {
    writeFileSync(
      join(ROOT, "docs/mutation.md"),
      [...lines, "", "Not noticed:", "", ...details, ""].join("\n"),
    );
  }
  process.exitCode = killed / all >= 0.9 ? 0 : 1;
}

void main();
