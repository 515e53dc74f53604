import { readFileSync } from "node:fs";
import { Failure } from "../terminal/failure";
import type { SynthesizedStack } from "../assembly/stacks";
import { type Loss, readLosses } from "./losses";
import { whyFailed } from "./messages";
import { type PlanChanges, readChanges, readCreations } from "./plan-changes";
import type { Preparation } from "./prepare";
import type { TerraformRun } from "./run";
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

/** What planning a stack came to: what is kept of it, and what a person sees. */
export type StackPlanning =
  | (PlannedStack & {
      /** What would be done. */
      readonly changes: PlanChanges;
    })
  | Exclude<StackPlan, PlannedStack>;

/** What a plan is made in. */
export interface PlanPlace {
  /** The stacks, as they are deployed. */
  readonly prepared: Preparation;
  /** The stacks before it that were planned and not applied since, with what planning them came to. */
  readonly before: ReadonlyMap<SynthesizedStack, StackPlanning>;
  /** Folder that the plan is written to. */
  readonly folder: string;
}

/**
 * Plans a stack into a folder, unless it has to wait for those before it.
 *
 * @throws Interrupted where the command has been told to end.
 */
export async function planStack(
  run: TerraformRun,
  stack: SynthesizedStack,
  place: PlanPlace,
): Promise<StackPlanning> {
  try {
    const json = readJson(stack);
    const { states, failed } = place.prepared;
    const unprepared = failed.get(stack);
    if (unprepared !== undefined) {
      return { stack: stack.name, state: "failed", reason: unprepared };
    }
    const producers = [...states.keys()].filter((one) => stack.dependencies.includes(one.name));
    const waits = producers.flatMap((producer) => {
      const planning = place.before.get(producer);
      return planning === undefined ? [] : (waitFor(json, producer, planning, place.prepared) ?? []);
    });
    if (waits.length > 0) {
      return { stack: stack.name, state: "waiting", reason: `waits for ${waits.join("; ")}` };
    }
    const reads = producers.map((producer) => [
      producer.name,
      digestRead(json, producer.name, publishedBy(states.get(producer))),
    ]);
    return await plan(run, stack, place, {
      jsonSha256: sha256(json),
      reads: Object.fromEntries(reads) as Record<string, string>,
    });
  } catch (error) {
    if (error instanceof Failure) {
      return { stack: stack.name, state: "failed", reason: error.message };
    }
    throw error;
  }
}

/** Why a stack has to wait for another; undefined where it has not. */
function waitFor(
  json: string,
  producer: SynthesizedStack,
  planning: StackPlanning,
  { states }: Preparation,
): string | undefined {
  if (planning.state !== "planned") {
    return `${producer.name}: ${planning.state === "failed" ? "could not be planned" : "waits itself"}`;
  }
  if (publishedBy(states.get(producer)) === undefined && planning.changed) {
    return `${producer.name}: not applied yet`;
  }
  const read = outputsRead(json, producer.name);
  const changing = planning.changes.outputs.filter((name) => read === undefined || read.includes(name));
  return changing.length === 0
    ? undefined
    : `${producer.name}: ${changing.join(", ")} ${changing.length === 1 ? "changes" : "change"}`;
}

async function plan(
  run: TerraformRun,
  stack: SynthesizedStack,
  { folder, prepared }: PlanPlace,
  madeFrom: Pick<PlannedStack, "jsonSha256" | "reads">,
): Promise<StackPlanning> {
  const file = planFile(folder, stack.name);
  const time = new Date().toISOString();
  // Runs in HCP Terraform write no JSON.
  const form = stack.terraform.cloud === undefined ? "-json" : "-no-color";
  // 2 is Terraform's word for changes; it counts what has no line of its own, such as a move.
  const { status, stdout } = await runGood(
    run,
    stack,
    [0, 2],
    ["plan", "-input=false", form, "-detailed-exitcode", `-out=${file}`],
  );
  const changed = status === 2;
  const isNew = prepared.states.get(stack)?.resources.length === 0;
  const told = changed && !isNew ? undefined : readCreations(stdout, changed);
  const { changes, losses } =
    told === undefined ? await readPlan(run, stack, file, prepared) : { changes: told, losses: [] };
  return {
    stack: stack.name,
    state: "planned",
    changed,
    time,
    ...madeFrom,
    planSha256: sha256(readFileSync(file)),
    ...(losses.length > 0 && { losses: [...losses] }),
    changes,
  };
}

/** Reads a plan that does more than create: this takes as long as the plan itself. */
async function readPlan(
  run: TerraformRun,
  stack: SynthesizedStack,
  file: string,
  { states, failed }: Preparation,
): Promise<{ readonly changes: PlanChanges; readonly losses: readonly Loss[] }> {
  const { stdout } = await runGood(run, stack, [0], ["show", "-json", "-no-color", file]);
  return {
    changes: readChanges(stdout),
    losses: readLosses(stdout, failed.size > 0 ? undefined : subnetsInUse([...states.values()])),
  };
}

async function runGood(
  run: TerraformRun,
  stack: SynthesizedStack,
  good: readonly number[],
  args: readonly string[],
): Promise<{ readonly status: number; readonly stdout: string }> {
  const said: string[] = [];
  const result = await run.terraform(stack, args, (line) => said.push(line));
  if (good.includes(result.status)) {
    return result;
  }
  throw new Failure(whyFailed(stack, said.join("\n")));
}
