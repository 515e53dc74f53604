import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import { policyDocument } from "./private/policy";
import { RECORDINGS_TAG } from "./facts/names";
import { problem } from "./facts/refusal";
import { refuseBadProps } from "./private/refuse-bad-props";
import { guard } from "./rules/guard";

/** Props of {@link SessionArchive}. */
export interface SessionArchiveProps {
  /** Name of the bucket: 3 to 63 lower-case letters, digits, dots and hyphens. */
  readonly bucketName: string;
  /** ARN of the key that encrypts it. */
  readonly keyArn: string;
  /**
   * Days that copies are kept, from 1.
   * @default 3650
   */
  readonly expireDays?: number;
  /**
   * What destroying does: `"retain"` refuses, `"delete"` deletes the bucket with all copies.
   * @default "retain"
   */
  readonly recordings?: "retain" | "delete";
}

/**
 * A bucket for copies of recordings: versioned, encrypted, reached over TLS only, never public.
 *
 * @throws where the name or the days are not allowed.
 */
export class SessionArchive extends Construct {
  /** Name of the bucket. */
  public readonly bucketName: string;

  constructor(scope: Construct, id: string, props: SessionArchiveProps) {
    super(scope, id);
    guard(this, props);
    refuseBadProps(this, [
      {
        prop: "bucketName",
        given: props.bucketName,
        problem: bucketNameProblem(props.bucketName, "choose another"),
      },
      { prop: "expireDays", given: props.expireDays, problem: expireDaysProblem(props.expireDays) },
    ]);
    const { recordings = "retain" } = props;
    const retain = recordings === "retain";
    const bucket = new S3Bucket(this, "Default", {
      bucket: props.bucketName,
      forceDestroy: !retain,
      tags: { [RECORDINGS_TAG]: recordings },
      lifecycle: { preventDestroy: retain },
    });
    const versioning = new S3BucketVersioningA(this, "versioning", {
      bucket: bucket.id,
      versioningConfiguration: { status: "Enabled" },
    });
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket: bucket.id,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: props.keyArn },
          bucketKeyEnabled: true,
        },
      ],
    });
    const block = new S3BucketPublicAccessBlock(this, "public-access-block", {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketPolicy(this, "policy", {
      bucket: bucket.id,
      policy: policyDocument({
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucket.arn, `${bucket.arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
      dependsOn: [block],
    });
    new S3BucketLifecycleConfiguration(this, "expiry", {
      bucket: bucket.id,
      rule: [
        {
          id: "expire",
          status: "Enabled",
          filter: [{ prefix: "" }],
          expiration: [{ days: props.expireDays ?? 3650 }],
          noncurrentVersionExpiration: [{ noncurrentDays: 30 }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        },
      ],
      dependsOn: [versioning],
    });
    this.bucketName = bucket.bucket;
  }
}

/** What is wrong with a text that should be the name of a bucket. */
export function bucketNameProblem(
  name: string | undefined,
  fix = "name a bucket that exists already, or leave it out to have one made",
): string | undefined {
  return name === undefined || /^(?!.*\.\.)(?!\d+(\.\d+){3}$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)
    ? undefined
    : problem("the name of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens", fix);
}

/** What is wrong with a number that should be the days that copies are kept. */
export function expireDaysProblem(days = 3650): string | undefined {
  return Number.isInteger(days) && days >= 1
    ? undefined
    : problem("a whole number of days from 1", "choose a longer time than the log group's");
}

/** What is wrong with days for a bucket that is not made. */
export function archiveProblem(archive: {
  readonly bucketName?: string;
  readonly expireDays?: number;
}): string | undefined {
  return archive.bucketName === undefined || archive.expireDays === undefined
    ? undefined
    : problem("days for a bucket that is made", "leave it out: your bucket has rules of its own");
}
