import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

describe("npm run export-module", () => {
  const ROOT = join(__dirname, "../../..");
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "export-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const run = (...args: string[]) => {
    const command = ["-r", "./register-typescript.js", "scripts/export-module/index.ts", ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      cwd: ROOT,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };

  test("writes files, and says which", () => {
    const { status, stdout, stderr } = run("dev", join(folder, "modules"));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const files = stdout.trim().split("\n");
    expect(files).toHaveLength(5);
    expect(files.every((file) => readFileSync(file, "utf8").endsWith("\n"))).toBe(true);
  });

  test.each([
    [[], "which environment? npm run export-module -- <environment> [folder]"],
    [[""], "which environment? npm run export-module -- <environment> [folder]"],
    [["prd"], 'ENVIRONMENT: got "prd"; allowed: dev, recipe; choose among these'],
    [
      ["dev,recipe"],
      "got dev,recipe; one environment at a time: npm run export-module -- <environment> [folder]",
    ],
    [
      ["dev", "there", "more"],
      "got dev there more; one environment and one folder: npm run export-module -- <environment> [folder]",
    ],
    [
      ["dev", "--force"],
      "got --force; there are no options but --help: npm run export-module -- <environment> [folder]",
    ],
  ])("refuses %j", (args, said) => {
    expect(run(...args)).toEqual({ status: 1, stdout: "", stderr: `${said}\n` });
  });

  test.each([[["--help"]], [["dev", "-h"]]])("says what it takes: %j", (args) => {
    expect(run(...args)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("[folder]"),
      stderr: "",
    });
  });
});
