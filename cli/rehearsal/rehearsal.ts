import { Failure } from "../terminal/failure";
import { retainedBy } from "../terraform/destroy-refusals";
import type { SynthesizedStack } from "../assembly/stacks";
import type { Emulator } from "./emulator";
import { type Inventory, added, differences, takeInventory } from "./inventory";
import { RehearsedStack } from "./rehearsed-stack";

/** One step of a rehearsal. */
export interface RehearsalStep {
  /** Name of the stack. */
  readonly stack: string;
  /** What was done, such as `apply`. */
  readonly step: string;
  /** Whether it came to what it should. */
  readonly passed: boolean;
  /** How long it took. */
  readonly seconds: number;
  /** What was seen, or why it failed. */
  readonly seen: string;
}

/** What a rehearsal is given. */
export interface RehearsalOptions {
  /** Folder for copies, state and logs. */
  readonly root: string;
  /** What answers in place of AWS. */
  readonly emulator: Emulator;
  /** Leaves everything deployed. */
  readonly keep: boolean;
  /** Shows that a step takes time. */
  readonly watch: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  /** Whether to go on with the next step. */
  readonly goOn: () => boolean;
}

/** Rehearses the stacks of an environment, in their order: every step up to the first that fails. */
export async function rehearse(
  stacks: readonly SynthesizedStack[],
  { root, emulator, keep, watch, goOn }: RehearsalOptions,
): Promise<RehearsalStep[]> {
  // Stacks of code of one's own may have nothing in AWS, and any Region will do.
  const { region, assumedRole } = stacks.find((stack) => stack.region !== "") ?? { region: "us-east-1" };
  const inventory = (): Promise<Inventory> => takeInventory(emulator.url, region, assumedRole);
  const empty = await inventory();
  const rehearsed = stacks.map((stack) => new RehearsedStack(stack, root, emulator));
  const steps: RehearsalStep[] = [];
  const existing = async (): Promise<Inventory> => added(await inventory(), empty);

  const carryOut = async (stack: string, step: string, work: () => Promise<string>): Promise<boolean> => {
    if (!goOn()) {
      return false;
    }
    const start = performance.now();
    const seconds = (): number => Math.round((performance.now() - start) / 100) / 10;
    try {
      const seen = await watch(`${stack}: ${step}`, work);
      steps.push({ stack, step, passed: true, seconds: seconds(), seen });
      return goOn();
    } catch (error) {
      if (!(error instanceof Failure)) {
        throw error;
      }
      steps.push({ stack, step, passed: false, seconds: seconds(), seen: error.message });
      return false;
    }
  };

  const there: string[] = [];
  for (const one of rehearsed) {
    const { name } = one.stack;
    const passed =
      (await carryOut(name, "init", () => one.init())) &&
      (await carryOut(name, "plan", () => one.plan())) &&
      (await carryOut(name, "apply", () => one.apply())) &&
      (await carryOut(name, "second plan", () => one.planAgain())) &&
      (await carryOut(name, "inventory", async () => {
        there.push(...(await one.asSynthesized()));
        return compare(await existing(), there);
      }));
    if (!passed) {
      return steps;
    }
  }
  if (keep) {
    return steps;
  }
  for (const one of [...rehearsed].reverse()) {
    if (!(await carryOut(one.stack.name, "destroy", () => one.destroy()))) {
      return steps;
    }
  }
  const retained = rehearsed.flatMap(({ stack }) => retainedBy(stack));
  const last = rehearsed[0]?.stack.name ?? "";
  await carryOut(last, "what is left", async () => compare(await existing(), retained));
  return steps;
}

/**
 * Compares what exists with what should.
 *
 * @throws where they differ.
 */
function compare(inventory: Inventory, addresses: readonly string[]): string {
  const different = differences(inventory, addresses);
  if (different.length > 0) {
    throw new Failure(`there are ${different.join("; ")}`);
  }
  const listed = Object.values(inventory).flat().length;
  return addresses.length === 0
    ? "nothing"
    : `${listed} of ${addresses.length} resources listed by the emulator`;
}
