import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProxy } from "../__tests__/support/aws-proxy";
import { plainStack } from "../__tests__/support/plain-stack";
import { whyNoProvider } from "../__tests__/support/terraform";
import { startEmulator } from "../cli/rehearsal/emulator";
import { RehearsedStack } from "../cli/rehearsal/rehearsed-stack";
import { readSynthesized } from "../cli/synthesized";
import { RUNS, median } from "./measure";
import { copyProject } from "./projects";

/** What a plan without changes takes. */
export interface PlanCost {
  readonly name: string;
  /** How many resources there are. */
  readonly resources: number;
  /** Median, in seconds. */
  readonly seconds: number;
  /** Calls of AWS, by every plan the same. */
  readonly calls: number;
}

/**
 * Deploys the recipe to an emulator twice, as it is synthesized and as a person writes it, and plans both again.
 *
 * @returns what was measured, or why it cannot be
 */
export async function measurePlans(version: string): Promise<readonly PlanCost[] | string> {
  const missing = whyNoProvider(version);
  if (missing !== undefined) {
    return missing;
  }
  const root = mkdtempSync(join(tmpdir(), "bench-"));
  const emulator = await startEmulator(join(root, "moto.log"), () => undefined);
  const proxy = new AwsProxy(() => emulator.url);
  let calls = 0;
  proxy.before = () => {
    calls += 1;
    return undefined;
  };
  await proxy.start();
  try {
    const behind = { ...emulator, url: proxy.url };
    const contestants = [
      { name: "synthesized: two stacks of JSON", stacks: synthesized(root, behind) },
      { name: "by hand: one root of HCL", stacks: [byHand(root, behind, version)] },
    ];
    for (const stack of contestants.flatMap(({ stacks }) => stacks)) {
      await stack.init();
      await stack.plan();
      await stack.apply();
    }
    const seen = contestants.map(() => ({ times: [] as number[], calls: [] as number[] }));
    for (let run = 0; run < RUNS; run++) {
      for (const [index, { stacks }] of contestants.entries()) {
        calls = 0;
        const start = performance.now();
        for (const stack of stacks) {
          const { status, stdout, stderr } = await stack.terraform(
            "plan",
            "-input=false",
            "-detailed-exitcode",
          );
          // 2 where the emulator forgets something.
          if (status !== 0 && status !== 2) {
            throw new Error(`${stdout}${stderr}`);
          }
        }
        seen[index]?.times.push((performance.now() - start) / 1000);
        seen[index]?.calls.push(calls);
      }
    }
    return await Promise.all(
      contestants.map(async ({ name, stacks }, index) => ({
        name,
        resources: (await Promise.all(stacks.map((stack) => stack.addresses()))).flat().length,
        seconds: median(seen[index]?.times ?? []),
        calls: median(seen[index]?.calls ?? []),
      })),
    );
  } finally {
    proxy.stop();
    emulator.end();
    rmSync(root, { recursive: true });
  }
}

type Emulator = ConstructorParameters<typeof RehearsedStack>[2];

function synthesized(root: string, emulator: Emulator): RehearsedStack[] {
  const cwd = copyProject("plans");
  const { status, stderr } = spawnSync(process.execPath, ["-r", "sucrase/register/ts", "main.ts"], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ENVIRONMENT: "recipe" },
  });
  if (status !== 0) {
    throw new Error(stderr);
  }
  return readSynthesized(join(cwd, "cdktf.out")).map(
    (stack) => new RehearsedStack(stack, join(root, "synthesized"), emulator),
  );
}

function byHand(root: string, emulator: Emulator, version: string): RehearsedStack {
  const folder = join(root, "by-hand");
  cpSync(join(__dirname, "hand-written"), folder, { recursive: true });
  const pinned = { terraform: { required_providers: { aws: { source: "hashicorp/aws", version } } } };
  writeFileSync(join(folder, "pinned_override.tf.json"), JSON.stringify(pinned));
  return new RehearsedStack(plainStack("by-hand", folder, "us-east-1"), join(root, "run"), emulator);
}
