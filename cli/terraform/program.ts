import { relative } from "node:path";
import { Failure } from "../terminal/failure";
import { findProgram, whyNotFound } from "../process/find-program";
import { type ProcessResult, capture } from "../process/run";
import type { SynthesizedStack } from "../assembly/stacks";

/** Where people get Terraform. */
export const INSTALL_PAGE = "https://developer.hashicorp.com/terraform/install";

const OPENTOFU = "tofu";

/** No stack works with Terraform 1 of an older minor version than this. */
const OLDEST_MINOR = 4;

/** The path of Terraform, or of OpenTofu if TERRAFORM_BINARY_NAME says so, as with the cdktf CLI. */
export function terraformProgram(stacks: readonly Pick<SynthesizedStack, "terraform">[] = []): string {
  const name = terraformName();
  const program = findProgram(name);
  if (program === undefined) {
    const another =
      name !== OPENTOFU && findProgram(OPENTOFU) !== undefined
        ? `or set TERRAFORM_BINARY_NAME=${OPENTOFU}, which is there`
        : "or name another program in TERRAFORM_BINARY_NAME";
    throw new Failure(
      `${whyNotFound(name)}: install Terraform (${requiredVersion(stacks)}: ${INSTALL_PAGE}), ${another}`,
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

/** The name of the program. */
export function terraformName(): string {
  return process.env.TERRAFORM_BINARY_NAME || "terraform";
}

/** The beginning of a command that a person is to run in a stack's folder. */
export function terraformIn({ folder }: SynthesizedStack): string {
  return `${terraformName()} -chdir=${relative("", folder)}`;
}

/** Terraform's environment: it asks nobody and phones nobody. */
export function terraformEnv(): NodeJS.ProcessEnv {
  return { ...process.env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0" };
}

/** Runs Terraform in a folder to its end, and keeps its output. */
export function terraform(folder: string, ...args: readonly string[]): Promise<ProcessResult> {
  return capture(terraformProgram(), [...args], { cwd: folder, env: terraformEnv() });
}

/**
 * The JSON that Terraform has written. A script in its place may say something of its own before.
 *
 * @throws where there is none.
 */
export function terraformJson(text: string): unknown {
  try {
    return JSON.parse(text.slice(Math.max(0, text.search(/^\{/m))));
  } catch {
    const [first = ""] = text.trim().split("\n");
    throw new Failure(
      `${findProgram(terraformName()) ?? terraformName()} does not answer as Terraform does, but ${JSON.stringify(first.slice(0, 80))}: ` +
        "name Terraform itself in TERRAFORM_BINARY_NAME",
    );
  }
}
