import { Failure } from "../failure";
import { type ProcessResult, capture, findProgram } from "../processes";
import { paint } from "../terminal";

/**
 * The program that is Terraform here: OpenTofu where TERRAFORM_BINARY_NAME says so, as with the cdktf CLI.
 *
 * @throws where there is none on the PATH.
 */
export function terraformProgram(): string {
  const name = terraformName();
  const program = findProgram(name);
  if (program === undefined) {
    throw new Failure(
      `no ${name} on the PATH: install Terraform (https://developer.hashicorp.com/terraform/install), or name ` +
        "another program in TERRAFORM_BINARY_NAME",
    );
  }
  return program;
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

/** Runs Terraform in a folder to its end, for a person to watch: what it says goes on to the terminal. */
export function showTerraform(folder: string, ...args: readonly string[]): Promise<ProcessResult> {
  return capture(terraformProgram(), [...args, ...(paint.isColorSupported ? [] : ["-no-color"])], {
    cwd: folder,
    env: terraformEnv(),
    show: true,
  });
}

/** Lines that point into JSON which nobody has written by hand. */
const SOURCE = /^(with .+,$|on .+ line \d+|in .+:$|\d+: )/;

/** What Terraform's messages come to: their text without frame, headings and colours, in one line. */
export function terraformReason(output: string): string {
  const lines = plainLines(output);
  // The first error of init only says that there are others.
  const start = lines.findIndex((line) => /^Error: (?!Terraform encountered problems)/.test(line));
  return (start < 0 ? lines : lines.slice(start))
    .filter((line) => line !== "" && !SOURCE.test(line))
    .slice(0, 6)
    .join(" ")
    .replace(/^Error: /, "");
}

/** Who keeps Terraform from a state, in one line; undefined where its messages name no lock. */
export function terraformLock(output: string): string | undefined {
  const lines = plainLines(output);
  if (!lines.includes("Error: Error acquiring the state lock")) {
    return undefined;
  }
  const told = (label: string): string | undefined =>
    lines
      .find((line) => line.startsWith(`${label}: `))
      ?.slice(label.length + 1)
      .trim();
  const since = told("Created")?.replace(/\.\d+ .*/, " UTC");
  const operation = told("Operation")?.replace("OperationType", "").toLowerCase();
  return (
    `its state is locked by ${told("Who") ?? "somebody"}` +
    (since === undefined ? "" : ` since ${since}`) +
    (operation === undefined ? "" : ` (${operation})`)
  );
}

function plainLines(output: string): string[] {
  return (
    output
      // eslint-disable-next-line no-control-regex -- colours begin with the escape character
      .replace(/\u001b\[[0-9;]*m/g, "")
      .split("\n")
      .map((line) => line.replace(/^[│╷╵|\s]+/, "").trim())
  );
}
