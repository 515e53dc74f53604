import type { SynthesizedStack } from "../assembly/stacks";

/**
 * Stacks in groups, each of which depends on groups before it alone: what is in a group can be deployed side by side. The
 * reverse is the order of a destroy.
 *
 * @param stacks every one behind those it depends on
 */
export function waves(stacks: readonly SynthesizedStack[]): SynthesizedStack[][] {
  const groups: SynthesizedStack[][] = [];
  const depths = new Map<string, number>();
  for (const stack of stacks) {
    const depth = Math.max(0, ...stack.dependencies.map((name) => (depths.get(name) ?? -1) + 1));
    depths.set(stack.name, depth);
    (groups[depth] ??= []).push(stack);
  }
  return groups;
}
