import type { SynthesizedEnvironment } from "../assembly/environments";
import type { Preparation } from "../terraform/prepare";
import type { TerraformRun } from "../terraform/run";
import { refuseChangedIdentities } from "./changed-identities";
import { refuseDuplicates } from "./duplicates";
import { refuseMissingPolicies } from "./missing-policies";
import { refuseMoved } from "./moved-away";
import { refuseUnfitBucket } from "./unfit-bucket";

/** Throws if something is in the way of a deploy that its plans would not show. */
export async function refuseUnplannable(
  run: TerraformRun,
  environment: SynthesizedEnvironment,
  { states, failed }: Preparation,
): Promise<void> {
  await run.orEnd(refuseMoved(environment, states));
  refuseChangedIdentities(environment, states);
  // Runs in HCP Terraform have credentials of their own, and workspaces of fixed names.
  if (environment.instancesStack.terraform.cloud !== undefined) {
    return;
  }
  // A state that could not be read may have something.
  const read = new Map([...states].filter(([stack]) => !failed.has(stack)));
  await run.orEnd(refuseDuplicates(environment, read));
  await run.orEnd(refuseMissingPolicies(environment, read));
  await run.orEnd(refuseUnfitBucket(environment));
}
