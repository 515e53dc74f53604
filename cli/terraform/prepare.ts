import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../terminal/failure";
import type { ProcessResult } from "../process/run";
import type { SynthesizedEnvironment } from "../assembly/environments";
import type { SynthesizedStack } from "../assembly/stacks";
import { tell } from "../terminal/output";
import { progress } from "../terminal/progress";
import { ERRORED_STATE, saveAdvice, whyFailed } from "./messages";
import { type TerraformRun, sideBySide } from "./run";
import { type StackStates, parseState } from "./state";

/** Stacks that are ready to be planned, in the order of a deploy. */
export interface Preparation {
  /** Their states before anything was changed; empty for a stack that could not be made ready. */
  readonly states: StackStates;
  /** The stacks that could not be made ready, and why. */
  readonly failed: ReadonlyMap<SynthesizedStack, string>;
}

/** Makes the stacks of an environment ready to be planned, as far as possible. */
export function prepare(run: TerraformRun, { name, stacks }: SynthesizedEnvironment): Promise<Preparation> {
  // The first time here, Terraform downloads its provider.
  return progress(`${name}: initializing, reading states`, () => initAndRead(run, stacks));
}

async function initAndRead(run: TerraformRun, stacks: readonly SynthesizedStack[]): Promise<Preparation> {
  const failed = new Map<SynthesizedStack, string>();
  let isPartlyLocked = false;
  // One after the other: Terraform's cache of providers is not made for several at once.
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
    stacks.map(async (stack) => {
      if (failed.has(stack)) {
        return [stack, parseState("")] as const;
      }
      const { status, stdout, stderr } = await run.terraform(stack, ["state", "pull"]);
      if (status !== 0) {
        failed.set(stack, `its state cannot be read: ${whyFailed(stack, stderr)}`);
      }
      return [stack, parseState(status === 0 ? stdout : "")] as const;
    }),
  );
  if (isPartlyLocked) {
    tell(
      "checksums of the AWS provider are known for this platform alone, as it came from a mirror: npm run lock gets those of others",
    );
  }
  return { states: new Map(states), failed };
}

/** Throws if a stack could not be made ready, with all that is wrong. */
export function refuseUnprepared(prepared: Preparation): Preparation {
  if (prepared.failed.size > 0) {
    throw new Failure([...prepared.failed].map(([{ name }, why]) => `${name}: ${why}`).join("\n"));
  }
  return prepared;
}

async function init(run: TerraformRun, stack: SynthesizedStack): Promise<ProcessResult> {
  const args = ["init", "-input=false", "-no-color"];
  const first = await run.terraform(stack, args);
  // The lock file that Terraform has left beside the stack is of an older version of the project.
  return first.status !== 0 && /\binit -upgrade\b/.test(first.stderr)
    ? run.terraform(stack, [...args, "-upgrade"])
    : first;
}
