import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketObjectLockConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-object-lock-configuration";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import { policyDocument } from "./private/policy";
import { RECORDINGS_TAG } from "./facts/names";
import { EXPIRE_DAYS, bucketName, lockProblem } from "./facts/archive";
import { checkedOptional } from "./facts/bound";
import { DEFAULTS } from "./facts/defaults";
import { refuseBadProps } from "./private/refuse-bad-props";
import { guard } from "./rules/guard";

/** Props of {@link SessionArchive}. */
export interface SessionArchiveProps {
  /** Name of the bucket: 3 to 63 lower-case letters, digits, dots and hyphens. */
  readonly bucketName: string;
  /** ARN of the key that encrypts it. */
  readonly keyArn: string;
  /**
   * Days that copies are kept, and locked, 1 to 36500. Then S3 hides them, and deletes them after as many days again:
   * copies that somebody has written over must be kept as long as others, and S3 does not tell the two apart.
   * @default 3650
   */
  readonly expireDays?: number;
  /**
   * Who may delete a copy before its time: with `"governance"` those who have `s3:BypassGovernanceRetention`, with
   * `"compliance"` nobody, not even root; that one is refused together with `recordings: "delete"`.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
   * @default "governance"
   */
  readonly lockMode?: "governance" | "compliance";
  /**
   * What destroying does: `"retain"` refuses, `"delete"` deletes the bucket with all copies.
   * @default "retain"
   */
  readonly recordings?: "retain" | "delete";
}

/** Copies of recordings, for those who read them. */
export interface ArchivedCopies {
  /** Name of the bucket. */
  readonly bucketName: string;
  /** What the names of copies begin with, before a slash. */
  readonly prefix: string;
  /**
   * ARN of the key that copies are encrypted with.
   * @default - a key that others look after, and allow the use of
   */
  readonly keyArn?: string;
}

/**
 * A bucket for copies of recordings: versioned, locked, encrypted, reached over TLS only, never public. A copy can be
 * written over, but what was there before stays, as a version of its own.
 *
 * @throws where the name, the days or the lock are not allowed.
 */
export class SessionArchive extends Construct {
  /** Name of the bucket. */
  public readonly bucketName: string;

  constructor(scope: Construct, id: string, props: SessionArchiveProps) {
    super(scope, id);
    guard(this, props);
    const {
      expireDays = DEFAULTS.expireDays,
      lockMode = DEFAULTS.lockMode,
      recordings = DEFAULTS.recordings,
    } = props;
    refuseBadProps(this, [
      checkedOptional("bucketName", props.bucketName, bucketName("choose another")),
      checkedOptional("expireDays", props.expireDays, EXPIRE_DAYS),
      { prop: "lockMode", given: lockMode, problem: lockProblem(lockMode, recordings) },
    ]);
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
    // Nothing of the bucket itself says so: it would be replaced where it is there already. S3 takes the lock of a bucket
    // that has versions, https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
    new S3BucketObjectLockConfigurationA(this, "lock", {
      bucket: bucket.id,
      rule: { defaultRetention: { mode: lockMode.toUpperCase(), days: expireDays } },
      dependsOn: [versioning],
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
          expiration: [{ days: expireDays }],
          // What was copied before the bucket had a lock is kept by this alone once somebody writes over it.
          noncurrentVersionExpiration: [{ noncurrentDays: expireDays }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        },
      ],
      dependsOn: [versioning],
    });
    this.bucketName = bucket.bucket;
  }
}
