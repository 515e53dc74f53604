import type { ProcessResult } from "../process/run";
import type { SynthesizedStack } from "../assembly/stacks";
import { isInitNeeded } from "./messages";
import type { TerraformRun } from "./run";

/** How Terraform ended in a folder that had perhaps to be initialized. */
export interface InitializedResult extends ProcessResult {
  /** Whether the folder could not be initialized, so that what was asked for was not begun. */
  readonly isInitFailed?: true;
}

/**
 * Runs Terraform in a stack's folder, which is initialized where Terraform says that it must be. Mostly it is initialized
 * already, and another `init` would take as long as a third of a plan.
 */
export async function runInitialized(
  run: TerraformRun,
  stack: SynthesizedStack,
  args: readonly string[],
): Promise<InitializedResult> {
  const first = await run.terraform(stack, args);
  if (!isInitNeeded(first)) {
    return first;
  }
  run.forgetFailure(stack);
  const initialized = await init(run, stack);
  return initialized.status === 0 ? run.terraform(stack, args) : { ...initialized, isInitFailed: true };
}

async function init(run: TerraformRun, stack: SynthesizedStack): Promise<ProcessResult> {
  const args = ["init", "-input=false", "-no-color"];
  const result = await run.alone(async (terraform) => {
    const first = await terraform(stack, args);
    if (first.status === 0 || !/\binit -upgrade\b/.test(first.stderr)) {
      return first;
    }
    // The lock file that Terraform has left beside the stack is of an older version of the project.
    run.forgetFailure(stack);
    return terraform(stack, [...args, "-upgrade"]);
  });
  if (result.stdout.includes("Incomplete lock file information for providers")) {
    run.tellOnce(
      "checksums of the AWS provider are known for this platform alone, as it came from a mirror: npm run lock gets those of others",
    );
  }
  return result;
}
