import { z } from "zod";
import { Failure } from "../terminal/failure";
import type { ProcessResult } from "../process/run";
import { type SynthesizedResource, type SynthesizedStack, addressOf } from "../assembly/stacks";
import { whyFailed } from "./messages";
import { terraform } from "./program";

/** A resource that a state manages. */
export interface StateResource extends Pick<SynthesizedResource, "type" | "name"> {
  /** The attributes of each of its instances: of one, but for resources with `count` or `for_each`. */
  readonly attributes: readonly Readonly<Record<string, unknown>>[];
}

/** The state of a stack. */
export interface State {
  /** All of it, as Terraform writes it; empty where nothing was ever deployed. */
  readonly text: string;
  /** What it manages. */
  readonly resources: readonly StateResource[];
  /** What the stack publishes, as it was deployed. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** What is looked at of a state. */
const STATE = z.object({
  outputs: z.record(z.string(), z.object({ value: z.unknown() })).default({}),
  resources: z
    .array(
      z.object({
        mode: z.string(),
        type: z.string(),
        name: z.string(),
        instances: z.array(z.object({ attributes: z.record(z.string(), z.unknown()).nullish() })).default([]),
      }),
    )
    .default([]),
});

/**
 * Reads the state of a stack, from wherever it is kept.
 *
 * @throws where it cannot be read.
 */
export async function readState(stack: SynthesizedStack): Promise<State> {
  const { name, folder } = stack;
  const pull = (): Promise<ProcessResult> => terraform(folder, "state", "pull");
  let pulled = await pull();
  if (pulled.status !== 0) {
    // It has not been initialized here. The provider, which comes last in that, is not needed to read.
    const init = await terraform(folder, "init", "-input=false", "-no-color");
    pulled = await pull();
    if (pulled.status !== 0) {
      const said = init.status === 0 ? pulled : init;
      throw new Failure(
        `the state of ${name} cannot be read: ${whyFailed(stack, `${said.stdout}\n${said.stderr}`)}`,
      );
    }
  }
  return parseState(pulled.stdout);
}

/** A state, of which Terraform has written this text. */
export function parseState(text: string): State {
  const { resources, outputs } = STATE.parse(JSON.parse(text || "{}"));
  return {
    text,
    resources: resources
      // A Terraform that was killed while it made a resource leaves one without instances.
      .filter(({ mode, instances }) => mode === "managed" && instances.length > 0)
      .map(({ type, name, instances }) => ({
        type,
        name,
        attributes: instances.map(({ attributes }) => attributes ?? {}),
      })),
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])),
  };
}

/** What a stack publishes, by its state; undefined where it is not deployed. */
export function publishedBy(state: State | undefined): State["outputs"] | undefined {
  return state === undefined || Object.keys(state.outputs).length === 0 ? undefined : state.outputs;
}

/** Ids of the subnets that have instances. */
export function subnetsInUse(states: readonly State[]): Set<string> {
  const instances = states.flatMap(({ resources }) =>
    resources.filter(({ type }) => type === "aws_instance").flatMap(({ attributes }) => attributes),
  );
  return new Set(instances.map(({ subnet_id: subnet }) => String(subnet)));
}

/** Those of some addresses that a state has. */
export function inState({ resources }: State, addresses: readonly string[]): string[] {
  const there = new Set(resources.map(addressOf));
  return addresses.filter((address) => there.has(address));
}
