import { spawnSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AwsProxy } from "../__tests__/support/aws-proxy";
import { plainStack } from "../__tests__/support/plain-stack";
import { whyNoProvider } from "../__tests__/support/terraform";
import { startEmulator } from "../cli/rehearsal/emulator";
import { RehearsedStack } from "../cli/rehearsal/rehearsed-stack";
import { inScratchFolder } from "../cli/process/scratch-folder";
import { readSynthesized } from "../cli/assembly/stacks";
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

/** What plans take, and with what that was measured. */
export interface Plans {
  readonly costs: readonly PlanCost[];
  /** Version of the AWS provider, as it tells AWS itself: a mirror may have another under the pinned version's name. */
  readonly provider: string;
  /** Version of the emulator. */
  readonly moto: string;
}

/** Where the provider says its version in a call. */
const PROVIDER = /terraform-provider-aws\/([\w.-]+)/;

/**
 * Deploys the recipe to an emulator twice, as it is synthesized and as a person writes it, and plans both again.
 *
 * @returns what was measured, or why it cannot be
 */
export async function measurePlans(version: string): Promise<Plans | string> {
  const missing = whyNoProvider(version);
  return missing ?? inScratchFolder((root) => measureIn(root, version));
}

async function measureIn(root: string, version: string): Promise<Plans> {
  const emulator = await startEmulator(join(root, "moto.log"), () => undefined);
  const proxy = new AwsProxy(() => emulator.url);
  const callers = new Set<string>();
  let calls = 0;
  proxy.before = ({ caller }) => {
    calls += 1;
    callers.add(PROVIDER.exec(caller)?.[1] ?? "unknown");
    return undefined;
  };
  try {
    await proxy.start();
    const behind = { ...emulator, url: proxy.url };
    const contestants = [
      { name: "synthesized: two stacks of JSON", stacks: synthesized(root, behind) },
      { name: "by hand: one root of HCL", stacks: [byHand(root, behind, version)] },
    ].map((one) => ({ ...one, times: [] as number[], calls: [] as number[] }));
    for (const stack of contestants.flatMap(({ stacks }) => stacks)) {
      await stack.init();
      await stack.plan();
      await stack.apply();
      // Throws where the emulator would have Terraform change anything but what it is known to forget.
      await stack.planAgain();
    }
    for (let run = 0; run < RUNS; run++) {
      for (const contestant of contestants) {
        calls = 0;
        const start = performance.now();
        for (const stack of contestant.stacks) {
          const { status, stdout, stderr } = await stack.terraform("plan", "-input=false");
          if (status !== 0) {
            throw new Error(`${stdout}${stderr}`);
          }
        }
        contestant.times.push((performance.now() - start) / 1000);
        contestant.calls.push(calls);
      }
    }
    const costs = await Promise.all(
      contestants.map(async ({ name, stacks, ...seen }) => ({
        name,
        resources: (await Promise.all(stacks.map((stack) => stack.addresses()))).flat().length,
        seconds: median(seen.times),
        calls: median(seen.calls),
      })),
    );
    return { costs, provider: [...callers].join(", "), moto: emulator.version };
  } finally {
    proxy.stop();
    emulator.end();
  }
}

type Emulator = ConstructorParameters<typeof RehearsedStack>[2];

function synthesized(root: string, emulator: Emulator): RehearsedStack[] {
  const cwd = copyProject("plans");
  const { status, stderr } = spawnSync(process.execPath, ["-r", "./register-typescript.js", "main.ts"], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ENVIRONMENT: "recipe", CDKTF_OUTDIR: undefined },
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
