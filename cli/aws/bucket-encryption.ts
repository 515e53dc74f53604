import type { S3Client, ServerSideEncryptionByDefault } from "@aws-sdk/client-s3";
import { AwsFailure, attempt } from "./errors";

/** The encryption that SSM Agent takes for one: it refuses `aws:kms:dsse`, as if the bucket had none. */
const ENCRYPTIONS = ["AES256", "aws:kms"];

/** How a bucket encrypts by default: nothing is said where it does not. */
export type BucketEncryption = Partial<ServerSideEncryptionByDefault>;

/** What a bucket encrypts objects with; undefined where it is not there. */
export async function bucketEncryption(
  client: S3Client,
  region: string,
  Bucket: string,
): Promise<BucketEncryption | undefined> {
  const { GetBucketEncryptionCommand } = await import("@aws-sdk/client-s3");
  try {
    const { ServerSideEncryptionConfiguration: found } = await attempt(
      { action: "s3:GetEncryptionConfiguration", region },
      () => client.send(new GetBucketEncryptionCommand({ Bucket })),
    );
    return found?.Rules?.[0]?.ApplyServerSideEncryptionByDefault ?? {};
  } catch (error) {
    const code = error instanceof AwsFailure ? error.code : "";
    if (code.startsWith("NoSuchBucket")) {
      return undefined;
    }
    // S3 encrypts new buckets by itself since 2023, and answers so for whatever has no encryption all the same.
    if (code.startsWith("ServerSideEncryptionConfigurationNotFound")) {
      return {};
    }
    throw error;
  }
}

/** What is wrong with a bucket's encryption, for the agent; undefined where it takes it. */
export function encryptionProblem(bucket: string, { SSEAlgorithm }: BucketEncryption): string | undefined {
  const algorithm: string = SSEAlgorithm ?? "nothing";
  return ENCRYPTIONS.includes(algorithm)
    ? undefined
    : `${bucket} is encrypted with ${algorithm}, and sessions demand ${ENCRYPTIONS.join(" or ")}`;
}
