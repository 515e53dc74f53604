import { spawnSync } from "node:child_process";
import { exportLines, unsetLines, variables } from "../../../cli/terminal/shell-variables";
import { JSON_FORMAT } from "../../../stacks/contract";
import { MINIMAL } from "../../support/synth";
import { Workspace } from "../../support/cli";

const NASTY = [
  "plain",
  "",
  "it's",
  "'",
  "''",
  `"double"`,
  "$(touch stolen)",
  "`touch stolen`",
  "${HOME}",
  "a\nb",
  "a\\",
  "!history",
  "-n",
  "日本",
  "a;b&c|d>e<f*g?h[i]j{k}l~m#n",
];

/** What a shell makes of lines, and of further lines after them. */
function shell(lines: readonly string[], after: string, env: Record<string, string> = {}): string {
  const { stdout, status, stderr } = spawnSync("sh", ["-c", `set -eu\n${lines.join("\n")}\n${after}`], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, ...env },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

test.each(NASTY)("a shell gets %j as it is", (value) => {
  const lines = exportLines(new Map([["VALUE", value]]), {});
  expect(shell([`eval "${'$(cat <<"END"\n'}${lines.join("\n")}\nEND\n)"`], 'printf %s "$VALUE"')).toBe(value);
});

test("every entry of a map is a variable, and what is no text is JSON", () => {
  expect(
    Object.fromEntries(
      variables(
        { vpc_id: "vpc-1", instance_ids: { web: "i-1", "db-1": "i-2" }, list: ["a", "b"], on: true },
        "SM_",
      ),
    ),
  ).toEqual({
    SM_VPC_ID: "vpc-1",
    SM_INSTANCE_IDS_WEB: "i-1",
    SM_INSTANCE_IDS_DB_1: "i-2",
    SM_LIST: '["a","b"]',
    SM_ON: "true",
  });
});

test("two outputs of one name are refused", () => {
  expect(() => variables({ instance_ids: { "a-b": "i-1", a_b: "i-2" } })).toThrow(
    "two outputs would both be called INSTANCE_IDS_A_B, the second is instance_ids_a_b: use --json, or other names",
  );
});

test("what was exported is taken back, and nothing else", () => {
  const before = { OTHER: "stays" };
  const lines = exportLines(
    new Map([
      ["ONE", "1"],
      ["TWO", "2"],
    ]),
    before,
  );
  const exported = { ...before, ONE: "1", TWO: "2", SESSION_MANAGER_EXPORTS: "ONE TWO" };
  expect(shell([...lines, ...unsetLines(exported)], "env", before)).toContain("OTHER=stays");
  expect(shell([...lines, ...unsetLines(exported)], "env", before)).not.toMatch(/ONE|TWO|SESSION_MANAGER/);
});

test("a second export renews the first, and takes back what is gone", () => {
  const present = { ONE: "1", TWO: "2", SESSION_MANAGER_EXPORTS: "ONE TWO" };
  expect(exportLines(new Map([["TWO", "3"]]), present)).toEqual([
    "unset ONE",
    "export TWO='3'",
    "export SESSION_MANAGER_EXPORTS='TWO'",
  ]);
});

test("a variable that somebody else set is not overwritten", () => {
  expect(() =>
    exportLines(
      new Map([
        ["PATH", "x"],
        ["HOME", "y"],
      ]),
      { PATH: "/bin", HOME: "/" },
    ),
  ).toThrow("PATH, HOME would be overwritten: unset first, or give --prefix, such as --prefix SM_");
});

test("a list that somebody has forged is no way into the shell", () => {
  expect(unsetLines({ SESSION_MANAGER_EXPORTS: "A;touch stolen $(id) B" })).toEqual([
    "unset stolen",
    "unset B",
    "unset SESSION_MANAGER_EXPORTS",
  ]);
});

test("a prefix that makes no name is refused", () => {
  expect(() => exportLines(variables({ a: "1" }, "1;"), {})).toThrow(
    "no name of a variable: 1;A: give --prefix",
  );
});

test("an unknown environment, JSON of another version and nothing at all are each told in a line", async () => {
  const workspace = new Workspace();
  expect((await workspace.run("env", "dev")).stderr).toBe(
    "nothing is synthesized in cdktf.out: run npm start first\n",
  );
  workspace.synthesize({ dev: MINIMAL, prod: MINIMAL });
  expect((await workspace.run("env", "prd")).stderr).toBe(
    "no environment prd in cdktf.out: there is dev, prod; did you mean prod?\n",
  );
  expect((await workspace.run("env")).stderr).toBe(
    "several environments, dev, prod: say which with --environment\n",
  );
  const path = "cdktf.out/stacks/dev-instances/cdk.tf.json";
  workspace.write(path, workspace.read(path).replace(`"format": ${JSON_FORMAT}`, '"format": 0'));
  const { stderr, status } = await workspace.run("env", "dev");
  expect(stderr).toMatch(
    /^.*dev-instances\/cdk.tf.json is not as this version of the project writes it: run npm start first\n$/,
  );
  expect(status).toBe(1);
  workspace.remove();
});
