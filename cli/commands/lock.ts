import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import {
  LOCK_FILE,
  REGISTRIES,
  lockOf,
  lockedProviders,
  requiredProviders,
} from "../../stacks/provider-lock";
import { Failure } from "../terminal/failure";
import { progress } from "../terminal/progress";
import { inScratchFolder } from "../process/scratch-folder";
import { readSynthesized } from "../assembly/stacks";
import { print } from "../terminal/output";
import { terraformReason } from "../terraform/messages";
import { terraform, terraformName, terraformProgram } from "../terraform/program";

/** Where people work, and where pipelines and HCP Terraform run. */
const PLATFORMS = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64"];

/** `npm run lock`: the checksums of the providers, kept in the project. */
export const lock = new Command()
  .description(
    `Writes ${LOCK_FILE}, the checksums of the pinned providers for ${PLATFORMS.join(", ")}, which synthesis puts ` +
      "beside each stack. Options are those of terraform providers lock.",
  )
  .argument(
    "[options...]",
    "such as -fs-mirror=<folder>, -net-mirror=<url>, -platform=<platform> for other platforms",
  )
  .allowUnknownOption()
  .action(async (_options: unknown, _parsed: unknown, { args }: Command) => {
    terraformProgram();
    const blocks = await inScratchFolder(async (folder) => synthesizedBlocks(folder));
    const before = existsSync(LOCK_FILE) ? readFileSync(LOCK_FILE, "utf8") : "";
    const after = await inScratchFolder((folder) => lockIn(folder, blocks, before, args));
    writeFileSync(LOCK_FILE, after);
    const now = lockedProviders(after);
    now.forEach(({ address, version }) => print(`${LOCK_FILE} has ${address} ${version}`));
    lockedProviders(before)
      .filter(({ address }) => !now.some((one) => one.address === address))
      .forEach(({ address, version }) => print(`${LOCK_FILE} no longer has ${address} ${version}`));
    print("next:  npm start, and commit the file");
  });

/** The `terraform` blocks of all environments: not only of those that ENVIRONMENT names, or that were synthesized before. */
function synthesizedBlocks(folder: string): object[] {
  const { app } = JSON.parse(readFileSync("cdktf.json", "utf8")) as { app: string };
  const outdir = join(folder, "cdktf.out");
  const { status, stderr } = spawnSync(app, {
    shell: true,
    encoding: "utf8",
    env: { ...process.env, ENVIRONMENT: "", CDKTF_OUTDIR: outdir },
  });
  if (status !== 0) {
    throw new Failure(stderr.trim());
  }
  return readSynthesized(outdir).map((stack) => stack.terraform);
}

/** Locks in a folder where there is nothing but the providers, so that neither state nor credentials are asked for. */
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
  const chosen = args.some((arg) => /^--?platform\b/.test(arg));
  const options = [
    ...(chosen ? [] : PLATFORMS.map((platform) => `-platform=${platform}`)),
    ...args.map(fromHere),
  ];
  const { status, stderr } = await progress("fetching providers, to take their checksums", () =>
    terraform(folder, "providers", "lock", "-no-color", ...options),
  );
  if (status !== 0) {
    throw new Failure(`${LOCK_FILE} is not written: ${reason(stderr)}`);
  }
  return readFileSync(join(folder, LOCK_FILE), "utf8");
}

/** A folder is meant from where the command was given. */
function fromHere(arg: string, index: number, args: readonly string[]): string {
  // Terraform takes the folder after = and as the next argument.
  if (/^--?fs-mirror$/.test(args[index - 1] ?? "")) {
    return resolve(arg);
  }
  return arg.replace(/^(--?fs-mirror=)(.+)$/, (_, option: string, path: string) => option + resolve(path));
}

/** Why there is no lock, and what to do. */
function reason(said: string): string {
  const [, option] = /flag provided but not defined: (\S+)/.exec(said) ?? [];
  if (option !== undefined) {
    return `no option ${option}; npm run lock -- --help`;
  }
  // After a heading of some lines comes a list of providers.
  const [, listed = said] = /could not be[│\s]+installed:[│\s]+- ([\s\S]+)/.exec(said) ?? [];
  const why = terraformReason(listed).replace(/\.$/, "");
  if (why.includes("is not available for")) {
    return `${why}: name the platforms there are, such as npm run lock -- -platform=linux_amd64`;
  }
  return /could not (connect|query)|no available releases/.test(why)
    ? `${why}: let ${terraformName()} reach its registry, or name a mirror, npm run lock -- -fs-mirror=<folder>`
    : why;
}
