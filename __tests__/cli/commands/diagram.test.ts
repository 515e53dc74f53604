import { Workspace } from "../../support/cli";
import { MINIMAL } from "../../support/synth";

describe("npm run diagram", () => {
  let workspace: Workspace;
  beforeAll(() => {
    workspace = new Workspace({ dev: MINIMAL, prod: MINIMAL });
  });
  afterAll(() => workspace.remove());

  test("prints Mermaid, and writes an SVG file", async () => {
    const printed = await workspace.run("diagram", "dev");
    expect(printed).toMatchObject({ status: 0, stderr: "" });
    expect(printed.stdout).toMatch(/^flowchart BT\n {2}accTitle: dev: /);
    const written = await workspace.run(
      "diagram",
      "--environment",
      "prod",
      "--format",
      "svg",
      "--out",
      "prod.svg",
    );
    expect(written).toEqual({ status: 0, stdout: "", stderr: "prod.svg: prod, as svg\n" });
    expect(workspace.read("prod.svg")).toMatch(/^<svg [^]*<title id="title">prod: [^]*<\/svg>\n$/);
  });

  test.each([
    [[], "several environments, dev, prod: say which with --environment\n"],
    [["de"], "no environment de in cdktf.out: there is dev, prod; did you mean dev?\n"],
    [
      ["dev", "--format", "png"],
      "error: option '--format <format>' argument 'png' is invalid. Allowed choices are mermaid, svg.\n",
    ],
    [["dev", "--out", "nowhere/dev.mmd"], "nowhere/dev.mmd cannot be written: there is no folder nowhere\n"],
  ])("%j is refused", async (args, message) => {
    expect(await workspace.run("diagram", ...args)).toEqual({ status: 1, stdout: "", stderr: message });
  });
});
