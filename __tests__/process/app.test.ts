import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { join } from "node:path";
import { copyProject, runIn as run } from "../support/project";

const ROOT = join(__dirname, "../..");

const app = (folder: string, env?: NodeJS.ProcessEnv) =>
  run(folder, JSON.parse(readFileSync(join(folder, "cdktf.json"), "utf8")).app, env);

/** Every synthesized file, with its content. */
function synthesized(folder: string): Record<string, string> {
  const files = readdirSync(join(folder, "cdktf.out"), { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    files
      .filter((file) => file.endsWith(".json"))
      .map((file) => [file, readFileSync(join(folder, "cdktf.out", file), "utf8")]),
  );
}

const STACKS = ["dev-instances", "dev-networking", "dev-sessions", "recipe-instances", "recipe-networking"];

test("the app command synthesizes every environment, and ENVIRONMENT narrows it", () => {
  const folder = copyProject();
  expect(app(folder)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(Object.keys(synthesized(folder)).sort()).toEqual([
    "manifest.json",
    ...STACKS.map((name) => `stacks/${name}/cdk.tf.json`),
  ]);
  writeFileSync(join(folder, "environments/broken.ts"), "export default {};");
  expect(app(folder, { ENVIRONMENT: "dev" }).status).toBe(0);
  const { stacks } = JSON.parse(synthesized(folder)["manifest.json"] as string);
  expect(Object.keys(stacks)).toEqual(["dev-instances", "dev-networking", "dev-sessions"]);
});

test("two folders and the cdktf CLI give the same bytes, with nothing of this machine in them", () => {
  const one = copyProject();
  const other = copyProject();
  mkdirSync(join(other, "cdktf.out"));
  expect(app(one).status).toBe(0);
  expect(run(other, "npm run --silent synth", { CI: "1" }).status).toBe(0);
  expect(synthesized(other)).toEqual(synthesized(one));
  const bytes = Object.values(synthesized(one)).join();
  const traces = [one, ROOT, homedir(), hostname(), `/${userInfo().username}/`];
  // A host name of three letters may be part of any word.
  expect(traces.filter((trace) => trace.length > 3 && bytes.includes(trace))).toEqual([]);
  expect(bytes).not.toMatch(/"\/[a-z]+\/[^"]*node_modules|file:|\/Users\/|\/home\/|\d{4}-\d\d-\d\dT/);
});

test("bad input ends with every problem, no stack trace, and leaves the last good output alone", () => {
  const folder = copyProject();
  expect(app(folder).status).toBe(0);
  const before = synthesized(folder);
  writeFileSync(
    join(folder, "environments/prod.ts"),
    'export default { region: "Frankfurt", instances: { "web.a": {} } };',
  );
  writeFileSync(join(folder, "environments/test.ts"), "export default {};");
  for (const { status, stdout, stderr } of [app(folder), run(folder, "npm start --silent")]) {
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr.trim().split("\n")).toEqual([
      expect.stringMatching(/^environments\/prod\.ts: region: got "Frankfurt"; allowed: /),
      expect.stringMatching(/^environments\/prod\.ts: instances\["web\.a"\]: got "web\.a"; allowed: /),
      expect.stringMatching(/^environments\/test\.ts: region: got nothing; allowed: /),
      expect.stringMatching(/^environments\/test\.ts: instances: got nothing; allowed: /),
      "",
      "4 problems: nothing was synthesized.",
    ]);
  }
  expect(synthesized(folder)).toEqual(before);
});

test("an unknown ENVIRONMENT is refused", () => {
  const { status, stderr } = app(copyProject(), { ENVIRONMENT: "recip" });
  expect(status).toBe(1);
  expect(stderr).toBe(
    'ENVIRONMENT: got "recip"; allowed: dev, recipe; did you mean recipe?\n\n1 problem: nothing was synthesized.\n',
  );
});

test("npm start tells what is created, what never is, and what to do next", () => {
  const { status, stdout } = run(copyProject(), "npm start --silent");
  expect(status).toBe(0);
  expect(stdout).toMatchSnapshot();
});

describe("npm run deploy", () => {
  const deploy = (args: string) => run(copyProject(), `npm run --silent deploy -- ${args}`);

  test("wants an environment", () => {
    expect(deploy("")).toMatchObject({
      status: 1,
      stderr: "no environment given: there is dev, recipe; npm run deploy -- <environment>\n",
    });
  });

  test("knows which one was meant", () => {
    expect(deploy("recip").stderr).toBe(
      "no environment recip: there is dev, recipe; did you mean npm run deploy -- recipe?\n",
    );
  });

  test("says how to approve where nobody can be asked", () => {
    expect(deploy("dev").stderr).toBe(
      "nobody can approve here, as this is no terminal: npm run deploy -- dev --auto-approve\n",
    );
  });
});
