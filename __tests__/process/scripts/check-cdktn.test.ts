import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { runIn } from "../../support/project";

const ROOT = resolve(__dirname, "../../..");

/** A project of two environments, whose libraries, npm, compiler and tests are stubs: each says when it is called. */
const folder = mkdtempSync(join(tmpdir(), "check-cdktn-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** What `npm install` does, in a shell. */
function npm(script: string): void {
  write("bin/npm", `#!/bin/sh\necho npm $1\n${script}\n`);
  chmodSync(join(folder, "bin/npm"), 0o755);
}

const install = (version: string) =>
  npm(`mkdir -p node_modules/cdktn\necho 'exports.version = "${version}"' > node_modules/cdktn/index.js`);

const check = (env: NodeJS.ProcessEnv = {}) =>
  runIn(folder, "node -r ./register-typescript.js scripts/check-cdktn.ts", {
    PATH: `${join(folder, "bin")}:${process.env.PATH}`,
    ...env,
  });

const versions = ["dev", "recipe"].map((name) => `${name}: //.metadata.version: "0.21.0" -> "0.24.0"`);
const same = [...versions, "2 stacks are the same with cdktn 0.24.0, but for versions"];
const lines = (...all: string[]) => all.map((line) => `${line}\n`).join("");

beforeEach(() => {
  rmSync(folder, { recursive: true });
  for (const source of ["modules", "stacks", "environments", "cli", "docs", "examples", "__tests__"]) {
    mkdirSync(join(folder, source), { recursive: true });
  }
  ["tsconfig.json", "jest.config.js", "README.md"].forEach((file) => write(file, ""));
  write("package.json", JSON.stringify({ devDependencies: { constructs: "10.7.2" } }));
  write("node_modules/cdktf/index.js", 'exports.version = "0.21.0"');
  write("node_modules/typescript/bin/tsc", 'console.log("tsc")');
  write(
    "node_modules/jest/bin/jest.js",
    'console.log("jest", process.env.ENVIRONMENT, process.env.CDKTF_OUTDIR)',
  );
  for (const name of ["pirates", "sucrase"]) {
    symlinkSync(dirname(require.resolve(`${name}/package.json`)), join(folder, "node_modules", name));
  }
  for (const file of ["register-typescript.js", "scripts/check-cdktn.ts", "scripts/json-differences.ts"]) {
    cpSync(join(ROOT, file), join(folder, file));
  }
  main("{}");
  install("0.24.0");
});

/** Writes a stack for each environment that ENVIRONMENT names, with what else is in it. */
function main(others: string): void {
  write(
    "main.ts",
    `import { mkdirSync, writeFileSync } from "node:fs";
     import { version } from "cdktf";
     const { CDKTF_OUTDIR, ENVIRONMENT } = process.env;
     for (const name of ["dev", "recipe"].filter((one) => !ENVIRONMENT || one === ENVIRONMENT)) {
       const folder = CDKTF_OUTDIR + "/stacks/" + name;
       mkdirSync(folder, { recursive: true });
       writeFileSync(folder + "/cdk.tf.json", JSON.stringify({ "//": { metadata: { version } }, ...(${others}) }));
     }`,
  );
}

test("installs once, and passes where nothing but versions differs", () => {
  const said = (...first: string[]) => ({
    status: 0,
    stdout: lines(...first, "tsc", ...same, "jest  undefined"),
    stderr: "",
  });
  expect(check()).toEqual(said("npm install"));
  expect(check()).toEqual(said());
});

test("compares every environment, whatever the shell exports", () => {
  const { stdout } = check({ ENVIRONMENT: "recipe", CDKTF_OUTDIR: "elsewhere" });
  expect(stdout).toBe(lines("npm install", "tsc", ...same, "jest  undefined"));
});

test("installs anew after it was interrupted, and after what was installed is removed", () => {
  npm("kill -KILL $PPID");
  expect(check().status).not.toBe(0);
  install("0.24.0");
  expect(check()).toMatchObject({ status: 0, stdout: expect.stringContaining("npm install\n") });
  rmSync(join(folder, ".cdktn/node_modules"), { recursive: true });
  expect(check()).toMatchObject({ status: 0, stdout: expect.stringContaining("npm install\n") });
});

test("says that npm failed, and goes no further", () => {
  npm("exit 1");
  expect(check()).toEqual({
    status: 1,
    stdout: "npm install\n",
    stderr: "cdktn could not be installed: see above\n",
  });
});

test.each([
  // Found in the project's own node_modules, further up.
  ["the library is missing", "0.21.0", () => rmSync(join(folder, ".cdktn/node_modules/cdktf"))],
  [
    "it is another",
    "0.23.0",
    () => write(".cdktn/node_modules/cdktn/index.js", 'exports.version = "0.23.0"'),
  ],
])("fails where %s", (_, version, harm) => {
  check();
  harm();
  const { status, stdout } = check();
  expect(status).toBe(1);
  expect(stdout).not.toContain("are the same");
  for (const stack of ["dev", "recipe"]) {
    expect(stdout).toContain(
      `${stack}: written by version ${version}, not by cdktn 0.24.0: remove .cdktn, and run this again\n`,
    );
  }
});

test("fails where more than versions differs, and tells of it before tests that fail of it", () => {
  main("{ output: version }");
  write("node_modules/jest/bin/jest.js", "process.exitCode = 1");
  expect(check()).toEqual({
    status: 1,
    stdout: expect.stringMatching(
      /^recipe: output: "0.21.0" -> "0.24.0"\n2 differences that are more than versions: output\n$/m,
    ),
    stderr: "tests with cdktn failed: see above\n",
  });
  write("node_modules/jest/bin/jest.js", "");
  expect(check()).toMatchObject({ status: 1, stderr: "" });
});

test.each([
  ["synthesis with cdktf", () => main("process.exit(1)")],
  ["synthesis with cdktn", () => main('version === "0.24.0" ? process.exit(1) : {}')],
  ["types with cdktn", () => write("node_modules/typescript/bin/tsc", "process.exitCode = 2")],
])("names what failed: %s", (what, harm) => {
  harm();
  expect(check()).toMatchObject({ status: 1, stderr: `${what} failed: see above\n` });
});
