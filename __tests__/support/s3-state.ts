import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { emulatedConfig } from "../../cli/rehearsal/emulator";
import type { RehearsedStack } from "../../cli/rehearsal/rehearsed-stack";
import type { Deployment } from "./deployment";
import type { Environment } from "../../stacks/settings/environment";

/** Where state is kept in these tests. */
export const S3_STATE = {
  backend: "s3",
  bucket: "acme-terraform-state",
  region: "eu-central-1",
  prefix: "session-manager",
} as const;

/** Where a stack's state is in the bucket. */
export function stateKey(stack: string): string {
  return `${S3_STATE.prefix}/${stack}.tfstate`;
}

/** A client of the emulator's S3. */
export function s3Client(url: string): S3Client {
  return new S3Client({ ...emulatedConfig(url), forcePathStyle: true });
}

/** Makes the bucket of states as docs/state.md says, with versions. */
export async function makeStateBucket(url: string): Promise<void> {
  const client = s3Client(url);
  const { bucket: Bucket, region: LocationConstraint } = S3_STATE;
  await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }));
  await client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
  );
  client.destroy();
}

/** Synthesizes an environment that keeps its state in S3. */
export function synthesizeInS3(
  deployment: Deployment,
  environment: Environment,
  url: string,
): ReturnType<Deployment["synthesize"]> {
  const stacks = deployment.synthesize({ ...environment, state: S3_STATE });
  Object.values(stacks).forEach((stack) => keepStateInS3(stack, url));
  return stacks;
}

/**
 * A rehearsal keeps state in files: has a stack keep it in S3 as it is synthesized to, but for where S3 is.
 *
 * @param url the emulator's S3, or what stands before it
 */
function keepStateInS3({ stack, folder }: RehearsedStack, url: string): void {
  const emulated = { use_path_style: true, endpoints: { s3: url } };
  const { backend } = stack.terraform as { backend: { s3: object } };
  const read = stack.data
    .filter(({ type }) => type === "terraform_remote_state")
    .map(({ name, config }) => [
      name,
      { backend: "s3", config: { ...(config.config as object), ...emulated } },
    ]);
  const override = {
    terraform: { backend: { s3: { ...backend.s3, ...emulated } } },
    ...(read.length > 0 && { data: { terraform_remote_state: Object.fromEntries(read) as object } }),
  };
  // Read after the rehearsal's own, by its name.
  writeFileSync(join(folder, "state_override.tf.json"), JSON.stringify(override));
}
