import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../terminal/failure";
import type { SynthesizedEnvironment } from "../assembly/environments";
import type { SynthesizedStack } from "../assembly/stacks";
import { progress } from "../terminal/progress";
import { ERRORED_STATE, saveAdvice, terraformReason, whyFailed } from "./messages";
import { type TerraformRun, sideBySide } from "./run";
import { runInitialized } from "./run-initialized";
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
  return progress(`${name}: initializing, reading states`, () => readStates(run, stacks));
}

async function readStates(run: TerraformRun, stacks: readonly SynthesizedStack[]): Promise<Preparation> {
  const failed = new Map<SynthesizedStack, string>();
  const states = await sideBySide(
    stacks.map(async (stack) => {
      if (existsSync(join(stack.folder, ERRORED_STATE))) {
        failed.set(stack, `an earlier run could not save its state. ${saveAdvice(stack)}`);
        return [stack, parseState("")] as const;
      }
      const { status, stdout, stderr, isInitFailed } = await runInitialized(run, stack, ["state", "pull"]);
      if (status !== 0) {
        const why = whyFailed(stack, isInitFailed ? `${stdout}\n${stderr}` : stderr);
        // What helps is said already, or it is Terraform's own reason.
        const isBare = isInitFailed !== true && why === terraformReason(stderr);
        failed.set(stack, isBare ? `its state cannot be read: ${why}` : why);
      }
      return [stack, parseState(status === 0 ? stdout : "")] as const;
    }),
  );
  return { states: new Map(states), failed };
}

/** Throws if a stack could not be made ready, with all that is wrong. */
export function refuseUnprepared(prepared: Preparation): Preparation {
  if (prepared.failed.size > 0) {
    throw new Failure([...prepared.failed].map(([{ name }, why]) => `${name}: ${why}`).join("\n"));
  }
  return prepared;
}
