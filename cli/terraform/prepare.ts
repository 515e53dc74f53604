import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../terminal/failure";
import type { ProcessResult } from "../process/run";
import type { SynthesizedStack } from "../assembly/stacks";
import { tell } from "../terminal/output";
import { ERRORED_STATE, saveAdvice, whyFailed } from "./messages";
import { type TerraformRun, sideBySide } from "./run";
import { type State, parseState } from "./state";

/** Stacks that are ready to be planned. */
export interface Preparation {
  /** Their states, as they were when they were made ready, in the order of a deploy. */
  readonly states: ReadonlyMap<SynthesizedStack, State>;
  /** Why a stack could not be made ready: of those that could not. */
  readonly failed: ReadonlyMap<SynthesizedStack, string>;
}

/** What is known of a stack that could not be made ready. */
const UNKNOWN: State = { text: "", resources: [], outputs: {} };

/**
 * Initializes stacks one after the other, since Terraform's cache of providers is not made for several at once, and reads
 * their states.
 */
export async function prepare(run: TerraformRun, stacks: readonly SynthesizedStack[]): Promise<Preparation> {
  const failed = new Map<SynthesizedStack, string>();
  let isPartlyLocked = false;
  for (const stack of stacks) {
    if (existsSync(join(stack.folder, ERRORED_STATE))) {
      failed.set(stack, `an earlier run could not save its state. ${saveAdvice(stack)}`);
      continue;
    }
    const { status, stdout, stderr } = await init(run, stack);
    isPartlyLocked ||= stdout.includes("Incomplete lock file information for providers");
    if (status !== 0) {
      failed.set(stack, whyFailed(stack, `${stdout}\n${stderr}`));
    }
  }
  const states = await sideBySide(
    stacks.map(async (stack): Promise<[SynthesizedStack, State]> => {
      if (failed.has(stack)) {
        return [stack, UNKNOWN];
      }
      const { status, stdout, stderr } = await run.terraform(stack, ["state", "pull"]);
      if (status !== 0) {
        failed.set(stack, `its state cannot be read: ${whyFailed(stack, stderr)}`);
      }
      return [stack, status === 0 ? parseState(stdout) : UNKNOWN];
    }),
  );
  if (isPartlyLocked) {
    tell(
      "checksums of the AWS provider are known for this platform alone, as it came from a mirror: npm run lock gets those of others",
    );
  }
  return { states: new Map(states), failed };
}

/**
 * Refuses to go on where a stack could not be made ready.
 *
 * @throws then: all that is wrong.
 */
export function refuseUnprepared({ failed }: Preparation): void {
  if (failed.size > 0) {
    throw new Failure([...failed].map(([{ name }, why]) => `${name}: ${why}`).join("\n"));
  }
}

async function init(run: TerraformRun, stack: SynthesizedStack): Promise<ProcessResult> {
  const args = ["init", "-input=false", "-no-color"];
  const first = await run.terraform(stack, args);
  // The lock that Terraform has left beside the stack is of an older version of the project.
  return first.status !== 0 && /\binit -upgrade\b/.test(first.stderr)
    ? run.terraform(stack, [...args, "-upgrade"])
    : first;
}
