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
  /** Name, as the settings have it. */
  readonly name: string;
  /** Document that opens the tunnel. */
  readonly documentName: string;
  /** Host at its far end, as the instance looks it up. */
  readonly host: string;
  /** Port of that host. */
  readonly port: number;
}

/** An instance of an environment, before anything is deployed. */
export interface SynthesizedInstance {
  /** Name, as the settings have it. */
  readonly name: string;
  /** All its tags, such as `Name` and `SessionAccess`. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What the commands know of an environment without asking anybody: what its JSON says. */
export interface SynthesizedEnvironment {
  /** Name, such as `dev`. */
  readonly name: string;
  /** Region. */
  readonly region: string;
  /** Its stacks, in the order they are deployed. */
  readonly stacks: readonly SynthesizedStack[];
  /** The stack of its instances. */
  readonly instancesStack: SynthesizedStack;
  /** Its instances. */
  readonly instances: readonly SynthesizedInstance[];
  /** Recording of sessions; undefined where it is off. */
  readonly recording:
    | {
        /** The document that starts a recorded session. */
        readonly documentName: string;
        /** The log group of the recordings. */
        readonly logGroupName: string;
        /** The policies for people: their names. */
        readonly policies: Readonly<Record<"shell" | "forward" | "auditor", string>>;
        /** The tunnels. */
        readonly forward: readonly ForwardTarget[];
      }
    | undefined;
}

/**
 * The environments that were synthesized.
 *
 * @throws where nothing was synthesized in the folder, or by another version of the project.
 */
export function readEnvironments(folder?: string): SynthesizedEnvironment[] {
  return [...byEnvironment(readSynthesized(folder))].flatMap(([name, stacks]) => {
    const instancesStack = stacks.find(({ layer }) => layer === "instances");
    return instancesStack === undefined
      ? []
      : [
          {
            name,
            region: instancesStack.region,
            stacks,
            instancesStack,
            instances: instancesOf(instancesStack),
            recording: recordingOf(stacks.find(({ layer }) => layer === "sessions")),
          },
        ];
  });
}

/** A stack of an environment, by what it is for. */
export function stackOf(
  environment: SynthesizedEnvironment,
  layer: "networking" | "sessions" | "instances",
): SynthesizedStack | undefined {
  return environment.stacks.find((stack) => stack.layer === layer);
}

/** The services that the instances of an environment call: those that its network has a way to. */
export function neededServices(environment: SynthesizedEnvironment): string[] {
  const networking = stackOf(environment, "networking");
  const endpoints = Object.keys((networking?.outputs.endpoint_ids ?? {}) as object);
  return [...endpoints, ...(networking ? elsewhere(networking).keys() : [])];
}

function instancesOf(stack: SynthesizedStack): SynthesizedInstance[] {
  return Object.entries((stack.outputs.instance_ids ?? {}) as Record<string, unknown>).map(([name, id]) => ({
    name,
    tags: { ...stack.defaultTags, ...(referenced(stack, id)?.resource.config.tags ?? {}) },
  }));
}

function recordingOf(stack: SynthesizedStack | undefined): SynthesizedEnvironment["recording"] {
  if (stack === undefined || stack.outputs.document_name === undefined) {
    return undefined;
  }
  const text = (value: unknown): string => literal(stack, value) ?? "";
  const policy = (output: string): string =>
    text(referenced(stack, stack.outputs[`${output}_policy_arn`])?.resource.config.name);
  const documents = (stack.outputs.forward_documents ?? {}) as Record<string, unknown>;
  return {
    documentName: text(stack.outputs.document_name),
    logGroupName: text(stack.outputs.log_group_name),
    policies: { shell: policy("shell"), forward: policy("forward"), auditor: policy("auditor") },
    forward: Object.entries(documents).map(([name, reference]) => {
      const config = referenced(stack, reference)?.resource.config ?? {};
      const { properties } = JSON.parse(String(config.content)) as {
        properties: { host: string; portNumber: string };
      };
      return {
        name,
        documentName: text(reference),
        host: properties.host,
        port: Number(properties.portNumber),
      };
    }),
  };
}
