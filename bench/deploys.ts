import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AwsProxy } from "../__tests__/support/aws-proxy";
import { whyNoProvider } from "../__tests__/support/terraform";
import { rehearsalEnv } from "../cli/rehearsal/override";
import { startEmulator } from "../cli/rehearsal/emulator";
import { capture } from "../cli/process/run";
import { inScratchFolder } from "../cli/process/scratch-folder";
import { readSynthesized } from "../cli/assembly/stacks";
import { terraformProgram } from "../cli/terraform/program";
import { median } from "./measure";
import { copyProject } from "./projects";

/** How often each way is measured: a deploy takes most of a minute. */
const RUNS = 3;

const ROOT = join(__dirname, "..");

/** What deploying an environment takes, to an emulator that has nothing. */
export interface DeployCost {
  /** Name of the environment. */
  readonly environment: string;
  /** Median of `npm run deploy`, in seconds. */
  readonly ours: number;
  /** Median of plain Terraform, stack by stack. */
  readonly plain: number;
  /** Calls of AWS by ours. */
  readonly ourCalls: number;
  /** Calls of AWS by plain Terraform. */
  readonly plainCalls: number;
}

/**
 * Deploys environments with our command and with plain Terraform, in turns.
 *
 * @returns what was measured, or why it cannot be
 */
export async function measureDeploys(version: string): Promise<DeployCost[] | string> {
  return whyNoProvider(version) ?? inScratchFolder(measureIn);
}

async function measureIn(root: string): Promise<DeployCost[]> {
  const emulator = await startEmulator(join(root, "moto.log"), () => undefined);
  const proxy = new AwsProxy(() => emulator.url);
  let calls = 0;
  proxy.before = () => {
    calls += 1;
    return undefined;
  };
  const measured = async (
    folder: string,
    environment: string,
    work: () => Promise<void>,
  ): Promise<{ seconds: number; calls: number }> => {
    synthesizeInto(folder, environment);
    await fetch(`${emulator.url}/moto-api/reset`, { method: "POST" });
    calls = 0;
    const start = performance.now();
    await work();
    return { seconds: (performance.now() - start) / 1000, calls };
  };
  try {
    await proxy.start();
    const costs: DeployCost[] = [];
    const [mine, theirs] = [join(root, "ours"), join(root, "plain")];
    for (const environment of ["recipe", "dev"]) {
      const [ours, plain]: { seconds: number; calls: number }[][] = [[], []];
      for (let run = 0; run < RUNS; run++) {
        ours?.push(await measured(mine, environment, () => byOurs(mine, environment, proxy.url)));
        plain?.push(await measured(theirs, environment, () => byTerraform(theirs, proxy.url)));
      }
      const of = (all: typeof ours, key: "seconds" | "calls"): number =>
        median((all ?? []).map((one) => one[key]));
      costs.push({
        environment,
        ours: of(ours, "seconds"),
        plain: of(plain, "seconds"),
        ourCalls: of(ours, "calls"),
        plainCalls: of(plain, "calls"),
      });
    }
    return costs;
  } finally {
    proxy.stop();
    emulator.end();
  }
}

async function byOurs(folder: string, environment: string, url: string): Promise<void> {
  // It is synthesized already, as for plain Terraform.
  writeFileSync(join(folder, "cdktf.json"), JSON.stringify({ app: "true" }));
  const args = ["-r", join(ROOT, "register-typescript.js"), join(ROOT, "cli/index.ts")];
  await good(process.execPath, [...args, "deploy", environment, "--auto-approve"], folder, url);
}

async function byTerraform(folder: string, url: string): Promise<void> {
  for (const stack of readSynthesized(join(folder, "cdktf.out"))) {
    await good(terraformProgram(), ["init", "-input=false"], stack.folder, url);
    await good(terraformProgram(), ["apply", "-input=false", "-auto-approve"], stack.folder, url);
  }
}

/** A folder that has nothing but what is synthesized of an environment. */
function synthesizeInto(folder: string, environment: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const project = copyProject("deploys");
  rmSync(join(project, "cdktf.out"), { recursive: true, force: true });
  const { status, stderr } = spawnSync(process.execPath, ["-r", "./register-typescript.js", "main.ts"], {
    cwd: project,
    encoding: "utf8",
    env: { ...process.env, ENVIRONMENT: environment, CDKTF_OUTDIR: undefined },
  });
  if (status !== 0) {
    throw new Error(stderr);
  }
  cpSync(join(project, "cdktf.out"), join(folder, "cdktf.out"), { recursive: true });
}

async function good(program: string, args: readonly string[], cwd: string, url: string): Promise<void> {
  const { status, stdout, stderr } = await capture(program, args, { cwd, env: rehearsalEnv(url) });
  if (status !== 0) {
    throw new Error(`${args.join(" ")}: ${stdout}${stderr}`);
  }
}
