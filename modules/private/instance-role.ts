import {
  AGENT_ACTIONS,
  COPY_KEY_ACTIONS,
  FIND_LOG_GROUP,
  RECORD_ACTIONS,
  reachingServices,
} from "../facts/agent-actions";
import { type PolicyStatement, policyVariable } from "./policy";

/**
 * What the agent needs to register and to be reached, and no more.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-instance-profile.html
 */
export function permitBeingReached(ec2Messages: boolean): PolicyStatement {
  return {
    Sid: "BeReached",
    Effect: "Allow",
    Action: reachingServices(ec2Messages).flatMap((service) => AGENT_ACTIONS[service]),
    Resource: "*",
  };
}

/**
 * Denies what comes from elsewhere. EC2 writes into credentials which VPC they were given out in, and an endpoint into a
 * request which VPC it is in. Requests that an AWS service makes for the agent carry neither, as S3's to KMS.
 *
 * @param vpcs VPCs beside the instance's own whose endpoints count
 * @param services the services that this is asked of; undefined for all
 */
export function denyElsewhere(
  vpcs: readonly string[],
  services: readonly string[] | undefined,
): PolicyStatement {
  return {
    Sid: "OnlyThroughEndpointsOfTheseVpcs",
    Effect: "Deny",
    Action: services?.map((service) => `${service}:*`) ?? "*",
    Resource: "*",
    Condition: {
      StringNotEquals: { "aws:SourceVpc": [policyVariable("aws:Ec2InstanceSourceVpc"), ...vpcs] },
      Null: { "ec2:SourceInstanceARN": "false" },
      BoolIfExists: { "aws:ViaAWSService": "false" },
    },
  };
}

/** Where sessions are recorded. */
interface Recording {
  readonly logGroupArn: string;
  readonly keyArn: string;
  readonly archive?: { readonly bucketName: string; readonly prefix: string };
}

/**
 * What the agent needs to record, and no more. It looks a log group up among all, so that one action cannot be limited to
 * ours: sessions would hang.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
 */
export function permitRecording(
  { logGroupArn, keyArn, archive }: Recording,
  partition: string,
): PolicyStatement[] {
  const bucketArn = `arn:${partition}:s3:::${archive?.bucketName}`;
  const statements: PolicyStatement[] = [
    { Sid: "FindLogGroup", Effect: "Allow", Action: FIND_LOG_GROUP, Resource: "*" },
    {
      Sid: "WriteRecordings",
      Effect: "Allow",
      Action: RECORD_ACTIONS,
      Resource: `${logGroupArn}:*`,
    },
    {
      Sid: "EncryptedSessions",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: keyArn,
      // Nothing but what was encrypted for a session: neither recordings nor copies.
      Condition: { Null: { "kms:EncryptionContext:aws:ssm:SessionId": "false" } },
    },
  ];
  if (archive) {
    statements.push(
      {
        Sid: "WriteCopies",
        Effect: "Allow",
        // The agent hands each copy to the bucket's owner by an ACL.
        Action: ["s3:PutObject", "s3:PutObjectAcl"],
        Resource: `${bucketArn}/${archive.prefix}/*`,
      },
      {
        Sid: "CheckEncryption",
        Effect: "Allow",
        Action: "s3:GetEncryptionConfiguration",
        Resource: bucketArn,
      },
      {
        Sid: "EncryptCopies",
        Effect: "Allow",
        Action: COPY_KEY_ACTIONS,
        Resource: keyArn,
        Condition: { StringLike: { "kms:ViaService": "s3.*.amazonaws.com" } },
      },
    );
  }
  return statements;
}
