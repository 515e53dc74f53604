import { Lazy } from "cdktf";
import type { Construct } from "constructs";
import { InstanceAccess } from "../../modules";
import type { Form } from "../../modules/facts/bound";
import { PREFIX_LIST_ID, SECURITY_GROUP_ID, VPC_ID } from "../../modules/facts/ec2-ids";
import { PROFILE_NAME, ROLE_NAME } from "../../modules/facts/iam-names";
import { needsS3, tunnelEgress, usesEc2Messages } from "../../stacks/features";
import type { EnvironmentSettings } from "../../stacks/settings/environment";
import { ModuleStack } from "./module-stack";

/** Role, instance profile and security group of an environment's instances as a module. */
export class AccessModule extends ModuleStack {
  constructor(scope: Construct, settings: EnvironmentSettings) {
    super(scope, "access");
    const { variables } = this;
    const { sessions, iam } = settings;
    const name = variables.name();
    const access = new InstanceAccess(this, "instance_access", {
      name,
      vpcId: variables.form("vpc_id", VPC_ID, "Id of the VPC"),
      endpointSecurityGroupId: variables.form(
        "endpoint_security_group_id",
        SECURITY_GROUP_ID,
        "Id of the security group of the endpoints for Systems Manager",
      ),
      s3PrefixListId: needsS3(settings)
        ? variables.form("s3_prefix_list_id", PREFIX_LIST_ID, "Id of the prefix list of S3")
        : undefined,
      roleName: this.nameOr("role_name", "Name of the instances' role", ROLE_NAME, iam.roleName),
      instanceProfileName: this.nameOr(
        "instance_profile_name",
        "Name of the instances' profile",
        PROFILE_NAME,
        iam.instanceProfileName,
      ),
      ...variables.roleDemands(settings),
      ec2Messages: usesEc2Messages(settings),
      managedPolicyArns: iam.managedPolicyArns,
      onlyThroughVpcs: iam.onlyThroughVpcs,
      // Callers attach what their instances are for, and give them security groups.
      callsElsewhere: true,
      recording: sessions
        ? {
            logGroupArn: variables.arn("log_group_arn", "logs", "ARN of the log group of the recordings"),
            keyArn: variables.arn("key_arn", "kms", "ARN of the key of sessions and recordings"),
            archive: sessions.archive && {
              bucketName: variables.text("archive_bucket", "Name of the bucket of copies"),
              prefix: name,
            },
          }
        : undefined,
      egress: tunnelEgress(settings),
    });
    this.addTags();
    this.publish(
      {
        role_name: [access.roleName, "Name of the instances' role: attach what the instances are for"],
        role_arn: [access.roleArn, "ARN of the instances' role"],
        instance_profile_name: [access.instanceProfileName, "Name of the instances' profile"],
        instance_profile_arn: [access.instanceProfileArn, "ARN of the instances' profile"],
        security_group_id: [
          access.securityGroupId,
          "Id of the security group of all instances, which admits nothing",
        ],
      },
      // An agent that boots without permission or way out backs off for up to an hour.
      access.readiness,
    );
  }

  /** A name of its own, or the one that follows from the beginning of all. */
  private nameOr(variable: string, description: string, check: Form, fallback: string | undefined): string {
    this.variables.optionalText(variable, `${description}; null for <name>-instances`, { fallback, check });
    return Lazy.stringValue({ produce: () => `\${coalesce(var.${variable}, "\${var.name}-instances")}` });
  }
}
