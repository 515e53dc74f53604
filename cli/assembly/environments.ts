import type { Layer } from "../../stacks/contract";
import {
  type SynthesizedStack,
  byEnvironment,
  elsewhere,
  literal,
  readSynthesized,
  referenced,
} from "./stacks";

/** A tunnel that an environment names. */
export interface ForwardTarget {
  readonly name: string;
  readonly documentName: string;
  /** Host at the far end, as the instance looks it up. */
  readonly host: string;
  readonly port: number;
}

/** An instance of an environment, before anything is deployed. */
export interface SynthesizedInstance {
  readonly name: string;
  /** The name it had before, where the settings say so: what is deployed may still have that one. */
  readonly renamedFrom?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** How an environment records its sessions. */
export interface Recording {
  readonly documentName: string;
  readonly logGroupName: string;
  /** Names of the policies for people. */
  readonly policies: Readonly<Record<"shell" | "forward" | "auditor", string>>;
  /** How root shells are opened; undefined where there are none. */
  readonly root: RootShells | undefined;
  readonly forward: readonly ForwardTarget[];
}

/** Recorded sessions of a user who may use sudo. */
export interface RootShells {
  readonly documentName: string;
  /** Name of the policy for people. */
  readonly policy: string;
}

/** What the commands know of an environment without asking anybody: what its JSON says. */
export interface SynthesizedEnvironment {
  readonly name: string;
  readonly region: string;
  /** In the order they are deployed. */
  readonly stacks: readonly SynthesizedStack[];
  readonly instancesStack: SynthesizedStack;
  readonly instances: readonly SynthesizedInstance[];
  /** Undefined where recording is off. */
  readonly recording: Recording | undefined;
}

/** The environments that were synthesized in a folder. */
export function readEnvironments(folder?: string): SynthesizedEnvironment[] {
  return [...byEnvironment(readSynthesized(folder))].flatMap(([name, stacks]) => {
    const instancesStack = stacks.find(({ layer }) => layer === "instances");
    if (instancesStack === undefined) {
      return [];
    }
    const { region } = instancesStack;
    const instances = instancesOf(instancesStack);
    const recording = recordingOf(stacks.find(({ layer }) => layer === "sessions"));
    return [{ name, region, stacks, instancesStack, instances, recording }];
  });
}

/** A stack of an environment, by what it is for. */
export function stackOf({ stacks }: SynthesizedEnvironment, layer: Layer): SynthesizedStack | undefined {
  return stacks.find((stack) => stack.layer === layer);
}

/** The services that the instances of an environment call: those that its network reaches. */
export function neededServices(environment: SynthesizedEnvironment): string[] {
  const networking = stackOf(environment, "networking");
  const endpoints = Object.keys((networking?.outputs.endpoint_ids ?? {}) as object);
  return [...endpoints, ...(networking ? elsewhere(networking).keys() : [])];
}

function instancesOf(stack: SynthesizedStack): SynthesizedInstance[] {
  return Object.entries((stack.outputs.instance_ids ?? {}) as Record<string, unknown>).map(([name, id]) => ({
    name,
    renamedFrom: formerName(stack, name),
    tags: { ...stack.defaultTags, ...(referenced(stack, id)?.resource.config.tags ?? {}) },
  }));
}

/** The name that an instance had before; undefined where nothing says that it had another. */
function formerName({ moved }: SynthesizedStack, name: string): string | undefined {
  const [from] = Object.entries(moved).find(([, to]) => to === `aws_instance.${name}`) ?? [];
  return from?.replace("aws_instance.", "");
}

function recordingOf(stack: SynthesizedStack | undefined): Recording | undefined {
  if (stack === undefined || stack.outputs.document_name === undefined) {
    return undefined;
  }
  const text = (value: unknown): string => literal(stack, value) ?? "";
  const policy = (output: keyof Recording["policies"] | "root"): string =>
    text(referenced(stack, stack.outputs[`${output}_policy_arn`])?.resource.config.name);
  const documents = (stack.outputs.forward_documents ?? {}) as Record<string, unknown>;
  return {
    documentName: text(stack.outputs.document_name),
    logGroupName: text(stack.outputs.log_group_name),
    policies: { shell: policy("shell"), forward: policy("forward"), auditor: policy("auditor") },
    root:
      stack.outputs.root_document_name === undefined
        ? undefined
        : { documentName: text(stack.outputs.root_document_name), policy: policy("root") },
    forward: Object.entries(documents).map(([name, reference]) => {
      const content = String(referenced(stack, reference)?.resource.config.content);
      const { host, portNumber } = (JSON.parse(content) as { properties: Record<string, string> }).properties;
      return { name, documentName: text(reference), host: host ?? "", port: Number(portNumber) };
    }),
  };
}
