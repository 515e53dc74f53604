import { Failure } from "../terminal/failure";
import { retainedBy } from "../terraform/destroy-refusals";
import type { SynthesizedStack } from "../assembly/stacks";
import type { Emulator } from "./emulator";
import { type Inventory, added, differences, takeInventory } from "./inventory";
import { RehearsedStack } from "./rehearsed-stack";

/** One step of a rehearsal. */
export interface RehearsalStep {
  readonly stack: string;
  readonly step: string;
  readonly passed: boolean;
  readonly seconds: number;
  /** What was seen, or why it failed. */
  readonly seen: string;
}

interface RehearsalOptions {
  readonly root: string;
  readonly emulator: Emulator;
  /** Leaves everything deployed. */
  readonly keep: boolean;
  readonly watch: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  readonly goOn: () => boolean;
}

type Work = readonly [stack: string, step: string, work: () => Promise<string>];

/** Rehearses the stacks of an environment, in their order: every step up to the first that fails. */
export async function rehearse(
  stacks: readonly SynthesizedStack[],
  { root, emulator, keep, watch, goOn }: RehearsalOptions,
): Promise<RehearsalStep[]> {
  // Stacks of code of one's own may have nothing in AWS, and any Region will do.
  const { region, assumedRole } = stacks.find((stack) => stack.region !== "") ?? { region: "us-east-1" };
  const inventory = (): Promise<Inventory> => takeInventory(emulator.url, region, assumedRole);
  const before = await inventory();
  const existing = async (): Promise<Inventory> => added(await inventory(), before);
  const rehearsed = stacks.map((stack) => new RehearsedStack(stack, root, emulator));
  const there: string[] = [];
  const inventoryOf = async (one: RehearsedStack): Promise<string> => {
    there.push(...(await one.asSynthesized()));
    return compare(await existing(), there);
  };
  const deployment = rehearsed.flatMap((one): Work[] => [
    [one.stack.name, "init", () => one.init()],
    [one.stack.name, "plan", () => one.plan()],
    [one.stack.name, "apply", () => one.apply()],
    [one.stack.name, "second plan", () => one.planAgain()],
    [one.stack.name, "inventory", () => inventoryOf(one)],
  ]);
  const destruction = rehearsed.map((one): Work => [one.stack.name, "destroy", () => one.destroy()]);
  const retained = stacks.flatMap((stack) => retainedBy(stack));
  const end: Work = [stacks[0]?.name ?? "", "what is left", async () => compare(await existing(), retained)];
  const steps: RehearsalStep[] = [];
  for (const [stack, step, work] of keep ? deployment : [...deployment, ...destruction.reverse(), end]) {
    if (!goOn() || steps.at(-1)?.passed === false) {
      break;
    }
    const start = performance.now();
    const { passed, seen } = await outcome(() => watch(`${stack}: ${step}`, work));
    const seconds = Math.round((performance.now() - start) / 100) / 10;
    steps.push({ stack, step, passed, seconds, seen });
  }
  return steps;
}

async function outcome(work: () => Promise<string>): Promise<{ passed: boolean; seen: string }> {
  try {
    return { passed: true, seen: await work() };
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error;
    }
    return { passed: false, seen: error.message };
  }
}

/** Says that what exists is what should exist; throws where it is not. */
function compare(inventory: Inventory, addresses: readonly string[]): string {
  const different = differences(inventory, addresses);
  if (different.length > 0) {
    throw new Failure(`there are ${different.join("; ")}`);
  }
  const listed = Object.values(inventory).flat().length;
  const total = addresses.length;
  return total === 0 ? "nothing" : `${listed} of ${total} resources listed by the emulator`;
}
