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
const FOLDER = join(ROOT, ".cdktn");

/** CDK Terrain, which goes on where CDKTF ended, and its AWS provider. */
const PACKAGES = { cdktn: "0.24.0", "@cdktn/provider-aws": "25.7.0" };

/** What the sources import, and what they get in its place. */
const ALIASES = { cdktf: "cdktn", "@cdktf/provider-aws": "@cdktn/provider-aws" };

/** All that is built and tested: as it is, not a line changed. */
const SOURCES = ["modules", "stacks", "environments", "cli", "scripts", "docs", "examples", "__tests__"];
const FILES = ["main.ts", "tsconfig.json", "jest.config.js", "README.md"];

/** Tests of what is synthesized: the commands are for people, and know nothing of either library. */
const TESTS = ["modules", "stacks", "terraform"].map((folder) => `__tests__/${folder}/`);

/** What may differ: who wrote the JSON, and with which provider. */
const ALLOWED = ["//.metadata.version", "terraform.required_providers.aws.version"];

function main(): number {
  install();
  copySources();
  run("types", "typescript/bin/tsc", ["-p", FOLDER]);
  const told = compare();
  run("tests", "jest/bin/jest.js", ["--selectProjects", "unit", "--", ...TESTS]);
  console.log(told.lines.join("\n"));
  return told.good ? 0 : 1;
}

/** Installs the packages, once, in a folder whose other packages are the project's own. */
function install(): void {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    devDependencies: Record<string, string>;
  };
  // Constructs know each other by their class: of that package there must be one.
  const dependencies = { ...PACKAGES, constructs: devDependencies.constructs };
  const manifest = JSON.stringify({ name: "with-cdktn", private: true, dependencies });
  const path = join(FOLDER, "package.json");
  if (existsSync(path) && readFileSync(path, "utf8") === manifest) {
    return;
  }
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(FOLDER, "node_modules/@cdktf"), { recursive: true });
  writeFileSync(path, manifest);
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  const { status } = spawnSync("npm", ["install", ...options], { cwd: FOLDER, stdio: "inherit" });
  if (status !== 0) {
    rmSync(path);
    throw new Error("cdktn could not be installed");
  }
  for (const [name, other] of Object.entries(ALIASES)) {
    mkdirSync(join(FOLDER, "node_modules", name, ".."), { recursive: true });
    symlinkSync(join(FOLDER, "node_modules", other), join(FOLDER, "node_modules", name), "junction");
  }
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

/** What differs in any stack, and whether that may be. */
function compare(): { readonly lines: string[]; readonly good: boolean } {
  const [ours, theirs] = [synthesize(ROOT), synthesize(FOLDER)];
  const found = Object.keys({ ...ours, ...theirs }).flatMap((stack) =>
    differences(ours[stack], theirs[stack]).map((difference) => ({ stack, ...difference })),
  );
  const lines = found.map(({ stack, path, before, after }) => `${stack}: ${path}: ${before} -> ${after}`);
  const bad = found.filter(({ path }) => !ALLOWED.includes(path));
  return {
    lines: [
      ...lines,
      bad.length === 0
        ? `${Object.keys(ours).length} stacks are the same with cdktn ${PACKAGES.cdktn}, but for versions`
        : `${bad.length} differences that are more than versions: ${[...new Set(bad.map(({ path }) => path))].join(", ")}`,
    ],
    good: bad.length === 0,
  };
}

function synthesize(folder: string): Record<string, unknown> {
  const outdir = join(FOLDER, `${folder === ROOT ? "cdktf" : "cdktn"}.out`);
  rmSync(outdir, { recursive: true, force: true });
  run("synthesis", "", ["-r", "sucrase/register/ts", "main.ts"], folder, { CDKTF_OUTDIR: outdir });
  return Object.fromEntries(
    readdirSync(join(outdir, "stacks")).map((stack) => [
      stack,
      JSON.parse(readFileSync(join(outdir, "stacks", stack, "cdk.tf.json"), "utf8")) as unknown,
    ]),
  );
}

/** Runs a program of the project's own packages, in the folder of the copy. */
function run(what: string, bin: string, args: string[], cwd = FOLDER, env: NodeJS.ProcessEnv = {}): void {
  const script = bin === "" ? [] : [join(ROOT, "node_modules", bin)];
  const { status } = spawnSync(process.execPath, [...script, ...args], {
    cwd,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (status !== 0) {
    throw new Error(`${what} failed with cdktn`);
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
