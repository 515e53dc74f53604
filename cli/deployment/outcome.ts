import type { SynthesizedStack } from "../assembly/stacks";

const OUTCOMES = ["done", "in part", "not begun"] as const;

type StackOutcome = (typeof OUTCOMES)[number];

/** How far a command has come with the stacks of an environment. */
export class Outcome {
  private readonly outcomes: Map<string, StackOutcome>;

  /** Takes the stacks in the order that the command works on them. */
  constructor(stacks: readonly SynthesizedStack[]) {
    this.outcomes = new Map(stacks.map(({ name }) => [name, "not begun"]));
  }

  /** Notes how far the command has come with a stack. */
  public note({ name }: SynthesizedStack, outcome: StackOutcome): void {
    this.outcomes.set(name, outcome);
  }

  /** Names of the stacks with this outcome. */
  public names(wanted: StackOutcome): string[] {
    return [...this.outcomes].filter(([, outcome]) => outcome === wanted).map(([name]) => name);
  }

  /** All of it in a line, such as `done: dev-networking; not begun: dev-instances`. */
  public text(): string {
    return OUTCOMES.map((outcome) => ({ outcome, names: this.names(outcome) }))
      .filter(({ outcome, names }) => outcome !== "in part" || names.length > 0)
      .map(({ outcome, names }) => `${outcome}: ${names.join(", ") || "nothing"}`)
      .join("; ");
  }
}
