import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");

let folder: string;
let kept: string;

/** A project that has the hook, a file to run, and a cache of its own beside the packages. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hook-"));
  mkdirSync(join(folder, "node_modules"));
  for (const name of ["pirates", "sucrase"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  cpSync(join(ROOT, "register-typescript.js"), join(folder, "register-typescript.js"));
  kept = join(folder, "node_modules/.cache/session-manager");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function run(source?: string) {
  if (source !== undefined) {
    writeFileSync(join(folder, "app.ts"), source);
  }
  const { stdout, stderr } = spawnSync(process.execPath, ["-r", "./register-typescript.js", "app.ts"], {
    cwd: folder,
    encoding: "utf8",
  });
  return { stdout, stderr };
}

test("what was rewritten once is read the next time", () => {
  expect(run("const x: number = 1; console.log(x);")).toEqual({ stdout: "1\n", stderr: "" });
  const [file = "", ...others] = readdirSync(kept);
  expect(others).toEqual([]);
  const code = readFileSync(join(kept, file), "utf8");
  writeFileSync(join(kept, file), code.replace("console.log(x)", "console.log('kept')"));
  expect(run().stdout).toBe("kept\n");
});

test("an edited file is not taken for the one before", () => {
  run("console.log('before' as string);");
  expect(run("console.log('after' as string);").stdout).toBe("after\n");
});

test("an error names the line of the TypeScript file", () => {
  const source = "interface A {\n  b: string;\n}\nconst a = undefined as unknown as A;\na.b.trim();\n";
  run(source);
  const { stderr } = spawnSync(
    process.execPath,
    ["--enable-source-maps", "-r", "./register-typescript.js", "app.ts"],
    { cwd: folder, encoding: "utf8" },
  );
  expect(stderr).toContain("app.ts:5");
});

test("where nothing can be kept, it works all the same", () => {
  writeFileSync(join(folder, "node_modules/.cache"), "a file");
  expect(run("console.log(1 as number);")).toEqual({ stdout: "1\n", stderr: "" });
});

test.each(["v12.22.12", "v18.20.4", "v20.8.1"])("Node.js %s is too old, in words", (version) => {
  const old = `Object.defineProperty(process, "version", { value: "${version}" });`;
  writeFileSync(join(folder, "old.js"), old);
  const args = ["-r", "./old.js", "-r", "./register-typescript.js", "app.ts"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: "",
    stderr: `Node.js is ${version}, and this needs 20.9 or later: nvm install 20, or https://nodejs.org\n`,
  });
});

test("the oldest version is that of the package", () => {
  const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    engines: { node: string };
  };
  const [, major, minor] = /^const OLDEST = \[(\d+), (\d+)\];$/m.exec(
    readFileSync(join(ROOT, "register-typescript.js"), "utf8"),
  ) as RegExpExecArray;
  expect(engines.node).toBe(`>=${major}.${minor}.0`);
});
