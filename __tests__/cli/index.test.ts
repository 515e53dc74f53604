import { Workspace } from "../support/cli";
import { COMMANDS } from "../support/commands";
import { onPlatform } from "../support/platform";
import { MINIMAL } from "../support/synth";

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

test("a command that is called leaves folder, environment and status of this process as they were", async () => {
  const state = () => [process.cwd(), { ...process.env }, process.exitCode, process.listenerCount("exit")];
  const before = state();
  expect((await workspace.run("env", "nowhere")).status).toBe(1);
  expect(state()).toEqual(before);
});

test("two commands at once in this process are refused: they would share all of it", async () => {
  const first = workspace.run("cost");
  await expect(workspace.run("cost")).rejects.toThrow("another command runs in this process");
  expect((await first).status).toBe(0);
});

test.each(["apply", "deploy", "destroy", "diff", "plan", "rehearse"])(
  "on Windows itself npm run %s is refused, with where it runs",
  async (name) => {
    const { status, stderr } = await onPlatform("win32", () => workspace.run(name, "dev"));
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^npm run ${name} does not run on Windows itself, .*: run it in WSL `));
  },
);

test("on Windows itself what only reads runs", async () => {
  const { status } = await onPlatform("win32", () => workspace.run("cost"));
  expect(status).toBe(0);
});

test("an option that npm took is told with what to type, and nothing is done", async () => {
  workspace.env.npm_config_auto_approve = "true";
  const { status, stderr } = await workspace.run("deploy", "dev");
  workspace.env.npm_config_auto_approve = undefined;
  expect(status).toBe(1);
  expect(stderr).toBe(
    "npm took --auto-approve for its own, as it does without -- before it: nothing was done; " +
      "npm run deploy -- dev --auto-approve; in PowerShell npm run deploy '--' dev --auto-approve\n",
  );
});

test("a mark that pnpm hands on, or PowerShell's users write twice, is no argument", async () => {
  expect((await workspace.run("--", "cost")).status).toBe(1);
  const [plain, marked] = [
    await workspace.run("cost", "--json"),
    await workspace.run("cost", "--", "--json"),
  ];
  expect(marked).toEqual(plain);
});
