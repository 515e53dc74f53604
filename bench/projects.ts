import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..");

/** Where copies are made: in the project, so that they find its packages. */
const FOLDER = join(ROOT, ".bench");

/** What the app and the commands are made of. */
const SOURCES = [
  "main.ts",
  "register-typescript.js",
  "modules",
  "stacks",
  "cli",
  "cdktf.json",
  "tsconfig.json",
];

/** What the stock template of `cdktf init` has its TypeScript run by. */
const STOCK = { "ts-node": "10.9.2", typescript: "5.9.3" };

/**
 * A copy of the project with environments of its own, or with those that it has.
 *
 * @param commit which the copy is of; the work tree where there is none
 */
export function copyProject(
  name: string,
  environments?: Readonly<Record<string, string>>,
  commit?: string,
): string {
  const folder = join(FOLDER, name);
  const sources = [...SOURCES, "environments"];
  for (const source of sources) {
    rmSync(join(folder, source), { recursive: true, force: true });
    if (commit === undefined) {
      cpSync(join(ROOT, source), join(folder, source), { recursive: true });
    }
  }
  if (commit !== undefined) {
    mkdirSync(folder, { recursive: true });
    const archive = join(folder, "sources.tar");
    run("git archive", "git", ["archive", "-o", archive, commit, ...sources], ROOT);
    run("tar", "tar", ["-xf", archive], folder);
  }
  if (environments !== undefined) {
    rmSync(join(folder, "environments"), { recursive: true });
    mkdirSync(join(folder, "environments"));
    for (const [environment, text] of Object.entries(environments)) {
      writeFileSync(join(folder, "environments", `${environment}.ts`), text);
    }
  }
  return folder;
}

/** A copy of the project in which one of its environments is synthesized: the folder of its stacks. */
export function synthesizedProject(name: string, environment: string): string {
  const folder = copyProject(name);
  const out = join(folder, "cdktf.out");
  rmSync(out, { recursive: true, force: true });
  const env = { ...process.env, ENVIRONMENT: environment, CDKTF_OUTDIR: undefined };
  run("synthesis", process.execPath, ["-r", "./register-typescript.js", "main.ts"], folder, env);
  return out;
}

/** A copy that is compiled before: what is left is Node.js and CDKTF. */
export function compiledProject(): string {
  const folder = copyProject("compiled-sources");
  const out = join(FOLDER, "compiled");
  rmSync(out, { recursive: true, force: true });
  const options = ["--noEmit", "false", "--outDir", out, "--rootDir", folder, "--skipLibCheck"];
  run("tsc", process.execPath, [require.resolve("typescript/bin/tsc"), "-p", folder, ...options], folder);
  // The app looks for files that end in .ts; Node.js takes them for JavaScript.
  const environments = join(out, "environments");
  for (const file of readdirSync(environments)) {
    renameSync(join(environments, file), join(environments, file.replace(/\.js$/, ".ts")));
  }
  return out;
}

/** A copy as `cdktf init --template=typescript` would have it run. */
export function stockProject(): string {
  const folder = copyProject("stock");
  const manifest = JSON.stringify({ name: "stock", private: true, dependencies: STOCK });
  const path = join(folder, "package.json");
  const installed = join(folder, "installed");
  if (!existsSync(installed) || readFileSync(installed, "utf8") !== manifest) {
    writeFileSync(path, manifest);
    run("npm install", "npm", ["install", "--no-audit", "--no-fund", "--no-package-lock"], folder);
    // Last: an install that is broken off is made again.
    writeFileSync(installed, manifest);
  }
  return folder;
}

/** An environment of so many instances. */
export function environmentOf(instances: number): string {
  return `export default {
  region: "eu-central-1",
  network: { cidr: "10.10.0.0/16" },
  instances: Object.fromEntries(
    Array.from({ length: ${instances} }, (_, index) => [\`host-\${index}\`, { instanceType: "t4g.nano" }]),
  ),
};
`;
}

function run(what: string, program: string, args: readonly string[], cwd: string, env = process.env): void {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`${what} failed: ${stdout}${stderr}`);
  }
}
