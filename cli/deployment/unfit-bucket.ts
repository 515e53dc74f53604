import { bucketEncryption, encryptionProblem } from "../aws/bucket-encryption";
import { clientConfig } from "../aws/client";
import { AwsFailure } from "../aws/errors";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { tell } from "../terminal/output";

/**
 * Throws if the bucket that others made for copies is not there, or not encrypted as sessions demand: all of them would be
 * refused. Its Region Terraform looks at; its encryption no look-up of Terraform tells. Where it may not be read here, that is
 * said, and the plan goes on.
 */
export async function refuseUnfitBucket({
  name,
  region,
  stacks,
  instancesStack,
}: SynthesizedEnvironment): Promise<void> {
  const [bucket] = stacks
    .flatMap(({ data }) => data)
    .flatMap(({ type, config }) => (type === "aws_s3_bucket" ? [String(config.bucket)] : []));
  if (bucket === undefined || bucket.includes("${")) {
    return;
  }
  // The clients take a while to load.
  const [{ S3Client }, { inRole }] = await Promise.all([
    import("@aws-sdk/client-s3"),
    import("../aws/assume-role"),
  ]);
  const client = new S3Client(await inRole(clientConfig(region), instancesStack.assumedRole));
  try {
    const found = await bucketEncryption(client, region, bucket);
    const problem = found === undefined ? `${bucket} is not there` : encryptionProblem(bucket, found);
    if (problem !== undefined) {
      throw new Failure(
        `${problem}: have that mended, or name another in sessions.archive.bucketName in environments/${name}.ts\nnothing was planned`,
      );
    }
  } catch (error) {
    if (!(error instanceof AwsFailure)) {
      throw error;
    }
    tell(`whether ${bucket} is encrypted as sessions demand is not known: ${error.message}`);
  } finally {
    client.destroy();
  }
}
