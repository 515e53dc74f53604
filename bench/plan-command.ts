import { rmSync } from "node:fs";
import { join } from "node:path";
import { capture } from "../cli/process/run";
import { rehearsalEnv } from "../cli/rehearsal/override";
import { type Cost, type EmulatedAws, costOf, medianOf, withEmulatedAws } from "./emulated-aws";
import { RUNS } from "./measure";
import { copyProject } from "./projects";

const CLI = ["-r", "./register-typescript.js", "cli/index.ts"];

/** What `plan recipe` takes, once it is deployed. */
export interface PlanCommand {
  readonly ours: Cost;
  /** The command of an earlier commit, where one is given. */
  readonly before: Cost | undefined;
}

/**
 * Plans the recipe again by the command, with synthesis and all.
 *
 * @param commit an earlier commit, whose command takes turns with today's
 */
export function measurePlanCommand(commit?: string): Promise<PlanCommand> {
  return withDeployed(copyProject("plan-command"), async (ours) => {
    const measure = async (before?: () => Promise<Cost>): Promise<PlanCommand> => {
      const [seen, seenBefore]: [Cost[], Cost[]] = [[], []];
      for (let run = 0; run < RUNS; run++) {
        seen.push(await ours());
        if (before !== undefined) {
          seenBefore.push(await before());
        }
      }
      return { ours: medianOf(seen), before: before && medianOf(seenBefore) };
    };
    return commit === undefined
      ? measure()
      : withDeployed(copyProject("plan-command-before", undefined, commit), measure);
  });
}

/** Deploys the recipe of a project to an emulator of its own, and gives what plans it. */
function withDeployed<T>(folder: string, work: (plan: () => Promise<Cost>) => Promise<T>): Promise<T> {
  return withEmulatedAws(async (_, aws) => {
    for (const left of ["cdktf.out", "state", "plans"]) {
      rmSync(join(folder, left), { recursive: true, force: true });
    }
    await good(folder, aws, "deploy", "recipe", "--auto-approve");
    return work(() => costOf(aws, () => good(folder, aws, "plan", "recipe")));
  });
}

async function good(folder: string, { url }: EmulatedAws, ...args: readonly string[]): Promise<void> {
  const { status, stdout, stderr } = await capture(process.execPath, [...CLI, ...args], {
    cwd: folder,
    env: rehearsalEnv(url),
  });
  if (status !== 0) {
    throw new Error(`${args.join(" ")} in ${folder}: ${stdout}${stderr}`);
  }
}
