import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { differences } from "./json-differences";

const ROOT = join(__dirname, "..");
/** Where the packages of CDK Terrain are installed. */
export const FOLDER = join(ROOT, ".cdktn");

/** The project's own programs. */
const [TSC, JEST] = [require.resolve("typescript/bin/tsc"), require.resolve("jest/bin/jest")];

/** CDK Terrain, which goes on where CDKTF ended, and its AWS provider. */
export const PACKAGES = { cdktn: "0.24.0", "@cdktn/provider-aws": "25.7.0" };

/** What the sources import, and what they get in its place. */
const ALIASES = { cdktf: "cdktn", "@cdktf/provider-aws": "@cdktn/provider-aws" };

/** All that is built and tested: as it is, not a line changed. */
const SOURCES = ["modules", "stacks", "environments", "cli", "scripts", "docs", "examples", "__tests__"];
const FILES = ["main.ts", "register-typescript.js", "tsconfig.json", "jest.config.js", "README.md"];

/** Tests of what is synthesized: the commands are for people, and know nothing of either library. */
const TESTS = ["__tests__/modules/", "__tests__/stacks/", "__tests__/terraform/[^/]+$"];

/** What may differ: who wrote the JSON, and with which provider, as its package writes it. */
const ALLOWED = [
  "//.metadata.version",
  "terraform.required_providers.aws.source",
  "terraform.required_providers.aws.version",
];

function main(): number {
  install();
  copySources();
  run("types with cdktn", [TSC, "-p", FOLDER]);
  const differences = compare(synthesize(ROOT, "cdktf"), synthesize(FOLDER, "cdktn"));
  // Before the tests, which may fail of what is printed here.
  console.log(differences.lines.join("\n"));
  run("tests with cdktn", [JEST, "--selectProjects", "unit", "terraform", "--", ...TESTS]);
  return differences.good ? 0 : 1;
}

/** Installs the packages, once, in a folder whose other packages are the project's own. */
function install(): void {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  // Constructs know each other by their class: of that package there must be one.
  const dependencies = { ...PACKAGES, constructs: devDependencies.constructs };
  const manifest = JSON.stringify({ name: "with-cdktn", private: true, dependencies });
  // Among what is installed, and written when all of it is there: whoever is interrupted, or removes it, installs anew.
  const installed = join(FOLDER, "node_modules/.installed");
  if (existsSync(installed) && readFileSync(installed, "utf8") === manifest) {
    return;
  }
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(FOLDER, "node_modules/@cdktf"), { recursive: true });
  writeFileSync(join(FOLDER, "package.json"), manifest);
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  const { status } = spawnSync("npm", ["install", ...options], { cwd: FOLDER, stdio: "inherit" });
  if (status !== 0) {
    throw new Error("cdktn could not be installed: see above");
  }
  for (const [name, other] of Object.entries(ALIASES)) {
    mkdirSync(join(FOLDER, "node_modules", name, ".."), { recursive: true });
    symlinkSync(join(FOLDER, "node_modules", other), join(FOLDER, "node_modules", name), "junction");
  }
  writeFileSync(installed, manifest);
}

function copySources(): void {
  // The engine that judges policies, where it is there.
  rmSync(join(FOLDER, ".venv"), { force: true });
  if (existsSync(join(ROOT, ".venv"))) {
    symlinkSync(join(ROOT, ".venv"), join(FOLDER, ".venv"), "junction");
  }
  for (const source of [...SOURCES, ...FILES]) {
    rmSync(join(FOLDER, source), { recursive: true, force: true });
    cpSync(join(ROOT, source), join(FOLDER, source), { recursive: true });
  }
}

type Stacks = Readonly<Record<string, unknown>>;

/** What differs in any stack, and whether that may be. */
export function compare(ours: Stacks, theirs: Stacks): { readonly lines: string[]; readonly good: boolean } {
  const found = Object.keys({ ...ours, ...theirs }).flatMap((stack) =>
    differences(ours[stack], theirs[stack]).map((difference) => ({ stack, ...difference })),
  );
  const bad = found.filter(({ path }) => !ALLOWED.includes(path));
  // Where a package is missing, Node finds the project's own, and nothing would differ.
  const others = Object.entries(theirs).filter(([, json]) => writer(json) !== PACKAGES.cdktn);
  const lines = [
    ...found.map(({ stack, path, before, after }) => `${stack}: ${path}: ${before} -> ${after}`),
    ...others.map(
      ([stack, json]) =>
        `${stack}: written by version ${String(writer(json))}, not by cdktn ${PACKAGES.cdktn}: remove .cdktn, and run this again`,
    ),
  ];
  const good = bad.length === 0 && others.length === 0;
  if (good) {
    lines.push(
      `${Object.keys(theirs).length} stacks are the same with cdktn ${PACKAGES.cdktn}, but for versions`,
    );
  }
  if (bad.length > 0) {
    const paths = [...new Set(bad.map(({ path }) => path))].join(", ");
    lines.push(`${bad.length} differences that are more than versions: ${paths}`);
  }
  return { lines, good };
}

/** The version of the library that wrote a stack. */
function writer(json: unknown): unknown {
  return (json as { "//"?: { metadata?: { version?: unknown } } })["//"]?.metadata?.version;
}

/** Every stack of every environment, with the library that stands in a folder. */
function synthesize(folder: string, library: string): Stacks {
  const outdir = join(FOLDER, `${library}.out`);
  rmSync(outdir, { recursive: true, force: true });
  const args = ["-r", "./register-typescript.js", "main.ts"];
  run(`synthesis with ${library}`, args, folder, { CDKTF_OUTDIR: outdir });
  return Object.fromEntries(
    readdirSync(join(outdir, "stacks")).map((stack) => [
      stack,
      JSON.parse(readFileSync(join(outdir, "stacks", stack, "cdk.tf.json"), "utf8")) as unknown,
    ]),
  );
}

/** Runs Node.js, in the folder of the copy or another. */
function run(what: string, args: readonly string[], cwd = FOLDER, env: NodeJS.ProcessEnv = {}): void {
  const { status } = spawnSync(process.execPath, args, {
    cwd,
    stdio: "inherit",
    // What a shell exports must not choose what is compared.
    env: { ...process.env, ENVIRONMENT: "", CDKTF_OUTDIR: undefined, ...env },
  });
  if (status !== 0) {
    throw new Error(`${what} failed: see above`);
  }
}

if (require.main === module) {
  try {
    process.exitCode = main();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
