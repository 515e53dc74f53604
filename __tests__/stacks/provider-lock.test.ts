import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { addStacks } from "../../stacks";
import {
  LOCK_FILE,
  REGISTRIES,
  lockOf,
  lockProblems,
  lockedProviders,
  placeLock,
  requiredProviders,
  usesOpenTofu,
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
const BLOCKS = STACKS.map((stack) => jsonOf(stack).terraform);
const AWS = "registry.terraform.io/hashicorp/aws";
const OPENTOFU_AWS = "registry.opentofu.org/hashicorp/aws";
const REQUIRED = requiredProviders(BLOCKS, REGISTRIES.terraform);
const [PINNED = ""] = REQUIRED.get(AWS) ?? [];

test("all stacks pin one version of the AWS provider, and nothing else", () => {
  expect([...REQUIRED]).toEqual([[AWS, new Set([expect.stringMatching(/^\d+\.\d+\.\d+$/)])]]);
});

test("the lock file of the project, where there is one, is of that version: else npm run lock", () => {
  const file = join(__dirname, "../..", LOCK_FILE);
  const locked = existsSync(file)
    ? lockedProviders(readFileSync(file, "utf8"))
    : [{ address: AWS, version: PINNED }];
  const versions = locked
    .filter(({ address }) => [AWS, OPENTOFU_AWS].includes(address))
    .map((one) => one.version);
  expect(new Set(versions)).toEqual(new Set([PINNED]));
});

test.each([
  ["tofu", true],
  ["/usr/local/bin/tofu", true],
  ["C:\\tofu.exe", true],
  ["terraform", false],
  ["/opt/tofu/terraform", false],
  ["", false],
])("a program called %j is OpenTofu: %s", (program, expected) => {
  expect(usesOpenTofu(program)).toBe(expected);
});

test("sources are written out, and the constraints of several stacks come together", () => {
  const blocks = [
    {},
    { required_providers: { aws: { source: "aws", version: "6.25.0" }, random: {} } },
    { required_providers: { other: { source: "hashicorp/aws", version: "~> 6.0" } } },
    { required_providers: { own: { source: "registry.example.com/acme/own", version: "1.0.0" } } },
  ];
  for (const registry of Object.values(REGISTRIES)) {
    expect([...requiredProviders(blocks, registry)]).toEqual([
      [`${registry}/hashicorp/aws`, new Set(["6.25.0", "~> 6.0"])],
      [`${registry}/hashicorp/random`, new Set([">= 0"])],
      ["registry.example.com/acme/own", new Set(["1.0.0"])],
    ]);
  }
});

const RANDOM = "registry.terraform.io/hashicorp/random";
const AWS_6_25 = new Map([[AWS, new Set(["6.25.0"])]]);
const WHOLE = { [AWS]: "6.25.0" };

test.each<[string, Record<string, string>, string[], Record<string, string>]>([
  ["of what is required", WHOLE, [], WHOLE],
  ["of both programs", { [OPENTOFU_AWS]: "6.24.0", [AWS]: "6.25.0" }, [], WHOLE],
  ["of more than is required", { [AWS]: "6.25.0", [RANDOM]: "1.0.0" }, [], WHOLE],
  ["of another version", { [AWS]: "6.24.0" }, [`has ${AWS} 6.24.0, and the stacks require 6.25.0`], {}],
  [
    "of a version that begins so",
    { [AWS]: "6.25.0-beta1" },
    [`has ${AWS} 6.25.0-beta1, and the stacks require 6.25.0`],
    {},
  ],
  ["of the other program", { [OPENTOFU_AWS]: "6.25.0" }, [`has no ${AWS}`], {}],
  ["of another provider", { "registry.terraform.io/acme/aws": "6.25.0" }, [`has no ${AWS}`], {}],
  ["of nothing", {}, [`has no ${AWS}`], {}],
])("a lock file %s", (_, entries, problems, kept) => {
  const lock = lockFile(entries);
  const told = problems.map((problem) => `${LOCK_FILE} ${problem}`);
  expect(lockProblems(lock, AWS_6_25)).toEqual(told);
  expect(lockOf(lock, AWS_6_25)).toBe(lockFile(kept));
  // As git writes it on Windows.
  const windows = lock.replaceAll("\n", "\r\n");
  expect(lockProblems(windows, AWS_6_25)).toEqual(told);
  expect(lockedProviders(lockOf(windows, AWS_6_25))).toEqual(lockedProviders(lockFile(kept)));
});

test("a range of versions is Terraform's to judge", () => {
  const lock = lockFile({ [AWS]: "6.24.0" });
  const ranges = new Map([[AWS, new Set(["~> 6.25", ">= 7"])]]);
  expect(lockProblems(lock, ranges)).toEqual([]);
  expect(lockOf(lock, ranges)).toBe(lock);
});

test("what is locked is read from the file", () => {
  expect(lockedProviders(lockFile({ [OPENTOFU_AWS]: "6.24.0", [AWS]: "6.25.0" }))).toEqual([
    { address: OPENTOFU_AWS, version: "6.24.0" },
    { address: AWS, version: "6.25.0" },
  ]);
});

describe("beside each stack", () => {
  const file = join(folder, LOCK_FILE);
  const address = usesOpenTofu() ? OPENTOFU_AWS : AWS;
  const copies = () =>
    STACKS.map((stack) => join(stack, LOCK_FILE)).map(
      (copy) => existsSync(copy) && readFileSync(copy, "utf8"),
    );

  afterEach(() =>
    [file, ...STACKS.map((stack) => join(stack, LOCK_FILE))].forEach((one) => rmSync(one, { force: true })),
  );

  test("there is what a stack requires, in place of what Terraform has written, and the JSON stays as it is", () => {
    const json = STACKS.map(jsonOf);
    writeFileSync(file, lockFile({ [OPENTOFU_AWS]: PINNED, [AWS]: PINNED, [RANDOM]: "1.0.0" }));
    writeFileSync(join(STACKS[0] as string, LOCK_FILE), lockFile({ [address]: "1.0.0" }));
    expect(placeLock(app, file)).toEqual([]);
    const copy = lockFile({ [address]: PINNED });
    expect(copies()).toEqual([copy, copy]);
    expect(STACKS.map(jsonOf)).toEqual(json);
  });

  test("there is none of another version, and that of Terraform only where it is of the right one", () => {
    writeFileSync(file, lockFile({ [address]: "1.0.0" }));
    writeFileSync(join(STACKS[0] as string, LOCK_FILE), lockFile({ [address]: "1.0.0" }));
    writeFileSync(join(STACKS[1] as string, LOCK_FILE), lockFile({ [address]: PINNED }));
    expect(placeLock(app, file)).toEqual([
      `${LOCK_FILE} has ${address} 1.0.0, and the stacks require ${PINNED}`,
    ]);
    expect(copies()).toEqual([false, lockFile({ [address]: PINNED })]);
  });

  test("that of Terraform stays where the project has none", () => {
    writeFileSync(join(STACKS[0] as string, LOCK_FILE), "of Terraform");
    expect(placeLock(app, file)).toEqual([]);
    expect(copies()).toEqual(["of Terraform", false]);
  });
});
