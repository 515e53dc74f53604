import { readFileSync } from "node:fs";
import { Failure } from "../terminal/failure";
import type { SynthesizedStack } from "../assembly/stacks";
import type { ProcessResult } from "../process/run";
import { goneImages, refuseIrreplaceable, withoutImages } from "./gone-images";
import { type Loss, readLosses } from "./losses";
import { readableOutput, whyFailed } from "./messages";
import { type PlanChanges, readChanges, readCreations } from "./plan-changes";
import type { Preparation } from "./prepare";
import type { TerraformRun } from "./run";
import { runInitialized } from "./run-initialized";
import {
  type PlannedStack,
  type StackPlan,
  digestRead,
  outputsRead,
  planFile,
  readJson,
  sha256,
} from "./saved-plans";
import { publishedBy, subnetsInUse } from "./state";

/** What planning a stack came to: the part that is kept, and the changes. */
export type StackPlanning =
  (PlannedStack & { readonly changes: PlanChanges }) | Exclude<StackPlan, PlannedStack>;

/** What the plan of a stack depends on, and the folder that it is written to. */
export interface PlanContext {
  readonly run: TerraformRun;
  readonly prepared: Preparation;
  /** The stacks that were planned before it and not applied since. */
  readonly before: ReadonlyMap<SynthesizedStack, StackPlanning>;
  readonly folder: string;
}

/** Plans a stack, unless it has to wait for others. */
export async function planStack(stack: SynthesizedStack, context: PlanContext): Promise<StackPlanning> {
  try {
    const json = readJson(stack);
    const { states, failed } = context.prepared;
    const unprepared = failed.get(stack);
    if (unprepared !== undefined) {
      return { stack: stack.name, state: "failed", reason: unprepared };
    }
    const waiting = waitingFor(stack, context);
    if (waiting !== undefined) {
      return waiting;
    }
    const reads: Record<string, string> = {};
    for (const producer of producersOf(stack, context)) {
      reads[producer.name] = digestRead(json, producer.name, publishedBy(states.get(producer)));
    }
    return await plan(stack, context, { jsonSha256: sha256(json), reads });
  } catch (error) {
    if (error instanceof Failure) {
      return { stack: stack.name, state: "failed", reason: error.message };
    }
    throw error;
  }
}

/**
 * Begins to plan a stack as what it reads is deployed, before it is known whether that changes: it takes a while to start
 * the provider. Undefined where nothing is deployed to plan on, and in HCP Terraform, where each plan is a run.
 */
export function planEarly(stack: SynthesizedStack, context: PlanContext): Promise<StackPlanning> | undefined {
  const producers = producersOf(stack, context);
  const isDeployed = producers.every(
    (producer) => publishedBy(context.prepared.states.get(producer)) !== undefined,
  );
  const isReady = !context.prepared.failed.has(stack);
  return producers.length > 0 && isDeployed && isReady && stack.terraform.cloud === undefined
    ? planStack(stack, { ...context, before: new Map() })
    : undefined;
}

/** What a stack comes to that has to wait for others; undefined where it can be planned. */
export function waitingFor(stack: SynthesizedStack, context: PlanContext): StackPlanning | undefined {
  const json = readJson(stack);
  const waits = producersOf(stack, context).flatMap((producer) => waitFor(json, producer, context) ?? []);
  return waits.length === 0
    ? undefined
    : { stack: stack.name, state: "waiting", reason: `waits for ${waits.join("; ")}` };
}

function producersOf(stack: SynthesizedStack, { prepared }: PlanContext): SynthesizedStack[] {
  return [...prepared.states.keys()].filter(({ name }) => stack.dependencies.includes(name));
}

/** Why a stack has to wait for another; undefined if it does not. */
function waitFor(json: string, producer: SynthesizedStack, context: PlanContext): string | undefined {
  const { name } = producer;
  const planning = context.before.get(producer);
  if (planning === undefined) {
    return undefined;
  }
  if (planning.state !== "planned") {
    return `${name}: ${planning.state === "failed" ? "could not be planned" : "waits itself"}`;
  }
  if (publishedBy(context.prepared.states.get(producer)) === undefined && planning.changed) {
    return `${name}: not applied yet`;
  }
  const read = outputsRead(json, name);
  const changing = planning.changes.outputs.filter((output) => read === undefined || read.includes(output));
  return changing.length === 0
    ? undefined
    : `${name}: ${changing.join(", ")} ${changing.length === 1 ? "changes" : "change"}`;
}

async function plan(
  stack: SynthesizedStack,
  context: PlanContext,
  madeFrom: Pick<PlannedStack, "jsonSha256" | "reads">,
): Promise<StackPlanning> {
  const file = planFile(context.folder, stack.name);
  const time = new Date().toISOString();
  // Runs in HCP Terraform write no JSON.
  const form = stack.terraform.cloud === undefined ? "-json" : "-no-color";
  const args = ["plan", "-input=false", form, "-detailed-exitcode", `-out=${file}`];
  const state = context.prepared.states.get(stack);
  const first = await runInitialized(context.run, stack, args);
  const gone = first.status === 1 ? goneImages(stack, state, first) : undefined;
  if (gone !== undefined) {
    context.run.forgetFailure(stack);
    const images = [...new Set(gone.values())].join(", ");
    context.run.tellOnce(`${images}: gone; what runs from it stays, and can be replaced by nothing`);
  }
  const planned = gone ? await context.run.terraform(stack, [...args, withoutImages(gone)]) : first;
  // With 2, Terraform says that there are changes, also such as have no line of their own, for example a move.
  const { status, stdout } = good(stack, [0, 2], planned);
  const changed = status === 2;
  const isNew = state?.resources.length === 0;
  const creations = changed && !isNew ? undefined : readCreations(stdout, changed);
  const { changes, losses } = creations
    ? { changes: creations, losses: [] }
    : await readPlan(stack, context, file);
  if (gone !== undefined) {
    refuseIrreplaceable(gone, losses);
  }
  return {
    stack: stack.name,
    state: "planned",
    changed,
    time,
    ...madeFrom,
    planSha256: sha256(readFileSync(file)),
    ...(losses.length > 0 && { losses }),
    changes,
  };
}

/** Reads a plan that does more than create, which takes as long as the plan itself. */
async function readPlan(
  stack: SynthesizedStack,
  { run, prepared }: PlanContext,
  file: string,
): Promise<{ readonly changes: PlanChanges; readonly losses: Loss[] }> {
  const shown = await runInitialized(run, stack, ["show", "-json", "-no-color", file]);
  const { stdout } = good(stack, [0], shown);
  const subnets = prepared.failed.size > 0 ? undefined : subnetsInUse([...prepared.states.values()]);
  return { changes: readChanges(stdout), losses: readLosses(stdout, subnets) };
}

/** How Terraform has ended, if it has ended well; throws if not. */
function good(stack: SynthesizedStack, statuses: readonly number[], result: ProcessResult): ProcessResult {
  if (!statuses.includes(result.status)) {
    throw new Failure(whyFailed(stack, readableOutput(result)));
  }
  return result;
}
