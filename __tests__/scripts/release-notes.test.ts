import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Release, releaseNotes } from "../../scripts/release-notes";
import { runIn } from "../support/project";

const ROOT = resolve(__dirname, "../..");

const CHANGELOG = `# Changelog

What each version has.

## 0.2.0, 2027-01-31

### Commands

- \`deploy\` is faster ([commands](docs/commands.md#deploy), [CDK](https://cdktn.io), [above](#changelog)).

## 0.1.0, 2026-12-01

- The first.

## 0.0.1, unreleased

- Not out.

## 0.0.0, 2026-01-01
`;

const GOOD: Release = {
  tag: "v0.2.0",
  manifest: { version: "0.2.0", repository: "github:acme/sessions" },
  changelog: CHANGELOG,
  releasedFrom: "acme/sessions",
};

const notesOf = (changed: Partial<Release>): string => releaseNotes({ ...GOOD, ...changed });

test("the notes are the version's section, with links into the tagged repository", () => {
  expect(notesOf({})).toBe(
    "### Commands\n\n" +
      "- `deploy` is faster ([commands](https://github.com/acme/sessions/blob/v0.2.0/docs/commands.md#deploy), " +
      "[CDK](https://cdktn.io), [above](#changelog)).",
  );
  expect(notesOf({ tag: "v0.1.0", manifest: { ...GOOD.manifest, version: "0.1.0" } })).toBe("- The first.");
});

test.each([
  ["github:acme/sessions"],
  ["acme/sessions"],
  ["https://github.com/Acme/sessions"],
  [{ url: "git+https://github.com/acme/sessions.git" }],
  [{ url: "git+ssh://git@github.com/acme/sessions.git" }],
  [{ url: "git@github.com:acme/sessions.git" }],
])("a repository may be named as %j", (repository) => {
  expect(notesOf({ manifest: { version: "0.2.0", repository } })).toContain("`deploy` is faster");
});

describe("refuses, and says what to do", () => {
  const version = (version: string): Partial<Release> => ({
    tag: `v${version}`,
    manifest: { ...GOOD.manifest, version },
  });
  test.each<[string, Partial<Release>, string]>([
    [
      "a tag of another version",
      { tag: "v0.1.0" },
      "the tag is v0.1.0, and package.json has version 0.2.0: push the tag v0.2.0, or set the version to that of the tag first",
    ],
    [
      "a tag without its v",
      { tag: "0.2.0" },
      "the tag is 0.2.0, and package.json has version 0.2.0: push the tag v0.2.0, or set the version to that of the tag first",
    ],
    [
      "a version that the changelog does not have",
      version("0.2.1"),
      'CHANGELOG.md has no section for 0.2.1: write one under "## 0.2.1, <date>"',
    ],
    [
      "a version of which the changelog has only a longer one",
      version("0.2"),
      'CHANGELOG.md has no section for 0.2: write one under "## 0.2, <date>"',
    ],
    [
      "a version that is not released",
      version("0.0.1"),
      "CHANGELOG.md calls 0.0.1 unreleased: write the date of the release in place of that",
    ],
    [
      "a version of which nothing is said",
      version("0.0.0"),
      "the section of CHANGELOG.md for 0.0.0 is empty: write what people will notice",
    ],
    [
      "a package without a repository",
      { manifest: { version: "0.2.0" } },
      "package.json names no repository on GitHub, and npm takes provenance only where it names the one that publishes: " +
        'set "repository": { "type": "git", "url": "git+https://github.com/acme/sessions.git" }',
    ],
    [
      "a repository elsewhere",
      { manifest: { version: "0.2.0", repository: "gitlab:acme/sessions" }, releasedFrom: undefined },
      "package.json names no repository on GitHub, and npm takes provenance only where it names the one that publishes: " +
        'set "repository": { "type": "git", "url": "git+https://github.com/<owner>/<name>.git" }',
    ],
    [
      "another repository",
      { releasedFrom: "fork/sessions" },
      "package.json names the repository acme/sessions, and this is released from fork/sessions, where npm takes no provenance for it: " +
        "release it from there, or name this one",
    ],
  ])("%s", (_, changed, message) => {
    expect(() => notesOf(changed)).toThrow(new Error(message));
  });

  test("all at once", () => {
    const all = { ...version("0.2.1"), tag: "v3", releasedFrom: "fork/sessions" };
    expect(() => notesOf(all)).toThrow(
      /^the tag is v3.*\nCHANGELOG\.md has no section.*\npackage\.json names.*$/,
    );
  });
});

describe("as the workflow runs it", () => {
  const folder = mkdtempSync(join(tmpdir(), "release-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "scripts"));
  mkdirSync(join(folder, "node_modules"));
  for (const file of ["register-typescript.js", "scripts/release-notes.ts"]) {
    cpSync(join(ROOT, file), join(folder, file));
  }
  for (const name of ["pirates", "sucrase"]) {
    symlinkSync(dirname(require.resolve(`${name}/package.json`)), join(folder, "node_modules", name));
  }
  writeFileSync(join(folder, "CHANGELOG.md"), CHANGELOG);
  writeFileSync(join(folder, "package.json"), JSON.stringify(GOOD.manifest));

  const workflow = readFileSync(join(ROOT, ".github/workflows/release.yml"), "utf8");
  const [, command = ""] = /run: (node .*release-notes\.ts "\$GITHUB_REF_NAME")$/m.exec(workflow) ?? [];
  const run = (tag: string) =>
    runIn(folder, command, { GITHUB_REF_NAME: tag, GITHUB_REPOSITORY: "acme/sessions" });

  test("it prints the notes of a good tag", () => {
    expect(run("v0.2.0")).toEqual({ status: 0, stdout: `${notesOf({})}\n`, stderr: "" });
  });

  test("it fails in words on another", () => {
    expect(run("v0.3.0")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "the tag is v0.3.0, and package.json has version 0.2.0: push the tag v0.2.0, or set the version to that of the tag first\n",
    });
  });
});

test("every action of the workflows is pinned by its commit, with the version beside it", () => {
  const workflows = join(ROOT, ".github/workflows");
  const used = readdirSync(workflows).flatMap((file) =>
    [...readFileSync(join(workflows, file), "utf8").matchAll(/uses: (.*)$/gm)].map(
      ([, action = ""]) => action,
    ),
  );
  expect(used.length).toBeGreaterThan(5);
  expect(used.filter((action) => !/^(\.\/\S+|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(action))).toEqual(
    [],
  );
});
