import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { leaveOutUnknown } from "../__tests__/support/leave-out-unknown";
import { readSynthesized } from "../cli/assembly/stacks";
import { capture } from "../cli/process/run";
import { rehearsalEnv } from "../cli/rehearsal/override";
import { terraformProgram } from "../cli/terraform/program";
import { type Cost, costOf, medianOf, withEmulatedAws } from "./emulated-aws";
import { synthesizedProject } from "./projects";

/** How often each way is measured: a deploy takes most of a minute. */
const RUNS = 3;

const ROOT = join(__dirname, "..");

/** What deploying an environment takes, to an emulator that has nothing: medians. */
export interface DeployCost {
  /** Name of the environment. */
  readonly environment: string;
  /** `npm run deploy`. */
  readonly ours: Cost;
  /** Plain Terraform, stack by stack. */
  readonly plain: Cost;
}

/** Deploys environments with our command and with plain Terraform, in turns. */
export function measureDeploys(): Promise<DeployCost[]> {
  return withEmulatedAws(async (root, aws) => {
    const folder = join(root, "project");
    const measured = async (environment: string, deploy: typeof byOurs): Promise<Cost> => {
      synthesizeInto(folder, environment);
      await fetch(`${aws.url}/moto-api/reset`, { method: "POST" });
      return costOf(aws, () => deploy(folder, environment, aws.url));
    };
    const costs: DeployCost[] = [];
    for (const environment of ["recipe", "dev"]) {
      const [ours, plain]: [Cost[], Cost[]] = [[], []];
      for (let run = 0; run < RUNS; run++) {
        ours.push(await measured(environment, byOurs));
        plain.push(await measured(environment, byTerraform));
      }
      costs.push({ environment, ours: medianOf(ours), plain: medianOf(plain) });
    }
    return costs;
  });
}

async function byOurs(folder: string, environment: string, url: string): Promise<void> {
  // It is synthesized already, as for plain Terraform.
  writeFileSync(join(folder, "cdktf.json"), JSON.stringify({ app: "true" }));
  const args = ["-r", join(ROOT, "register-typescript.js"), join(ROOT, "cli/index.ts")];
  await good(process.execPath, [...args, "deploy", environment, "--auto-approve"], folder, url);
}

async function byTerraform(folder: string, _: string, url: string): Promise<void> {
  for (const stack of readSynthesized(join(folder, "cdktf.out"))) {
    await good(terraformProgram(), ["init", "-input=false"], stack.folder, url);
    await good(terraformProgram(), ["apply", "-input=false", "-auto-approve"], stack.folder, url);
  }
}

/** Makes a folder that has nothing but what is synthesized of an environment. */
function synthesizeInto(folder: string, environment: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  cpSync(synthesizedProject("deploys", environment), join(folder, "cdktf.out"), { recursive: true });
  leaveOutUnknown(join(folder, "cdktf.out"));
}

async function good(program: string, args: readonly string[], cwd: string, url: string): Promise<void> {
  const { status, stdout, stderr } = await capture(program, args, { cwd, env: rehearsalEnv(url) });
  if (status !== 0) {
    throw new Error(`${args.join(" ")}: ${stdout}${stderr}`);
  }
}
