import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Workspace } from "../../support/cli";
import { runIn } from "../../support/project";
import { COMMANDS } from "../../support/commands";
import { MINIMAL } from "../../support/synth";

const ROOT = join(__dirname, "../../..");

let workspace: Workspace;
beforeAll(() => {
  workspace = new Workspace({ dev: MINIMAL });
});
afterAll(() => workspace.remove());

test.each(COMMANDS)("npm hands npm run %s on to the command", (name) => {
  const { status, stdout, stderr } = runIn(ROOT, `npm run --silent ${name} -- --help`);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(new RegExp(`^Usage: npm run ${name} -- `));
});

test("no command loads clients of AWS before it is run: help would wait for them", () => {
  const load = `process.argv.slice(1).forEach((name) => require("./cli/commands/" + name));
    console.log(Object.keys(require.cache).filter((file) => file.includes("@aws-sdk")).length);`;
  const args = ["-r", "./register-typescript.js", "-e", load, ...COMMANDS];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" });
});

test("what a command finds wrong is the status of its process", async () => {
  expect(await workspace.runApart("env", "--jsn")).toEqual({
    status: 1,
    stdout: "",
    stderr: "error: unknown option '--jsn'\n(Did you mean --json?)\n",
  });
});

test("a reader that has gone is no mistake", () => {
  const [program, args, options] = workspace.command("summary");
  const line = [program, ...args].map((part) => `'${part}'`).join(" ");
  const { status, stdout, stderr } = spawnSync("bash", ["-c", `set -o pipefail; ${line} | true`], {
    ...options,
    encoding: "utf8",
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
});
