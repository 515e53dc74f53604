import type { Construct } from "constructs";
import { partition } from "./once-per-stack";
import type { PolicyStatement } from "./policy";

/** What an auditor reads. */
interface Recordings {
  readonly region: string;
  readonly logGroupArn: string;
  readonly archive?: { readonly bucketName: string; readonly prefix: string; readonly keyArn?: string };
}

/** What a policy allows those who read recordings: the log group, the history of sessions, and the copies there are. */
export function auditorStatements(scope: Construct, recordings: Recordings): PolicyStatement[] {
  const { region, logGroupArn, archive } = recordings;
  return [
    {
      Sid: "ReadRecordings",
      Effect: "Allow",
      Action: ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"],
      Resource: [logGroupArn, `${logGroupArn}:*`],
    },
    {
      // AWS knows no narrower resource for these.
      Sid: "FindRecordings",
      Effect: "Allow",
      Action: ["logs:DescribeLogGroups", "logs:GetQueryResults", "logs:StopQuery", "ssm:DescribeSessions"],
      Resource: "*",
    },
    ...(archive === undefined ? [] : copyStatements(scope, region, archive)),
  ];
}

/** Versions too: of a copy that somebody has written over, the oldest is the agent's. */
function copyStatements(
  scope: Construct,
  region: string,
  { bucketName, prefix, keyArn }: NonNullable<Recordings["archive"]>,
): PolicyStatement[] {
  const bucketArn = `arn:${partition(scope)}:s3:::${bucketName}`;
  const reading: PolicyStatement[] = [
    {
      Sid: "FindCopies",
      Effect: "Allow",
      Action: ["s3:ListBucket", "s3:ListBucketVersions"],
      Resource: bucketArn,
      Condition: { StringLike: { "s3:prefix": `${prefix}/*` } },
    },
    {
      Sid: "ReadCopies",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion"],
      Resource: `${bucketArn}/${prefix}/*`,
    },
  ];
  if (keyArn !== undefined) {
    reading.push({
      Sid: "DecryptCopies",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: keyArn,
      // Of the same key, sessions and alerts stay closed to auditors.
      Condition: { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } },
    });
  }
  return reading;
}
