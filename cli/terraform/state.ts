import { z } from "zod";
import { Failure } from "../terminal/failure";
import type { ProcessResult } from "../process/run";
import { type SynthesizedStack, addressOf } from "../assembly/stacks";
import { whyFailed } from "./messages";
import { terraform, terraformJson } from "./program";

const RESOURCE = z.object({
  mode: z.string(),
  type: z.string(),
  name: z.string(),
  instances: z.array(z.object({ attributes: z.record(z.string(), z.unknown()).nullish() })).default([]),
});

const STATE = z.object({
  resources: z
    .array(RESOURCE)
    .default([])
    .transform((resources) =>
      resources
        // A Terraform that was killed while it made a resource leaves one without instances.
        .filter(({ mode, instances }) => mode === "managed" && instances.length > 0)
        .map(({ type, name, instances }) => ({
          type,
          name,
          attributes: instances.map(({ attributes }) => attributes ?? {}),
        })),
    ),
  outputs: z
    .record(
      z.string(),
      z.object({ value: z.unknown() }).transform(({ value }) => value),
    )
    .default({}),
});

/** The state of a stack: what it manages, with the attributes of each instance, and what the stack publishes. */
export interface State extends z.infer<typeof STATE> {
  /** All of it, as Terraform writes it; empty if nothing was ever deployed. */
  readonly text: string;
}

/** The states of stacks, in the order of a deploy. */
export type StackStates = ReadonlyMap<SynthesizedStack, State>;

/** Reads the state of a stack, wherever it is kept. */
export async function readState(stack: SynthesizedStack): Promise<State> {
  const { name, folder } = stack;
  const pull = (): Promise<ProcessResult> => terraform(folder, "state", "pull");
  let pulled = await pull();
  if (pulled.status !== 0) {
    // It has not been initialized here. The provider, which comes last in that, is not needed to read.
    const init = await terraform(folder, "init", "-input=false", "-no-color");
    pulled = await pull();
    if (pulled.status !== 0) {
      const { stdout, stderr } = init.status === 0 ? pulled : init;
      throw new Failure(`the state of ${name} cannot be read: ${whyFailed(stack, `${stdout}\n${stderr}`)}`);
    }
  }
  return parseState(pulled.stdout);
}

/** Reads a state from the text that Terraform has written. */
export function parseState(text: string): State {
  return { text, ...STATE.parse(terraformJson(text || "{}")) };
}

/** The outputs in a state; undefined if the stack is not deployed. */
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

/** The stacks that have something in AWS by their JSON and nothing by their states, which may be the wrong ones. */
export function stacksOfEmptyStates(states: StackStates): SynthesizedStack[] {
  return [...states]
    .filter(([stack, state]) => stack.region !== "" && stack.resources.length > 0 && isEmpty(state))
    .map(([stack]) => stack);
}

/** Whether a state has nothing, or is missing. */
export function isEmpty(state?: State): boolean {
  return (state?.resources ?? []).length === 0;
}

/** Tells whether one of some states has an id. */
export function knownBy(states: Iterable<State>): (id: string) => boolean {
  const text = [...states].map((state) => state.text).join("\n");
  return (id) => text.includes(`"${id}"`);
}

/** What a state has of the resource at an address, of its first instance; undefined where it has none. */
export function attributesAt({ resources }: State, address: string): Record<string, unknown> | undefined {
  return resources.find((one) => addressOf(one) === address)?.attributes[0];
}

/** The addresses that a state has of these. */
export function inState({ resources }: State, addresses: readonly string[]): string[] {
  const there = new Set(resources.map(addressOf));
  return addresses.filter((address) => there.has(address));
}
