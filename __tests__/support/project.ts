import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { CliResult } from "./cli";

const ROOT = resolve(__dirname, "../..");

/** What the project cannot be run without. */
const SOURCES = [
  "main.ts",
  "register-typescript.js",
  "cdktf.json",
  "package.json",
  "tsconfig.json",
  "environments",
  "modules",
  "stacks",
  "cli",
];

const folders: string[] = [];

afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** A fresh copy of the project, in a folder of its own, for the tests of a file. */
export function copyProject(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "project-"));
  folders.push(folder);
  for (const source of SOURCES) {
    cpSync(join(ROOT, source), join(folder, source), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Runs a command of a shell in such a copy. */
export function runIn(folder: string, command: string, env: NodeJS.ProcessEnv = {}): CliResult {
  const { status, stdout, stderr } = spawnSync(command, {
    cwd: folder,
    shell: true,
    encoding: "utf8",
    env: { ...process.env, CHECKPOINT_DISABLE: "1", FORCE_COLOR: "0", ...env },
  });
  return { status, stdout, stderr };
}
