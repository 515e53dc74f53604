import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { addStacks } from "../../stacks";
import type { Environment, EnvironmentSettings } from "../../stacks/settings/environment";
import { validateEnvironment } from "../../stacks/settings/validate";

/* eslint-disable @typescript-eslint/no-explicit-any -- the JSON is asserted, not typed */
export type Json = Record<string, any>;

/** One stack as it is applied: the file that `app.synth()` wrote. */
export class StackJson {
  constructor(public readonly json: Json) {}

  /** The resources of a type, by name. */
  public resources(type: string): Record<string, Json> {
    return this.json.resource?.[type] ?? {};
  }

  /** The only resource of a type. */
  public only(type: string): Json {
    const all = Object.values(this.resources(type));
    expect({ type, count: all.length }).toEqual({ type, count: 1 });
    return all[0] as Json;
  }

  /** The data sources of a type, by name. */
  public data(type: string): Record<string, Json> {
    return this.json.data?.[type] ?? {};
  }

  /** How many resources there are of each type. */
  public inventory(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.json.resource ?? {}).map(([type, named]) => [
        type,
        Object.keys(named as Json).length,
      ]),
    );
  }

  /** Every resource with its type. */
  public all(): { type: string; name: string; config: Json }[] {
    return Object.entries((this.json.resource ?? {}) as Record<string, Record<string, Json>>).flatMap(
      ([type, named]) => Object.entries(named).map(([name, config]) => ({ type, name, config })),
    );
  }
}

/** Synthesizes an app for real, in a folder of its own, and reads what it wrote. */
export function synth(build: (app: App) => void): { stacks: Record<string, StackJson>; manifest: Json } {
  const folder = mkdtempSync(join(tmpdir(), "synth-"));
  try {
    const app = new App({ outdir: join(folder, "cdktf.out") });
    build(app);
    app.synth();
    const manifest = JSON.parse(readFileSync(join(app.outdir, "manifest.json"), "utf8")) as Json;
    const stacks = Object.fromEntries(
      Object.entries(manifest.stacks as Record<string, { synthesizedStackPath: string }>).map(
        ([name, stack]) => [
          name,
          new StackJson(
            JSON.parse(readFileSync(join(app.outdir, stack.synthesizedStackPath), "utf8")) as Json,
          ),
        ],
      ),
    );
    return { stacks, manifest };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Synthesizes constructs of the library, in a stack as a stranger would write it. */
export function synthModule(build: (stack: TerraformStack) => void): StackJson {
  const { stacks } = synth((app) => {
    const stack = new TerraformStack(app, "module");
    new AwsProvider(stack, "aws", { region: "eu-central-1" });
    build(stack);
  });
  return stacks.module as StackJson;
}

/** What an environment's settings become, once validated. */
export function settingsOf(environment: Environment, name = "test"): EnvironmentSettings {
  const { settings, problems } = validateEnvironment(name, environment);
  expect(problems).toEqual([]);
  return settings as EnvironmentSettings;
}

/** Synthesizes one environment. */
export function synthEnvironment(environment: Environment, name = "test") {
  const { stacks, manifest } = synth((app) => addStacks(app, settingsOf(environment, name)));
  return {
    networking: stacks[`${name}-networking`] as StackJson,
    instances: stacks[`${name}-instances`] as StackJson,
    sessions: stacks[`${name}-sessions`] as StackJson,
    manifest,
  };
}

/** The least an environment can say. */
export const MINIMAL: Environment = { region: "eu-central-1", instances: { web: {} } };
