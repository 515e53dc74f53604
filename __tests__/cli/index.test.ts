import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Workspace } from "../support/cli";
import { MINIMAL } from "../support/synth";

const { scripts } = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
const COMMANDS = Object.keys(scripts).filter((name) => scripts[name]?.endsWith(`cli/index.ts ${name}`));

let workspace: Workspace;
beforeAll(() => {
  workspace = new Workspace({ dev: MINIMAL });
});
afterAll(() => workspace.remove());

test("there are commands", () => {
  expect(COMMANDS).toEqual(expect.arrayContaining(["env", "deploy"]));
});

test.each(COMMANDS)("npm run %s tells how it is called", async (name) => {
  const { status, stdout, stderr } = await workspace.run(name, "--help");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(new RegExp(`^Usage: npm run ${name} -- `));
});

test("an unknown command is refused with those there are", async () => {
  const { status, stderr } = await workspace.run("conect");
  expect(status).toBe(1);
  expect(stderr).toBe(
    `no command conect: there is ${[...COMMANDS, "summary"].sort().join(", ")}; npm run <command> -- --help\n`,
  );
});

test("an unknown option is refused with the one that was meant", async () => {
  const { status, stderr } = await workspace.run("env", "--jsn");
  expect({ status, stderr }).toEqual({
    status: 1,
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
