import type { Construct } from "constructs";
import { accountId, arnsIn, partition } from "./once-per-stack";
import { policyDocument } from "./policy";

/**
 * The account decides by IAM who uses the key; of AWS's services, CloudWatch Logs may for this one log group, and
 * alarms and events of this account to send alerts. The group is named, not referred to, as it needs the key first.
 */
export function recordingsKeyPolicy(scope: Construct, region: string, logGroup: string): string {
  const account = accountId(scope);
  const arn = arnsIn(scope, region);
  return policyDocument(
    {
      Sid: "AccountDecidesByIam",
      Effect: "Allow",
      Principal: { AWS: `arn:${partition(scope)}:iam::${account}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "RecordingsOfThisLogGroup",
      Effect: "Allow",
      Principal: { Service: `logs.${region}.amazonaws.com` },
      Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
      Resource: "*",
      Condition: {
        ArnEquals: { "kms:EncryptionContext:aws:logs:arn": arn("logs", `log-group:${logGroup}`) },
      },
    },
    {
      Sid: "AlarmsOfThisAccount",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    },
    {
      // Events do not tell a key whose they are; the topic does, by what it has encrypted:
      // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
      Sid: "NoticesToTopicsOfThisAccount",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { ArnLike: { "kms:EncryptionContext:aws:sns:topicArn": arn("sns", "*") } },
    },
  );
}
