import { cpSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PACKAGES } from "../../../scripts/check-cdktn";
import { runIn } from "../../support/project";

const ROOT = resolve(__dirname, "../../..");
const PAGE = readFileSync(join(ROOT, "docs/moving-to-cdk-terrain.md"), "utf8");

/** What is not the project's, or too big to look through. */
const OTHERS =
  /^(\.git|node_modules|\.venv|package-lock\.json|dist|coverage|.*\.out|\.cdktn|\.bench|\.rehearsal|state|plans)$/;

/** The steps' own commands, without the check that is shown first. */
const COMMANDS = [...PAGE.matchAll(/^ {3}\$ ((?:.*\|\n)*.*)\n/gm)].map(([, command = ""]) => command);

const folder = mkdtempSync(join(realpathSync(tmpdir()), "moving-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** In a repository of its own, also where a hook of git runs the tests. */
const OWN = { GIT_DIR: undefined, GIT_INDEX_FILE: undefined, GIT_WORK_TREE: undefined };
const bash = (command: string) =>
  runIn(folder, `bash --norc -euo pipefail -c '${command.replaceAll("'", "'\\''")}'`, OWN);
const read = (path: string) => readFileSync(join(folder, path), "utf8");
const found = (pattern: string) => bash(`git grep -nE '${pattern}' || true`).stdout;

let before: string;
beforeAll(() => {
  readdirSync(ROOT)
    .filter((name) => !OTHERS.test(name))
    .forEach((name) => cpSync(join(ROOT, name), join(folder, name), { recursive: true }));
  expect(bash("git init -q && git add -A")).toMatchObject({ status: 0 });
  before = read("package.json");
  for (const command of COMMANDS) {
    expect(bash(command)).toEqual({ status: 0, stdout: "", stderr: "" });
  }
});

test("the page's versions are those that are checked", () => {
  expect(COMMANDS).toHaveLength(3);
  for (const [name, version] of Object.entries(PACKAGES)) {
    expect(PAGE).toContain(`\`${name}\` (${version})`);
  }
});

test("its commands rename every import, in sources and samples", () => {
  const left = found('"@?cdktf(-cli)?["/]')
    .split("\n")
    .filter((line) => !/^package\.json|ManagedBy/.test(line));
  expect(left).toEqual([""]);
  const imports = found('(from |require\\(|resolve\\(|mock\\()"@?cdktn');
  for (const [file, imported] of [
    ["main.ts", 'from "cdktn"'],
    ["__tests__/support/cdktf-cli.ts", 'require.resolve("cdktn-cli/package.json")'],
    ["__tests__/support/no-token-traces.ts", 'jest.mock("cdktn/lib/'],
    ["__tests__/process/library/package.test.ts", 'require("cdktn")'],
    ["__tests__/support/terraform.ts", 'require.resolve("@cdktn/provider-aws/package.json")'],
    ["stacks/environment-stack.ts", 'from "@cdktn/provider-aws/lib/provider"'],
    ["docs/extending.md", 'from "@cdktn/provider-aws/lib/'],
  ] as const) {
    expect(imports.split("\n")).toContainEqual(
      expect.stringMatching(new RegExp(`^${file}:.*${escape(imported)}`)),
    );
  }
});

const escape = (text: string) => text.replace(/[.()/]/g, "\\$&");

test("they leave the tag of what is deployed, and the package's own name", () => {
  expect(read("stacks/default-tags.ts")).toContain('ManagedBy: "cdktf"');
  expect(found('ManagedBy: "cdktn"|cdktn-session-manager')).toBe("");
});

test("they remove the check and all that names it, and nothing else", () => {
  expect(
    found("check:cdktn|check-cdktn|check-packed|cdktn-entry|json-differences|\\]\\(.*moving-to-cdk-terrain"),
  ).toBe("");
  const { scripts, ...others } = JSON.parse(before) as { scripts: Record<string, string> };
  expect(Object.keys(scripts)).toContain("check:cdktn");
  delete scripts["check:cdktn"];
  scripts.prepack = scripts.prepack?.replace(/ && \S+ -r \S+ scripts\/cdktn-entry.ts$/, "") ?? "";
  expect(JSON.parse(read("package.json"))).toEqual({ scripts, ...others });
  expect(bash("bash -n .ci/run")).toMatchObject({ status: 0, stderr: "" });
  expect(read("README.md")).toContain("runs on its successor: moving to CDK Terrain.");
});
