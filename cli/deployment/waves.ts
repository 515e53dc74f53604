import type { SynthesizedStack } from "../assembly/stacks";

/** Groups ordered stacks so that a group depends only on groups before it: its stacks can be deployed side by side. */
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
