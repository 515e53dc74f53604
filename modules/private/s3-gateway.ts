import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import type { Construct } from "constructs";
import { partition } from "./once-per-stack";
import { type PolicyStatement, ownAccount, policyDocument } from "./policy";
import { serviceName } from "../facts/names";

/** What a gateway endpoint for S3 needs to know. */
export interface S3GatewayProps {
  /** The beginning of its name: `<name>-s3`. */
  readonly name: string;
  /** Region of the provider, such as `eu-central-1`. */
  readonly region: string;
  /** Id of the VPC. */
  readonly vpcId: string;
  /** The route tables that get a route to S3. */
  readonly routeTableIds: readonly string[];
  /**
   * Bucket that copies of recordings are written to.
   * @default - none
   */
  readonly archiveBucket?: string;
}

/** Adds the gateway endpoint for S3: the way to packages, agent updates and copies of recordings, free of charge. */
export function addS3Gateway(scope: Construct, id: string, props: S3GatewayProps): VpcEndpoint {
  return new VpcEndpoint(scope, id, {
    vpcId: props.vpcId,
    serviceName: serviceName(props.region, "s3"),
    vpcEndpointType: "Gateway",
    routeTableIds: [...props.routeTableIds],
    policy: bucketsPolicy(scope, props),
    tags: { Name: `${props.name}-s3` },
  });
}

/**
 * Reading packages and agent updates, writing copies of recordings, and nothing else. The package manager reads
 * without credentials, so that statement cannot ask who calls; it names the buckets instead.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html#ssm-agent-minimum-s3-permissions
 */
function bucketsPolicy(scope: Construct, { region, archiveBucket }: S3GatewayProps): string {
  const arn = (bucket: string): string => `arn:${partition(scope)}:s3:::${bucket}`;
  const statements: PolicyStatement[] = [
    {
      Sid: "PackagesAndAgentOnly",
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: packageBuckets(region).map((bucket) => `${arn(bucket)}/*`),
    },
  ];
  if (archiveBucket !== undefined) {
    statements.push({
      Sid: "CopiesOfRecordings",
      Effect: "Allow",
      Principal: "*",
      Action: ["s3:PutObject", "s3:PutObjectAcl", "s3:GetEncryptionConfiguration"],
      Resource: [arn(archiveBucket), `${arn(archiveBucket)}/*`],
      Condition: ownAccount(scope),
    });
  }
  return policyDocument(...statements);
}

function packageBuckets(region: string): string[] {
  return [
    `al2023-repos-${region}-de612dc2`,
    `amazonlinux-2-repos-${region}`,
    `amazon-ssm-${region}`,
    `amazon-ssm-packages-${region}`,
    `aws-ssm-${region}`,
    `aws-ssm-distributor-file-${region}`,
    `aws-ssm-document-attachments-${region}`,
    `patch-baseline-snapshot-${region}`,
    `${region}-birdwatcher-prod`,
  ];
}
