import type { SynthesizedStack } from "../assembly/stacks";
import type { State } from "../terraform/state";

/** Stacks that have something in AWS by their JSON, and nothing by their states, which may be the wrong ones. */
export function stacksOfEmptyStates(states: ReadonlyMap<SynthesizedStack, State>): SynthesizedStack[] {
  return [...states]
    .filter(([{ resources, region }]) => resources.length > 0 && region !== "")
    .filter(([, state]) => state.resources.length === 0)
    .map(([stack]) => stack);
}
