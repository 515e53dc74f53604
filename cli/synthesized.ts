import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

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
  /** Stacks that must be deployed before. */
  readonly dependencies: readonly string[];
  /** Region of the provider. */
  readonly region: string;
  /** Every resource; data sources are none. */
  readonly resources: readonly SynthesizedResource[];
  /** Rules that are silenced in it. */
  readonly silenced: readonly SilencedRule[];
  /** What the stack takes for granted, since neither synthesis nor Terraform can check it. */
  readonly assumptions: readonly string[];
}

interface StackJson {
  readonly "//"?: { readonly metadata?: { readonly silencedRules?: readonly SilencedRule[] } };
  readonly provider?: { readonly aws?: readonly { readonly region?: string }[] };
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly output?: { readonly assumptions?: { readonly value: readonly string[] } };
}

interface Manifest {
  readonly stacks: Readonly<
    Record<
      string,
      {
        readonly name: string;
        readonly synthesizedStackPath: string;
        readonly dependencies: readonly string[];
      }
    >
  >;
}

/**
 * Reads what was synthesized, every stack behind those it depends on: the order of a deploy.
 *
 * @throws where nothing was synthesized in the folder.
 */
export function readSynthesized(folder = process.env.CDKTF_OUTDIR ?? "cdktf.out"): SynthesizedStack[] {
  const path = join(folder, "manifest.json");
  if (!existsSync(path)) {
    throw new Error(`nothing is synthesized in ${folder}: run npm start first`);
  }
  const { stacks } = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  const ordered = new Map<string, SynthesizedStack>();
  const visit = (name: string): void => {
    const stack = stacks[name];
    if (stack === undefined || ordered.has(name)) {
      return;
    }
    stack.dependencies.forEach(visit);
    const json = JSON.parse(readFileSync(join(folder, stack.synthesizedStackPath), "utf8")) as StackJson;
    ordered.set(name, {
      name,
      environment: name.slice(0, name.lastIndexOf("-")),
      dependencies: stack.dependencies,
      assumptions: json.output?.assumptions?.value ?? [],
      region: json.provider?.aws?.[0]?.region ?? "",
      silenced: json["//"]?.metadata?.silencedRules ?? [],
      resources: Object.entries(json.resource ?? {}).flatMap(([type, named]) =>
        Object.entries(named).map(([resource, config]) => ({ type, name: resource, config })),
      ),
    });
  };
  Object.keys(stacks).sort().forEach(visit);
  return [...ordered.values()];
}

/** The stacks by environment. */
export function byEnvironment(stacks: readonly SynthesizedStack[]): Map<string, SynthesizedStack[]> {
  const environments = new Map<string, SynthesizedStack[]>();
  for (const stack of stacks) {
    environments.set(stack.environment, [...(environments.get(stack.environment) ?? []), stack]);
  }
  return environments;
}
