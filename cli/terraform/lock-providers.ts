import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { LOCK_FILE, REGISTRIES, lockOf, requiredProviders } from "../../stacks/provider-lock";
import { readSynthesized } from "../assembly/stacks";
import { synthesizeAll } from "../assembly/synthesize";
import { inScratchFolder } from "../process/scratch-folder";
import { Failure } from "../terminal/failure";
import { progress } from "../terminal/progress";
import { terraformReason } from "./messages";
import { terraform, terraformName, terraformProgram } from "./program";

/** Where people work, and where pipelines and HCP Terraform run. */
export const PLATFORMS = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64"];

/** Writes the checksums of the providers that all environments require, with options of `terraform providers lock`. */
export async function lockProviders(args: readonly string[]): Promise<{ before: string; after: string }> {
  terraformProgram();
  // All environments count, not only those that ENVIRONMENT names or that were synthesized before.
  const blocks = await inScratchFolder(async (folder) => {
    const { status, stderr } = synthesizeAll(folder, "pipe");
    if (status !== 0) {
      throw new Failure(stderr.trim());
    }
    return readSynthesized(folder).map((stack) => stack.terraform);
  });
  const before = existsSync(LOCK_FILE) ? readFileSync(LOCK_FILE, "utf8") : "";
  const after = await inScratchFolder((folder) => lockIn(folder, blocks, before, args));
  writeFileSync(LOCK_FILE, after);
  return { before, after };
}

/** Locks in a folder that has nothing but the providers, so that neither state nor credentials are needed. */
async function lockIn(
  folder: string,
  blocks: readonly object[],
  before: string,
  args: readonly string[],
): Promise<string> {
  const providers = [...requiredProviders(blocks)].map(([source, constraints], index) => [
    `provider-${index}`,
    { source, version: [...constraints].join(", ") },
  ]);
  const configuration = { terraform: { required_providers: Object.fromEntries(providers) as object } };
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(configuration));
  // Entries of the other program are kept. Terraform does not go on from another version.
  const ofBoth = Object.values(REGISTRIES).flatMap((registry) => [...requiredProviders(blocks, registry)]);
  writeFileSync(join(folder, LOCK_FILE), lockOf(before, new Map(ofBoth)));
  const hasPlatform = args.some((arg) => /^--?platform\b/.test(arg));
  const platforms = hasPlatform ? [] : PLATFORMS.map((platform) => `-platform=${platform}`);
  const options = [...platforms, ...args.map(fromHere)];
  const { status, stderr } = await progress("fetching providers, to take their checksums", () =>
    terraform(folder, "providers", "lock", "-no-color", ...options),
  );
  if (status !== 0) {
    throw new Failure(`${LOCK_FILE} is not written: ${lockReason(stderr)}`);
  }
  return readFileSync(join(folder, LOCK_FILE), "utf8");
}

/** Resolves the folder of `-fs-mirror`, after = or as the next argument, from where the command was given. */
function fromHere(arg: string, index: number, args: readonly string[]): string {
  if (/^--?fs-mirror$/.test(args[index - 1] ?? "")) {
    return resolve(arg);
  }
  return arg.replace(/^(--?fs-mirror=)(.+)$/, (_, option: string, path: string) => option + resolve(path));
}

function lockReason(output: string): string {
  const option = /flag provided but not defined: (\S+)/.exec(output)?.[1];
  if (option !== undefined) {
    return `no option ${option}; npm run lock -- --help`;
  }
  // A heading of some lines comes before the list of providers.
  const listed = /could not be[│\s]+installed:[│\s]+- ([\s\S]+)/.exec(output)?.[1] ?? output;
  const reason = terraformReason(listed).replace(/\.$/, "");
  if (reason.includes("is not available for")) {
    return `${reason}: name the platforms there are, such as npm run lock -- -platform=linux_amd64`;
  }
  return /could not (connect|query)|no available releases/.test(reason)
    ? `${reason}: let ${terraformName()} reach its registry, or name a mirror, npm run lock -- -fs-mirror=<folder>`
    : reason;
}
