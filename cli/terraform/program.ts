import { Failure } from "../terminal/failure";
import { type ProcessResult, capture, findProgram } from "../process/run";
import type { SynthesizedStack } from "../assembly/stacks";

/** Where Terraform comes from. */
export const INSTALL_PAGE = "https://developer.hashicorp.com/terraform/install";

/** Terraform 1 of this minor version is the oldest that understands any stack. */
const OLDEST_MINOR = 4;

/**
 * The program that is Terraform here: OpenTofu where TERRAFORM_BINARY_NAME says so, as with the cdktf CLI.
 *
 * @param stacks those that it is to understand, for the version that a message names
 * @throws where there is none on the PATH.
 */
export function terraformProgram(stacks: readonly Pick<SynthesizedStack, "terraform">[] = []): string {
  const name = terraformName();
  const program = findProgram(name);
  if (program === undefined) {
    throw new Failure(
      `no ${name} on the PATH: install Terraform (${requiredVersion(stacks)}: ${INSTALL_PAGE}), or name another program ` +
        "in TERRAFORM_BINARY_NAME",
    );
  }
  return program;
}

/** The oldest version that understands all stacks, such as `1.10 or later`. */
export function requiredVersion(stacks: readonly Pick<SynthesizedStack, "terraform">[]): string {
  if (stacks.length === 0) {
    return `1.${OLDEST_MINOR} or later; 1.7 for recorded sessions, 1.10 for state in S3`;
  }
  const minors = stacks.map(({ terraform }) => /^>= 1\.(\d+)$/.exec(String(terraform.required_version))?.[1]);
  return `1.${Math.max(OLDEST_MINOR, ...minors.map((minor = "0") => Number(minor)))} or later`;
}

/** How that program is called. */
export function terraformName(): string {
  return process.env.TERRAFORM_BINARY_NAME || "terraform";
}

/** What Terraform is told by its environment: it asks nobody, and phones nobody. */
export function terraformEnv(): NodeJS.ProcessEnv {
  return { ...process.env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0" };
}

/** Runs Terraform in a folder to its end, and keeps what it says. */
export function terraform(folder: string, ...args: readonly string[]): Promise<ProcessResult> {
  return capture(terraformProgram(), [...args], { cwd: folder, env: terraformEnv() });
}
