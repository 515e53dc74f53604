import type { Construct } from "constructs";
import { InstanceAccess } from "../../modules";
import { egressRuleKey } from "../../modules/egress-rule";
import { needsS3 } from "../../stacks/features";
import type { EnvironmentSettings } from "../../stacks/settings/environment";
import { ModuleStack } from "./module-stack";

/** Role, instance profile and security group of an environment's instances as a module. */
export class AccessModule extends ModuleStack {
  constructor(scope: Construct, settings: EnvironmentSettings) {
    super(scope, "access");
    const { variables } = this;
    const { sessions } = settings;
    const name = variables.name();
    const access = new InstanceAccess(this, "instance_access", {
      name,
      vpcId: variables.text("vpc_id", "Id of the VPC"),
      endpointSecurityGroupId: variables.text(
        "endpoint_security_group_id",
        "Id of the security group of the endpoints for Systems Manager",
      ),
      s3PrefixListId: needsS3(settings)
        ? variables.text("s3_prefix_list_id", "Id of the prefix list of S3")
        : undefined,
      permissionsBoundaryArn: variables.optionalText(
        "permissions_boundary_arn",
        "ARN of the managed policy that bounds what the role can ever do; null for none",
      ),
      recording: sessions
        ? {
            logGroupArn: variables.text("log_group_arn", "ARN of the log group of the recordings"),
            keyArn: variables.text("key_arn", "ARN of the key of sessions and recordings"),
            archive: sessions.archive && {
              bucketName: variables.text("archive_bucket", "Name of the bucket of copies"),
              prefix: name,
            },
          }
        : undefined,
      egress: Object.fromEntries(
        Object.values(sessions ? sessions.forward : {}).map(({ port, cidr, securityGroupId }) => {
          const rule = { cidr, securityGroupId, ports: port, description: "Tunnels of operators" };
          return [egressRuleKey(rule), rule];
        }),
      ),
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
}
