import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { Failure } from "../terminal/failure";
import { LOSS } from "./losses";
import { scratchFolder } from "../process/scratch-folder";
import type { SynthesizedStack } from "../assembly/stacks";
import { type StackStates, publishedBy } from "./state";

/** Not in cdktf.out, which every synthesis writes anew. */
const FOLDER = "plans";

const PLANNED = z.object({
  stack: z.string(),
  state: z.literal("planned"),
  /** Whether there is anything to apply. */
  changed: z.boolean(),
  /** When the plan was made. */
  time: z.string(),
  jsonSha256: z.string(),
  planSha256: z.string(),
  /** Digests of what it reads of other stacks: Terraform does not call a plan stale that has old values. */
  reads: z.record(z.string(), z.string()),
  /** What must be named before the plan is applied. */
  losses: z.array(LOSS).optional(),
});

const NOT_PLANNED = z.object({
  stack: z.string(),
  state: z.enum(["waiting", "failed"]),
  reason: z.string(),
});

const STACK_PLAN = z.discriminatedUnion("state", [PLANNED, NOT_PLANNED]);

/** A stack that was planned. */
export type PlannedStack = z.infer<typeof PLANNED>;

/** What planning a stack came to, as it is kept beside the plan. */
export type StackPlan = z.infer<typeof STACK_PLAN>;

/** Makes a folder for new plans. It is removed when the process ends, since a plan may contain secrets. */
export function draftFolder(): string {
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  chmodSync(FOLDER, 0o700);
  return resolve(scratchFolder(FOLDER));
}

/** Replaces all plans of an environment by those in a draft folder at once. */
export function keepPlans(draft: string, environment: string, plans: readonly StackPlan[]): void {
  for (const plan of plans) {
    writeFileSync(join(draft, `${plan.stack}.json`), `${JSON.stringify(plan, undefined, 2)}\n`);
  }
  readdirSync(draft).forEach((file) => chmodSync(join(draft, file), 0o600));
  removePlans(environment);
  renameSync(draft, plansFolder(environment));
}

/** Removes all plans of an environment, or that of one of its stacks. */
export function removePlans(environment: string, stack?: string): void {
  const folder = plansFolder(environment);
  const gone = stack === undefined ? [folder] : [planFile(folder, stack), join(folder, `${stack}.json`)];
  gone.forEach((path) => rmSync(path, { recursive: true, force: true }));
}

/** Path of a stack's plan in a folder of plans. */
export function planFile(folder: string, stack: string): string {
  return resolve(folder, `${stack}.tfplan`);
}

/** Folder of an environment's plans. */
export function plansFolder(environment: string): string {
  return join(FOLDER, environment);
}

/** Reads the plans of an environment; throws if there are none. */
export function readPlans(environment: string): StackPlan[] {
  const folder = plansFolder(environment);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [];
  if (files.length === 0) {
    throw new Failure(`there are no plans of ${environment}: npm run plan -- ${environment}`);
  }
  return files.map((file) => {
    const path = join(folder, file);
    try {
      return STACK_PLAN.parse(JSON.parse(readFileSync(path, "utf8")));
    } catch {
      throw new Failure(
        `${path} is not as this version of the project writes it: npm run plan -- ${environment}`,
      );
    }
  });
}

/** Throws if a plan is not what would be planned now, with all that is wrong. */
export function refuseStale(plans: readonly StackPlan[], environment: string, states: StackStates): void {
  const problems = plans.flatMap((plan) => {
    const problem = whyStale(plan, states);
    return problem === undefined ? [] : [`${plan.stack}'s plan ${problem}: npm run plan -- ${environment}`];
  });
  if (problems.length > 0) {
    throw new Failure([...problems, "nothing was applied"].join("\n"));
  }
}

function whyStale(plan: StackPlan, states: StackStates): string | undefined {
  const stack = [...states.keys()].find(({ name }) => name === plan.stack);
  if (stack === undefined) {
    return "is of a stack that is not in cdktf.out any more";
  }
  if (plan.state !== "planned") {
    return undefined;
  }
  const json = readJson(stack);
  if (sha256(json) !== plan.jsonSha256) {
    return "belongs to other JSON";
  }
  if (!isPlanned(stack, [plan])) {
    return "is not the file that was planned";
  }
  for (const [producer, state] of states) {
    const before = plan.reads[producer.name];
    if (before !== undefined && before !== digestRead(json, producer.name, publishedBy(state))) {
      return `has old values of ${producer.name}`;
    }
  }
  return undefined;
}

/** Whether the file of a stack's plan is still the one that one of these plans describes. */
export function isPlanned({ name, environment }: SynthesizedStack, plans: readonly StackPlan[]): boolean {
  const file = planFile(plansFolder(environment), name);
  const digest = existsSync(file) ? sha256(readFileSync(file)) : undefined;
  return plans.some((plan) => plan.stack === name && plan.state === "planned" && plan.planSha256 === digest);
}

/** The digest of a stack's JSON, or of a plan. */
export function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The outputs of another stack that a stack's JSON refers to; undefined stands for all of them. */
export function outputsRead(json: string, producer: string): string[] | undefined {
  const names = json
    .split(`data.terraform_remote_state.${producer}.outputs`)
    .slice(1)
    .map((rest) => /^(?:\.([\w-]+)|\[\\"([\w-]+)\\"\])/.exec(rest)?.slice(1).find(Boolean));
  return names.includes(undefined) ? undefined : [...new Set(names as string[])].sort();
}

/** The digest of the outputs of another stack that a stack reads. */
export function digestRead(
  json: string,
  producer: string,
  outputs: Readonly<Record<string, unknown>> = {},
): string {
  const names = outputsRead(json, producer) ?? Object.keys(outputs).sort();
  return sha256(JSON.stringify(names.map((name) => [name, outputs[name]])));
}

/** The JSON of a stack. */
export function readJson({ folder }: SynthesizedStack): string {
  return readFileSync(join(folder, "cdk.tf.json"), "utf8");
}
