import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import {
  type Assumption,
  JSON_FORMAT,
  type OutputName,
  type SilencedRule,
  type StackMetadata,
  partsOfStackName,
} from "../../stacks/contract";
import { Failure } from "../terminal/failure";

/** One resource of a stack, as the JSON has it. */
export interface SynthesizedResource {
  readonly type: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** One stack, as it was synthesized. */
export interface SynthesizedStack {
  readonly name: string;
  readonly environment: string;
  /** A layer of an environment, or of code of one's own. */
  readonly layer: string;
  /** Absolute path of the folder with its JSON: Terraform runs there. */
  readonly folder: string;
  readonly dependencies: readonly string[];
  /** Empty where the stack has nothing in AWS. */
  readonly region: string;
  /** ARN of the role that the provider takes on; undefined for none. */
  readonly assumedRole?: string | undefined;
  /** Undefined where any account will do. */
  readonly allowedAccountIds?: readonly string[] | undefined;
  readonly defaultTags: Readonly<Record<string, string>>;
  /** The `terraform` block: backend, required version and providers. */
  readonly terraform: Readonly<Record<string, unknown>>;
  readonly resources: readonly SynthesizedResource[];
  readonly data: readonly SynthesizedResource[];
  /** Addresses that resources had once, each with the one it has now. */
  readonly moved: Readonly<Record<string, string>>;
  /** Addresses that Terraform is to forget, and leaves in AWS. */
  readonly removed: readonly string[];
  /** Values with references in them, by name. */
  readonly outputs: Readonly<Partial<Record<OutputName, unknown>>>;
  readonly silenced: readonly SilencedRule[];
  readonly assumptions: readonly Assumption[];
}

const RECORD = z.record(z.string(), z.unknown());

const BLOCKS = z.record(z.string(), z.record(z.string(), RECORD)).default({});

const ASSUMPTION = z.object({ service: z.string(), networks: z.array(z.string()) });

const SILENCED_RULE = z.object({ path: z.string(), rule: z.string(), reason: z.string() });

const PROVIDER = z.object({
  region: z.string(),
  default_tags: z.array(z.object({ tags: z.record(z.string(), z.string()) })).default([]),
  assume_role: z.tuple([z.object({ role_arn: z.string() })]).optional(),
  allowed_account_ids: z.array(z.string()).optional(),
});

const METADATA = z.object({
  format: z.literal(JSON_FORMAT),
  assumptions: z.array(ASSUMPTION).default([]),
  silencedRules: z.array(SILENCED_RULE).default([]),
}) satisfies z.ZodType<Required<StackMetadata>>;

const STACK = z.object({
  "//": z.object({ metadata: METADATA }),
  terraform: RECORD.default({}),
  // A stack of code of one's own may have nothing in AWS.
  provider: z.object({ aws: z.tuple([PROVIDER]) }).optional(),
  resource: BLOCKS,
  data: BLOCKS,
  moved: z.array(z.object({ from: z.string(), to: z.string() })).default([]),
  removed: z.array(z.object({ from: z.string() })).default([]),
  output: z.record(z.string(), z.object({ value: z.unknown() })).default({}),
});

const MANIFEST_STACK = z.object({ synthesizedStackPath: z.string(), dependencies: z.array(z.string()) });

const MANIFEST = z.object({ stacks: z.record(z.string(), MANIFEST_STACK) });

/** Reads what was synthesized, in the order of a deploy; throws where that is nothing or of another version. */
export function readSynthesized(folder = process.env.CDKTF_OUTDIR ?? "cdktf.out"): SynthesizedStack[] {
  const path = join(folder, "manifest.json");
  if (!existsSync(path)) {
    throw new Failure(`nothing is synthesized in ${folder}: run npm start first`);
  }
  const { stacks } = read(path, MANIFEST);
  const ordered = new Map<string, SynthesizedStack>();
  const visit = (name: string): void => {
    const stack = stacks[name];
    if (stack === undefined || ordered.has(name)) {
      return;
    }
    stack.dependencies.forEach(visit);
    const file = resolve(folder, stack.synthesizedStackPath);
    const json = read(file, STACK);
    const aws = json.provider?.aws[0];
    const { metadata } = json["//"];
    ordered.set(name, {
      name,
      ...partsOfStackName(name),
      folder: dirname(file),
      dependencies: stack.dependencies,
      region: aws?.region ?? "",
      defaultTags: aws?.default_tags[0]?.tags ?? {},
      assumedRole: aws?.assume_role?.[0].role_arn,
      allowedAccountIds: aws?.allowed_account_ids,
      terraform: json.terraform,
      resources: flatten(json.resource),
      data: flatten(json.data),
      moved: Object.fromEntries(json.moved.map(({ from, to }) => [from, to])),
      removed: json.removed.map(({ from }) => from),
      outputs: Object.fromEntries(Object.entries(json.output).map(([output, { value }]) => [output, value])),
      silenced: metadata.silencedRules,
      assumptions: metadata.assumptions,
    });
  };
  Object.keys(stacks).sort().forEach(visit);
  return [...ordered.values()];
}

function flatten(byType: z.infer<typeof BLOCKS>): SynthesizedResource[] {
  return Object.entries(byType).flatMap(([type, named]) =>
    Object.entries(named).map(([name, config]) => ({ type, name, config })),
  );
}

/** A file that another version of the project, or another project, may have written. */
function read<T>(path: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    throw new Failure(`${path} is not as this version of the project writes it: run npm start first`);
  }
}

/** Where Terraform finds a resource. */
export function addressOf({ type, name }: Pick<SynthesizedResource, "type" | "name">): string {
  return `${type}.${name}`;
}

/** The resources of a type. */
export function resourcesOf({ resources }: SynthesizedStack, type: string): SynthesizedResource[] {
  return resources.filter((resource) => resource.type === type);
}

/** How often each value occurs, in alphabetical order. */
export function countEach(values: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([one], [other]) => one.localeCompare(other, "en"));
}

/** The stacks by environment. */
export function byEnvironment(stacks: readonly SynthesizedStack[]): Map<string, SynthesizedStack[]> {
  const names = new Set(stacks.map(({ environment }) => environment));
  return new Map([...names].map((name) => [name, stacks.filter(({ environment }) => environment === name)]));
}

/** The services that answer outside the VPC, and in which networks: what the stack takes for granted. */
export function elsewhere({ assumptions }: SynthesizedStack): Map<string, readonly string[]> {
  return new Map(assumptions.map(({ service, networks }) => [service, networks]));
}

/** The resource that a reference such as `${aws_instance.web.id}` leads to, and the attribute it asks for. */
export function referenced(stack: SynthesizedStack, reference: unknown) {
  const text = typeof reference === "string" ? reference : "";
  const [, type, name, attribute] = /^\$\{([\w-]+)\.([\w-]+)\.(\w+)\}$/.exec(text) ?? [];
  const resource = stack.resources.find((one) => one.type === type && one.name === name);
  return resource && attribute !== undefined ? { resource, attribute } : undefined;
}

/** What a value is before anything is deployed; undefined where only AWS will know. */
export function literal(stack: SynthesizedStack, value: unknown): string | undefined {
  const found = referenced(stack, value);
  const text = found ? found.resource.config[found.attribute] : value;
  return typeof text === "string" && !text.includes("${") ? text : undefined;
}
