import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leaveOutUnknown } from "./leave-out-unknown";
import { terraformEnv as commandsEnv } from "../../cli/terraform/program";

/** The program that the tests take for Terraform. */
export const BINARY = process.env.TERRAFORM_BINARY_NAME ?? "terraform";

/** What a call of Terraform came to. Lines are not wrapped and carry no colour. */
export interface TerraformResult {
  readonly status: number | null;
  readonly output: string;
}

/** Runs Terraform for real, in a stack's folder. */
export function terraform(folder: string, ...args: string[]): TerraformResult {
  const { status, stdout, stderr } = spawnSync(BINARY, [...args, "-no-color"], {
    cwd: folder,
    encoding: "utf8",
    env: terraformEnv(),
  });
  // Messages are wrapped to 78 columns where there is no terminal.
  return { status, output: `${stdout}${stderr}`.replace(/\s+/g, " ") };
}

/** The version of the AWS provider that the JSON pins. */
export function pinnedProvider(): string {
  const manifest = readFileSync(require.resolve("@cdktf/provider-aws/package.json"), "utf8");
  return (JSON.parse(manifest) as { cdktf: { provider: { version: string } } }).cdktf.provider.version;
}

/** What it is told by its environment: as the commands tell it, and that many tests share one cache of providers. */
export function terraformEnv(): NodeJS.ProcessEnv {
  return { ...commandsEnv(), TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1" };
}

/** `describe` where the binary is there; elsewhere a skip, with a notice. */
export function describeTerraform(name: string, tests: () => void): void {
  if (spawnSync(BINARY, ["version"]).status === 0) {
    describe(name, tests);
  } else {
    skip(name, `there is no ${BINARY} on the PATH`, tests);
  }
}

/**
 * `describe` where Terraform finds the AWS provider of the pinned version without downloading it for every run;
 * elsewhere a skip, with a notice.
 */
export function describeProvider(name: string, version: string, tests: () => void): void {
  const missing = whyNoProvider(version);
  if (missing === undefined) {
    describe(name, tests);
  } else {
    skip(name, missing, tests);
  }
}

/**
 * Takes out of JSON what the provider does not know that was found: a mirror may have an older one under the pinned
 * version's name. Says so; a provider of the pinned version is given everything.
 *
 * @param root the configuration, initialized
 * @param folder where the JSON is, that of modules included
 */
export function fitProvider(root: string, folder = root): void {
  const { output } = terraform(root, "validate");
  if (!output.includes('No argument or block type is named "deletion_protection_enabled"')) {
    return;
  }
  process.stderr.write("notice: an older AWS provider than the pinned one: left out what it does not know\n");
  leaveOutUnknown(folder);
}

/** Why Terraform does not have the AWS provider; undefined where it has. */
export function whyNoProvider(version: string): string | undefined {
  if (!process.env.TF_PLUGIN_CACHE_DIR && !process.env.TF_CLI_CONFIG_FILE) {
    return "set TF_PLUGIN_CACHE_DIR to have the AWS provider downloaded once and used";
  }
  const folder = mkdtempSync(join(tmpdir(), "provider-"));
  // Nothing but the provider, so that no mistake of ours is taken for a provider that is not there.
  const configuration = { terraform: { required_providers: { aws: { source: "aws", version } } } };
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(configuration));
  const { status } = terraform(folder, "init", "-backend=false");
  rmSync(folder, { recursive: true });
  return status === 0 ? undefined : `${BINARY} finds no AWS provider of the pinned version`;
}

function skip(name: string, reason: string, tests: () => void): void {
  process.stderr.write(`skipped: ${name}: ${reason}\n`);
  describe.skip(name, tests);
}
