import { Workspace } from "../../support/cli";
import { MINIMAL } from "../../support/synth";

let workspace: Workspace;
afterEach(() => workspace.remove());

test("an environment that was not synthesized last is not taken for one that watches for nothing", async () => {
  workspace = new Workspace({ other: MINIMAL });
  expect(await workspace.run("test-alarm-pattern", "dev")).toMatchObject({
    status: 1,
    stderr: "dev is not in cdktf.out: ENVIRONMENT=dev npm start\n",
  });
});

test("one that watches for nothing is told so", async () => {
  workspace = new Workspace({ dev: MINIMAL });
  expect((await workspace.run("test-alarm-pattern", "dev")).stderr).toBe(
    "dev watches for no rm: set sessions.watchedCommands, and run npm start\n",
  );
});
