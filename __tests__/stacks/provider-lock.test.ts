import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { addStacks } from "../../stacks";
import {
  LOCK_FILE,
  lockProblems,
  lockedProviders,
  placeLock,
  requiredProviders,
} from "../../stacks/provider-lock";
import { lockFile } from "../support/lock-file";
import { MINIMAL, settingsOf } from "../support/synth";

const folder = mkdtempSync(join(tmpdir(), "lock-"));
const app = new App({ outdir: join(folder, "cdktf.out") });
addStacks(app, settingsOf(MINIMAL, "dev"));
app.synth();

afterAll(() => rmSync(folder, { recursive: true }));

const STACKS = ["dev-networking", "dev-instances"].map((name) => join(app.outdir, "stacks", name));

const jsonOf = (stack: string) =>
  JSON.parse(readFileSync(join(stack, "cdk.tf.json"), "utf8")) as { terraform: object };
const REQUIRED = requiredProviders(STACKS.map((stack) => jsonOf(stack).terraform));
const [PINNED = ""] = REQUIRED.get("hashicorp/aws") ?? [];

test("all stacks pin one version of the AWS provider, and nothing else", () => {
  expect([...REQUIRED]).toEqual([["hashicorp/aws", new Set([expect.stringMatching(/^\d+\.\d+\.\d+$/)])]]);
});

test("the lock file of the project, where there is one, is of that version", () => {
  const file = join(__dirname, "../..", LOCK_FILE);
  const problems = existsSync(file) ? lockProblems(readFileSync(file, "utf8"), REQUIRED) : [];
  expect(problems.map((problem) => `${problem}: npm run lock`)).toEqual([]);
});

test("sources are written out, and the constraints of several stacks come together", () => {
  const required = requiredProviders([
    {},
    { required_providers: { aws: { source: "aws", version: "6.25.0" }, random: {} } },
    { required_providers: { other: { source: "hashicorp/aws", version: "~> 6.0" } } },
    { required_providers: { own: { source: "registry.example.com/acme/own", version: "1.0.0" } } },
  ]);
  expect([...required]).toEqual([
    ["hashicorp/aws", new Set(["6.25.0", "~> 6.0"])],
    ["hashicorp/random", new Set([">= 0"])],
    ["registry.example.com/acme/own", new Set(["1.0.0"])],
  ]);
});

const AWS = "registry.terraform.io/hashicorp/aws";
const OPENTOFU_AWS = "registry.opentofu.org/hashicorp/aws";

test.each<[string, Record<string, string>, string[]]>([
  ["of one program", { [AWS]: "6.25.0" }, []],
  ["of both programs", { [OPENTOFU_AWS]: "6.25.0", [AWS]: "6.25.0" }, []],
  ["of more than is required", { [AWS]: "6.25.0", "registry.terraform.io/hashicorp/random": "1.0.0" }, []],
  ["of another version", { [AWS]: "6.24.0" }, [`has ${AWS} 6.24.0, and the stacks require 6.25.0`]],
  [
    "of a version that begins so",
    { [AWS]: "6.25.0-beta1" },
    [`has ${AWS} 6.25.0-beta1, and the stacks require 6.25.0`],
  ],
  [
    "of two versions",
    { [OPENTOFU_AWS]: "6.24.0", [AWS]: "6.25.0" },
    [`has ${OPENTOFU_AWS} 6.24.0, and the stacks require 6.25.0`],
  ],
  ["of another provider", { "registry.terraform.io/acme/aws": "6.25.0" }, ["has no hashicorp/aws"]],
  ["of nothing", {}, ["has no hashicorp/aws"]],
])("a lock file %s", (_, entries, problems) => {
  const required = new Map([["hashicorp/aws", new Set(["6.25.0"])]]);
  const told = problems.map((problem) => `${LOCK_FILE} ${problem}`);
  expect(lockProblems(lockFile(entries), required)).toEqual(told);
  // As git writes it on Windows.
  expect(lockProblems(lockFile(entries).replaceAll("\n", "\r\n"), required)).toEqual(told);
});

test("a range of versions is Terraform's to judge, and a registry that is named is that one alone", () => {
  const lock = lockFile({ [AWS]: "6.24.0", "registry.example.com/acme/own": "1.0.0" });
  const own = (source: string) => lockProblems(lock, new Map([[source, new Set(["1.0.0"])]]));
  expect(lockProblems(lock, new Map([["hashicorp/aws", new Set(["~> 6.25"])]]))).toEqual([]);
  expect(own("registry.example.com/acme/own")).toEqual([]);
  expect(own("registry.example.org/acme/own")).toEqual([`${LOCK_FILE} has no registry.example.org/acme/own`]);
});

test("what is locked is read from the file", () => {
  expect(lockedProviders(lockFile({ [OPENTOFU_AWS]: "6.24.0", [AWS]: "6.25.0" }))).toEqual([
    { address: OPENTOFU_AWS, version: "6.24.0" },
    { address: AWS, version: "6.25.0" },
  ]);
});

describe("beside each stack", () => {
  const file = join(folder, LOCK_FILE);
  const copies = () =>
    STACKS.map((stack) => join(stack, LOCK_FILE)).map(
      (copy) => existsSync(copy) && readFileSync(copy, "utf8"),
    );

  afterEach(() =>
    [file, ...STACKS.map((stack) => join(stack, LOCK_FILE))].forEach((one) => rmSync(one, { force: true })),
  );

  test("there is a copy, in place of what Terraform has written, and the JSON stays as it is", () => {
    const json = STACKS.map(jsonOf);
    const lock = lockFile({ [AWS]: PINNED });
    writeFileSync(file, lock);
    writeFileSync(join(STACKS[0] as string, LOCK_FILE), lockFile({ [AWS]: "1.0.0" }));
    expect(placeLock(app, file)).toEqual([]);
    expect(copies()).toEqual([lock, lock]);
    expect(STACKS.map(jsonOf)).toEqual(json);
  });

  test("there is none of another version, nor an earlier copy", () => {
    writeFileSync(file, lockFile({ [AWS]: PINNED }));
    placeLock(app, file);
    writeFileSync(file, lockFile({ [AWS]: "1.0.0" }));
    expect(placeLock(app, file)).toEqual([`${LOCK_FILE} has ${AWS} 1.0.0, and the stacks require ${PINNED}`]);
    expect(copies()).toEqual([false, false]);
  });

  test("that of Terraform stays where the project has none", () => {
    writeFileSync(join(STACKS[0] as string, LOCK_FILE), "of Terraform");
    expect(placeLock(app, file)).toEqual([]);
    expect(copies()).toEqual(["of Terraform", false]);
  });
});
