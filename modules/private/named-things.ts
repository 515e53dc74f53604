import { DataAwsEc2ManagedPrefixList } from "@cdktf/provider-aws/lib/data-aws-ec2-managed-prefix-list";
import { DataAwsKmsKey } from "@cdktf/provider-aws/lib/data-aws-kms-key";
import { DataAwsSecurityGroup } from "@cdktf/provider-aws/lib/data-aws-security-group";
import { Token } from "cdktf";
import type { Construct } from "constructs";
import type { EgressRule } from "../facts/egress-rule";
import { shortHash } from "../facts/short-hash";
import { oncePerStack } from "./once-per-stack";
import { operand } from "./terraform";

/*
 * What props name and others have made is read before anything is planned: one that is not there stops the plan, where AWS
 * would stop a deploy halfway. Only what whoever deploys may read in any case is looked up: EC2's own things, and keys, which
 * EC2 uses on his behalf. What only Terraform will know is left to Terraform.
 */

/** Reads the key of a volume, which must be one that EC2 can encrypt with. */
export function lookUpVolumeKey(scope: Construct, keyArn: string | undefined): void {
  if (keyArn === undefined || Token.isUnresolved(keyArn)) {
    return;
  }
  const id = `key_${shortHash(keyArn)}`;
  const postcondition = [
    {
      condition: '${self.key_state == "Enabled"}',
      errorMessage: `rootVolume.kmsKeyId: ${keyArn} is \${self.key_state}, so that no volume can be encrypted with it: have it enabled, or name another.`,
    },
    {
      condition:
        '${self.key_usage == "ENCRYPT_DECRYPT" && self.customer_master_key_spec == "SYMMETRIC_DEFAULT"}',
      errorMessage: `rootVolume.kmsKeyId: ${keyArn} is for \${self.key_usage}, \${self.customer_master_key_spec}: volumes take a symmetric key that encrypts; name one.`,
    },
  ];
  oncePerStack(
    scope,
    id,
    (stack) => new DataAwsKmsKey(stack, id, { keyId: keyArn, lifecycle: { postcondition } }),
  );
}

/** Reads the security groups that instances are put into, which must be of their VPC. */
export function lookUpGroups(scope: Construct, groupIds: readonly string[], vpcId: string): void {
  for (const groupId of Token.isUnresolved(groupIds) ? [] : groupIds) {
    if (!Token.isUnresolved(groupId)) {
      const condition = {
        condition: `\${self.vpc_id == ${operand(vpcId)}}`,
        errorMessage: `securityGroupIds: ${groupId} is in \${self.vpc_id}, and the instance in ${vpcId}: name a group of that VPC.`,
      };
      readGroup(scope, `own_group_${groupId}`, groupId, [condition]);
    }
  }
}

/** Reads the groups and prefix lists that rules let out to; a group may be in a VPC beyond. */
export function lookUpTargets(scope: Construct, rules: readonly EgressRule[]): void {
  for (const { securityGroupId, prefixListId } of rules) {
    if (securityGroupId !== undefined && !Token.isUnresolved(securityGroupId)) {
      readGroup(scope, `group_${securityGroupId}`, securityGroupId);
    }
    if (prefixListId !== undefined && !Token.isUnresolved(prefixListId)) {
      const id = `list_${prefixListId}`;
      oncePerStack(scope, id, (stack) => new DataAwsEc2ManagedPrefixList(stack, id, { id: prefixListId }));
    }
  }
}

function readGroup(
  scope: Construct,
  id: string,
  groupId: string,
  postcondition: { condition: string; errorMessage: string }[] = [],
): void {
  const lifecycle = postcondition.length > 0 ? { postcondition } : undefined;
  oncePerStack(scope, id, (stack) => new DataAwsSecurityGroup(stack, id, { id: groupId, lifecycle }));
}
