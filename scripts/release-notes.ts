import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a release is made of. */
export interface Release {
  /** The tag that was pushed, such as `v0.1.0`. */
  readonly tag: string;
  /** The fields of package.json that a release depends on. */
  readonly manifest: { readonly version: string; readonly repository?: string | { readonly url?: string } };
  /** The text of CHANGELOG.md. */
  readonly changelog: string;
  /** `<owner>/<name>` of the repository that releases, where that is known. */
  readonly releasedFrom?: string;
}

/**
 * The section of the changelog for a tag, with links that lead into the repository as it was tagged.
 *
 * @throws one error that lists, a line each, all that has to be mended before this can be released.
 */
export function releaseNotes({ tag, manifest, changelog, releasedFrom }: Release): string {
  const { version } = manifest;
  const repository = repositoryOf(manifest);
  const { heading, text } = sectionOf(changelog, version);
  const problems: string[] = [];
  if (tag !== `v${version}`) {
    problems.push(
      `the tag is ${tag}, and package.json has version ${version}: push the tag v${version}, or set the version to that of the tag first`,
    );
  }
  if (heading === undefined) {
    problems.push(`CHANGELOG.md has no section for ${version}: write one under "## ${version}, <date>"`);
  } else if (heading.includes("unreleased")) {
    problems.push(`CHANGELOG.md calls ${version} unreleased: write the date of the release in place of that`);
  } else if (text === "") {
    problems.push(`the section of CHANGELOG.md for ${version} is empty: write what people will notice`);
  }
  if (repository === undefined) {
    const url = `git+https://github.com/${releasedFrom ?? "<owner>/<name>"}.git`;
    problems.push(
      "package.json names no repository on GitHub, and npm takes provenance only where it names the one that publishes: " +
        `set "repository": { "type": "git", "url": "${url}" }`,
    );
  } else if (releasedFrom !== undefined && repository.toLowerCase() !== releasedFrom.toLowerCase()) {
    problems.push(
      `package.json names the repository ${repository}, and this is released from ${releasedFrom}, where npm takes no provenance for it: ` +
        "release it from there, or name this one",
    );
  }
  if (problems.length > 0) {
    throw new Error(problems.join("\n"));
  }
  return text.replace(/\]\((?!https?:|#)/g, `](https://github.com/${repository}/blob/${tag}/`);
}

/** `<owner>/<name>` of the repository on GitHub that package.json names, in whichever form npm allows. */
function repositoryOf({ repository }: Release["manifest"]): string | undefined {
  const named = typeof repository === "string" ? repository : repository?.url;
  return /^(?:github:|.*github\.com[/:])?([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(named ?? "")?.[1];
}

/** The section of a version: its heading, such as `## 0.1.0, 2027-01-31`, and what is below it up to the next one. */
function sectionOf(changelog: string, version: string): { heading?: string; text: string } {
  const sections = changelog.split(/^(?=## )/m);
  const section = sections.find(
    (one) => one.startsWith(`## ${version}\n`) || one.startsWith(`## ${version},`),
  );
  if (section === undefined) {
    return { text: "" };
  }
  const end = section.indexOf("\n");
  return { heading: section.slice(0, end), text: section.slice(end).trim() };
}

if (require.main === module) {
  const [, , tag = ""] = process.argv;
  const read = (file: string): string => readFileSync(join(__dirname, "..", file), "utf8");
  try {
    const notes = releaseNotes({
      tag,
      manifest: JSON.parse(read("package.json")) as Release["manifest"],
      changelog: read("CHANGELOG.md"),
      releasedFrom: process.env.GITHUB_REPOSITORY,
    });
    console.log(notes);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
