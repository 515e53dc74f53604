import { readFileSync } from "node:fs";
import { Failure } from "../failure";
import { readOutputs } from "./outputs";
import { type PlanChanges, readChanges } from "./plan-changes";
import {
  type PlannedStack,
  type StackPlan,
  digestRead,
  outputsRead,
  planFile,
  readJson,
  sha256,
} from "./saved-plans";
import type { SynthesizedStack } from "../synthesized";
import { terraform, terraformLock, terraformReason } from "./program";

/** What planning a stack came to: what is kept of it, and what a person sees. */
export type StackPlanning =
  | (PlannedStack & {
      /** What would be done. */
      readonly changes: PlanChanges;
    })
  | Exclude<StackPlan, PlannedStack>;

/**
 * Plans a stack into a folder, unless it has to wait for those before it.
 *
 * @param before the stacks before it, with what planning them came to
 */
export async function planStack(
  stack: SynthesizedStack,
  before: ReadonlyMap<SynthesizedStack, StackPlanning>,
  folder: string,
): Promise<StackPlanning> {
  try {
    const json = readJson(stack);
    const waits: string[] = [];
    const reads: Record<string, string> = {};
    for (const [producer, planning] of before) {
      if (stack.dependencies.includes(producer.name)) {
        const { wait, digest } = await waitsFor(json, producer, planning);
        waits.push(...(wait === undefined ? [] : [wait]));
        reads[producer.name] = digest;
      }
    }
    return waits.length > 0
      ? { stack: stack.name, state: "waiting", reason: `waits for ${waits.join("; ")}` }
      : await plan(stack, folder, { jsonSha256: sha256(json), reads });
  } catch (error) {
    if (error instanceof Failure) {
      return { stack: stack.name, state: "failed", reason: error.message };
    }
    throw error;
  }
}

/** Why a stack has to wait for another, if it has to, and a digest of what it reads of the other. */
async function waitsFor(
  json: string,
  producer: SynthesizedStack,
  planning: StackPlanning,
): Promise<{ readonly wait?: string; readonly digest: string }> {
  if (planning.state !== "planned") {
    const why = planning.state === "failed" ? "could not be planned" : "waits itself";
    return { wait: `${producer.name}: ${why}`, digest: "" };
  }
  const outputs = await readOutputs(producer);
  const digest = digestRead(json, producer.name, outputs);
  if (outputs === undefined && planning.changed) {
    return { wait: `${producer.name}: not applied yet`, digest };
  }
  const read = outputsRead(json, producer.name);
  const changing = planning.changes.outputs.filter((name) => read === undefined || read.includes(name));
  return changing.length === 0
    ? { digest }
    : {
        wait: `${producer.name}: ${changing.join(", ")} ${changing.length === 1 ? "changes" : "change"}`,
        digest,
      };
}

async function plan(
  stack: SynthesizedStack,
  folder: string,
  madeFrom: Pick<PlannedStack, "jsonSha256" | "reads">,
): Promise<StackPlanning> {
  const file = planFile(folder, stack.name);
  const time = new Date().toISOString();
  await run(stack, [0], "init");
  // 2 is Terraform's word for changes; it counts what has no line of its own, such as a move.
  const { status } = await run(stack, [0, 2], "plan", "-detailed-exitcode", `-out=${file}`);
  const shown = await run(stack, [0], "show", "-json", file);
  return {
    stack: stack.name,
    state: "planned",
    changed: status === 2,
    time,
    ...madeFrom,
    planSha256: sha256(readFileSync(file)),
    changes: readChanges(shown.stdout),
  };
}

async function run(
  stack: SynthesizedStack,
  good: readonly number[],
  command: string,
  ...args: readonly string[]
): Promise<{ readonly status: number; readonly stdout: string }> {
  const asking = command === "show" ? [] : ["-input=false"];
  const result = await terraform(stack.folder, command, ...asking, "-no-color", ...args);
  if (good.includes(result.status)) {
    return result;
  }
  const said = `${result.stdout}\n${result.stderr}`;
  const lock = terraformLock(said);
  throw new Failure(lock === undefined ? terraformReason(said) : `${lock}: try again when that has ended`);
}
