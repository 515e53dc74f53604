import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { Failure } from "../terminal/failure";

/**
 * What the commands expect of the JSON: the names of outputs, and that references lead to resources. A change of these
 * raises the number here and in stacks/environment-stack.ts.
 */
export const JSON_FORMAT = 1;

/** One resource of a stack, as the JSON has it. */
export interface SynthesizedResource {
  /** Terraform's type, such as `aws_instance`. */
  readonly type: string;
  /** Terraform's name: the address is `<type>.<name>`. */
  readonly name: string;
  /** The arguments. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A rule that the code has silenced for a construct. */
export interface SilencedRule {
  /** Path of the construct. */
  readonly path: string;
  /** Id of the rule. */
  readonly rule: string;
  /** Why. */
  readonly reason: string;
}

/** One stack, as it was synthesized. */
export interface SynthesizedStack {
  /** Name, such as `dev-networking`. */
  readonly name: string;
  /** Name of the environment, such as `dev`. */
  readonly environment: string;
  /** What it is for: `networking`, `sessions` or `instances`. */
  readonly layer: string;
  /** Folder of its JSON, absolute: where Terraform is run. */
  readonly folder: string;
  /** Stacks that must be deployed before. */
  readonly dependencies: readonly string[];
  /** Region of the provider. */
  readonly region: string;
  /** ARN of the role that the provider takes on; undefined for none. */
  readonly assumedRole?: string | undefined;
  /** Ids of the accounts that it may be deployed to; undefined for any. */
  readonly allowedAccountIds?: readonly string[] | undefined;
  /** Tags that the provider gives to everything. */
  readonly defaultTags: Readonly<Record<string, string>>;
  /** The `terraform` block: backend, required version and providers. */
  readonly terraform: Readonly<Record<string, unknown>>;
  /** Every resource; data sources are none. */
  readonly resources: readonly SynthesizedResource[];
  /** Every data source: what others made. */
  readonly data: readonly SynthesizedResource[];
  /** Addresses that resources had once, each with the one it has now. */
  readonly moved: Readonly<Record<string, string>>;
  /** Addresses that Terraform is to forget, and leaves in AWS. */
  readonly removed: readonly string[];
  /** What it publishes: values with references in them, by name. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Rules that are silenced in it. */
  readonly silenced: readonly SilencedRule[];
  /** What the stack takes for granted, since neither synthesis nor Terraform can check it. */
  readonly assumptions: readonly string[];
}

const RECORD = z.record(z.string(), z.unknown());

const DEFAULT_TAGS = z.array(z.object({ tags: z.record(z.string(), z.string()) })).default([]);

const ASSUME_ROLE = z.tuple([z.object({ role_arn: z.string() })]);

const STACK = z.object({
  "//": z.object({
    metadata: z.object({
      format: z.literal(JSON_FORMAT),
      silencedRules: z
        .array(z.object({ path: z.string(), rule: z.string(), reason: z.string() }))
        .default([]),
    }),
  }),
  terraform: RECORD.default({}),
  // A stack of code of one's own may have nothing in AWS.
  provider: z
    .object({
      aws: z.tuple([
        z.object({
          region: z.string(),
          default_tags: DEFAULT_TAGS,
          assume_role: ASSUME_ROLE.optional(),
          allowed_account_ids: z.array(z.string()).optional(),
        }),
      ]),
    })
    .optional(),
  resource: z.record(z.string(), z.record(z.string(), RECORD)).default({}),
  data: z.record(z.string(), z.record(z.string(), RECORD)).default({}),
  moved: z.array(z.object({ from: z.string(), to: z.string() })).default([]),
  removed: z.array(z.object({ from: z.string() })).default([]),
  output: z.record(z.string(), z.object({ value: z.unknown() })).default({}),
});

const MANIFEST = z.object({
  stacks: z.record(
    z.string(),
    z.object({ name: z.string(), synthesizedStackPath: z.string(), dependencies: z.array(z.string()) }),
  ),
});

/**
 * Reads what was synthesized, every stack behind those it depends on: the order of a deploy.
 *
 * @throws where nothing was synthesized in the folder, or by another version of the project.
 */
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
    const end = name.lastIndexOf("-");
    ordered.set(name, {
      name,
      environment: name.slice(0, end),
      layer: name.slice(end + 1),
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
      silenced: json["//"].metadata.silencedRules,
      assumptions: z.array(z.string()).catch([]).parse(json.output.assumptions?.value),
    });
  };
  Object.keys(stacks).sort().forEach(visit);
  return [...ordered.values()];
}

function flatten(byType: Record<string, Record<string, Record<string, unknown>>>): SynthesizedResource[] {
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

/** The stacks by environment. */
export function byEnvironment(stacks: readonly SynthesizedStack[]): Map<string, SynthesizedStack[]> {
  const environments = new Map<string, SynthesizedStack[]>();
  for (const stack of stacks) {
    environments.set(stack.environment, [...(environments.get(stack.environment) ?? []), stack]);
  }
  return environments;
}

/** The services that answer outside the VPC, and in which networks: what the stack takes for granted. */
export function elsewhere({ assumptions }: SynthesizedStack): Map<string, string[]> {
  return new Map(
    assumptions.flatMap((assumed) => {
      const [, service, networks] =
        /^([\w-]+) answers under its own name in (.+), on port/.exec(assumed) ?? [];
      return service === undefined || networks === undefined ? [] : [[service, networks.split(", ")]];
    }),
  );
}

/** The resource that a reference such as `${aws_instance.web.id}` leads to, and the attribute it asks for. */
export function referenced(
  stack: SynthesizedStack,
  reference: unknown,
): { readonly resource: SynthesizedResource; readonly attribute: string } | undefined {
  const [, type, name, attribute] =
    /^\$\{([\w-]+)\.([\w-]+)\.(\w+)\}$/.exec(typeof reference === "string" ? reference : "") ?? [];
  const resource = stack.resources.find((one) => one.type === type && one.name === name);
  return resource && attribute !== undefined ? { resource, attribute } : undefined;
}

/** What a value is before anything is deployed; undefined where only AWS will know. */
export function literal(stack: SynthesizedStack, value: unknown): string | undefined {
  const found = referenced(stack, value);
  const text = found ? found.resource.config[found.attribute] : value;
  return typeof text === "string" && !text.includes("${") ? text : undefined;
}
