import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import { policyDocument } from "./private/policy";
import { RECORDINGS_TAG } from "./facts/names";
import { EXPIRE_DAYS, bucketName } from "./facts/archive";
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
      checkedOptional("bucketName", props.bucketName, bucketName("choose another")),
      checkedOptional("expireDays", props.expireDays, EXPIRE_DAYS),
    ]);
    const { recordings = DEFAULTS.recordings } = props;
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
          expiration: [{ days: props.expireDays ?? DEFAULTS.expireDays }],
          noncurrentVersionExpiration: [{ noncurrentDays: 30 }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        },
      ],
      dependsOn: [versioning],
    });
    this.bucketName = bucket.bucket;
  }
}
