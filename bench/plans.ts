import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainStack } from "../__tests__/support/plain-stack";
import { pinnedProvider } from "../__tests__/support/terraform";
import { readSynthesized } from "../cli/assembly/stacks";
import { RehearsedStack } from "../cli/rehearsal/rehearsed-stack";
import { type Cost, type EmulatedAws, costOf, medianOf, withEmulatedAws } from "./emulated-aws";
import { RUNS } from "./measure";
import { synthesizedProject } from "./projects";

/** What a plan without changes takes: medians. */
export interface PlanCost extends Cost {
  readonly name: string;
  /** How many resources there are. */
  readonly resources: number;
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

/** Deploys the recipe to an emulator twice, as it is synthesized and as a person writes it, and plans both again. */
export function measurePlans(): Promise<Plans> {
  return withEmulatedAws(async (root, aws) => {
    const contestants = [
      { name: "synthesized: two stacks of JSON", stacks: synthesized(root, aws) },
      { name: "by hand: one root of HCL", stacks: [byHand(root, aws)] },
    ].map((one) => ({ ...one, seen: [] as Cost[] }));
    for (const stack of contestants.flatMap(({ stacks }) => stacks)) {
      await stack.init();
      await stack.plan();
      await stack.apply();
      // Throws where the emulator would have Terraform change anything but what it is known to forget.
      await stack.planAgain();
    }
    for (let run = 0; run < RUNS; run++) {
      for (const { stacks, seen } of contestants) {
        seen.push(await costOf(aws, () => plan(stacks)));
      }
    }
    const costs = await Promise.all(
      contestants.map(async ({ name, stacks, seen }) => ({
        name,
        resources: (await Promise.all(stacks.map((stack) => stack.addresses()))).flat().length,
        ...medianOf(seen),
      })),
    );
    const providers = new Set(aws.callers.map((caller) => PROVIDER.exec(caller)?.[1] ?? "unknown"));
    return { costs, provider: [...providers].join(", "), moto: aws.version };
  });
}

async function plan(stacks: readonly RehearsedStack[]): Promise<void> {
  for (const stack of stacks) {
    const { status, stdout, stderr } = await stack.terraform("plan", "-input=false");
    if (status !== 0) {
      throw new Error(`${stdout}${stderr}`);
    }
  }
}

function synthesized(root: string, aws: EmulatedAws): RehearsedStack[] {
  return readSynthesized(synthesizedProject("plans", "recipe")).map(
    (stack) => new RehearsedStack(stack, join(root, "synthesized"), aws),
  );
}

function byHand(root: string, aws: EmulatedAws): RehearsedStack {
  const folder = join(root, "by-hand");
  cpSync(join(__dirname, "hand-written"), folder, { recursive: true });
  const provider = { source: "hashicorp/aws", version: pinnedProvider() };
  const pinned = { terraform: { required_providers: { aws: provider } } };
  writeFileSync(join(folder, "pinned_override.tf.json"), JSON.stringify(pinned));
  return new RehearsedStack(plainStack("by-hand", folder, "us-east-1"), join(root, "run"), aws);
}
