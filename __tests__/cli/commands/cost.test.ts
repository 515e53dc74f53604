import recipe from "../../../environments/recipe";
import { Workspace } from "../../support/cli";
import { MINIMAL } from "../../support/synth";

describe("npm run cost", () => {
  let workspace: Workspace;
  beforeAll(() => {
    workspace = new Workspace({ dev: { ...MINIMAL, sessions: {} }, recipe });
  });
  afterAll(() => workspace.remove());

  test("prints every environment, or the one that is named", async () => {
    const all = await workspace.run("cost");
    expect(all).toMatchObject({ status: 0, stderr: "" });
    expect(all.stdout).toMatchSnapshot();
    const { stdout } = await workspace.run("cost", "recipe", "--endpoint-gb", "200");
    expect(stdout).toContain("traffic of endpoints  200    0.01 per GB             2.00\n");
    expect(stdout).not.toContain("dev (");
  });

  test("prints JSON alone", async () => {
    const { stdout, stderr } = await workspace.run("cost", "--environment", "recipe", "--json");
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject([
      { environment: "recipe", region: "us-east-1", total: { amount: 48.25, complete: true } },
    ]);
  });

  test.each([
    [["recip"], "no environment recip in cdktf.out: there is dev, recipe; did you mean recipe?\n"],
    [
      ["dev", "--log-gb=-1"],
      "error: option '--log-gb <number>' argument '-1' is invalid. allowed: a number from 0, such as 0.5\n",
    ],
    [["dev", "--log-gb", ""], /allowed: a number from 0, such as 0.5\n$/],
    [["dev", "--endpoint-gb", "1e999"], /allowed: a number from 0, such as 0.5\n$/],
  ])("%j is refused", async (args, message) => {
    const { status, stdout, stderr } = await workspace.run("cost", ...args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  });
});
