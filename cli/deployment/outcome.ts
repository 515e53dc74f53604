import type { SynthesizedStack } from "../assembly/stacks";

/** How far a command has come with a stack. */
export type StackOutcome = "done" | "in part" | "not begun";

/** How far a command has come with the stacks of an environment. */
export class Outcome {
  private readonly outcomes: Map<string, StackOutcome>;

  /**
   * Nothing is begun yet.
   *
   * @param stacks in the order that the command works on them
   */
  constructor(stacks: readonly SynthesizedStack[]) {
    this.outcomes = new Map(stacks.map(({ name }) => [name, "not begun"]));
  }

  /** Notes how far it has come with a stack. */
  public note({ name }: SynthesizedStack, outcome: StackOutcome): void {
    this.outcomes.set(name, outcome);
  }

  /** Names of the stacks that it has come so far with. */
  public names(wanted: StackOutcome): string[] {
    return [...this.outcomes].filter(([, outcome]) => outcome === wanted).map(([name]) => name);
  }

  /** All of it in a line, such as `done: dev-networking; not begun: dev-instances`. */
  public text(): string {
    return (["done", "in part", "not begun"] as const)
      .map((outcome) => ({ outcome, names: this.names(outcome) }))
      .filter(({ outcome, names }) => outcome !== "in part" || names.length > 0)
      .map(({ outcome, names }) => `${outcome}: ${names.join(", ") || "nothing"}`)
      .join("; ");
  }
}
