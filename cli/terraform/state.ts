import { z } from "zod";
import { Failure } from "../failure";
import type { ProcessResult } from "../processes";
import { type SynthesizedResource, type SynthesizedStack, addressOf } from "../synthesized";
import { terraform, terraformReason } from "./program";

/** The state of a stack. */
export interface State {
  /** All of it, as Terraform writes it; empty where nothing was ever deployed. */
  readonly text: string;
  /** What it manages. */
  readonly resources: readonly Pick<SynthesizedResource, "type" | "name">[];
  /** Addresses of what may not be emptied to be destroyed, by the last apply. */
  readonly unemptied: readonly string[];
}

/** What is looked at of a state. */
const STATE = z.object({
  resources: z
    .array(
      z.object({
        mode: z.string(),
        type: z.string(),
        name: z.string(),
        instances: z
          .array(z.object({ attributes: z.record(z.string(), z.unknown()).optional() }))
          .default([]),
      }),
    )
    .default([]),
});

/**
 * Reads the state of a stack, from wherever it is kept.
 *
 * @throws where it cannot be read.
 */
export async function readState({ name, folder }: SynthesizedStack): Promise<State> {
  const pull = (): Promise<ProcessResult> => terraform(folder, "state", "pull");
  let pulled = await pull();
  if (pulled.status !== 0) {
    // It has not been initialized here. The provider, which comes last in that, is not needed to read.
    const init = await terraform(folder, "init", "-input=false", "-no-color");
    pulled = await pull();
    if (pulled.status !== 0) {
      const said = init.status === 0 ? pulled : init;
      throw new Failure(
        `the state of ${name} cannot be read: ${terraformReason(`${said.stdout}\n${said.stderr}`)}`,
      );
    }
  }
  const { resources } = STATE.parse(JSON.parse(pulled.stdout || "{}"));
  const managed = resources.filter(({ mode }) => mode === "managed");
  const unemptied = managed.filter(({ instances }) =>
    instances.some(({ attributes }) => attributes?.force_destroy === false),
  );
  return { text: pulled.stdout, resources: managed, unemptied: unemptied.map(addressOf) };
}

/** Those of some addresses that a state has. */
export function inState({ resources }: State, addresses: readonly string[]): string[] {
  const there = new Set(resources.map(addressOf));
  return addresses.filter((address) => there.has(address));
}
