import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import type { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { addEgressRule } from "./egress-rule";
import { partition } from "./once-per-stack";

/** Props of {@link InstanceAccess}. */
export interface InstanceAccessProps {
  /** The beginning of every name: the role, the profile and the security group are called `<name>-instances`. */
  readonly name: string;
  /** Id of the VPC the instances are in. */
  readonly vpcId: string;
  /** Security group of the Systems Manager endpoints, which the instances reach on 443. */
  readonly endpointSecurityGroupId: string;
  /**
   * Prefix list of S3, which the instances then reach on 443.
   * @default - no way to S3
   */
  readonly s3PrefixListId?: string;
  /**
   * Name of the role, up to 64 characters; unique in the account, in every Region.
   * @default - `<name>-instances`
   */
  readonly roleName?: string;
  /**
   * Name of the instance profile, up to 128 characters; unique in the account.
   * @default - `<name>-instances`
   */
  readonly instanceProfileName?: string;
  /**
   * ARN of the managed policy that bounds what the role can ever do.
   * @default - no boundary
   */
  readonly permissionsBoundaryArn?: string;
  /**
   * ARNs of managed policies for what the instances do beyond being reached.
   * @default - none
   */
  readonly managedPolicyArns?: readonly string[];
}

/**
 * What lets instances register with Systems Manager and be reached, shared by all instances of an environment: the
 * role ("what I am permitted to do"), the instance profile ("who I am") and a security group that admits nothing
 * and lets out HTTPS to the endpoints.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html
 */
export class InstanceAccess extends Construct {
  /** ARN of the role. */
  public readonly roleArn: string;
  /** Name of the role. */
  public readonly roleName: string;
  /** ARN of the instance profile: what an instance's own metadata names. */
  public readonly instanceProfileArn: string;
  /** Name of the instance profile. */
  public readonly instanceProfileName: string;
  /** Id of the instances' security group. */
  public readonly securityGroupId: string;
  /**
   * What must exist before an instance boots. An agent that starts without permission or way out backs off for up
   * to an hour, and only a reboot wakes it earlier.
   */
  public readonly readiness: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: InstanceAccessProps) {
    super(scope, id);
    const name = `${props.name}-instances`;
    const role = new IamRole(this, "Default", {
      name: props.roleName ?? name,
      description: `Lets the instances of ${props.name} register with Systems Manager`,
      assumeRolePolicy: TRUST_POLICY,
      permissionsBoundary: props.permissionsBoundaryArn,
    });
    const profile = new IamInstanceProfile(this, "profile", {
      name: props.instanceProfileName ?? name,
      role: role.name,
    });
    const securityGroup = new SecurityGroup(this, "security-group", {
      name,
      description: "Private instances: nothing in, HTTPS out to the VPC endpoints",
      vpcId: props.vpcId,
      tags: { Name: name },
    });

    this.roleArn = role.arn;
    this.roleName = role.name;
    this.instanceProfileArn = profile.arn;
    this.instanceProfileName = profile.name;
    this.securityGroupId = securityGroup.id;
    this.readiness = [
      ...this.attachPolicies(props.managedPolicyArns ?? []),
      ...this.letOut(props.endpointSecurityGroupId, props.s3PrefixListId),
    ];
  }

  private attachPolicies(managedPolicyArns: readonly string[]): IamRolePolicyAttachment[] {
    const attach = (id: string, policyArn: string): IamRolePolicyAttachment =>
      new IamRolePolicyAttachment(this, id, { role: this.roleName, policyArn });
    const core = `arn:${partition(this)}:iam::aws:policy/AmazonSSMManagedInstanceCore`;
    return [
      attach("session-manager", core),
      // The account and the name in the ARN tell policies apart, whatever their order.
      ...managedPolicyArns.map((arn) => attach(arn.split(":").slice(4).join("-").replace(/\//g, "-"), arn)),
    ];
  }

  private letOut(endpointSecurityGroupId: string, s3PrefixListId?: string): VpcSecurityGroupEgressRule[] {
    const rules = [
      addEgressRule(this, "https-to-endpoints", this.securityGroupId, {
        securityGroupId: endpointSecurityGroupId,
        ports: 443,
        description: "HTTPS to the VPC endpoints of Systems Manager",
      }),
    ];
    if (s3PrefixListId !== undefined) {
      rules.push(
        addEgressRule(this, "https-to-s3", this.securityGroupId, {
          prefixListId: s3PrefixListId,
          ports: 443,
          description: "HTTPS to S3 through the gateway endpoint",
        }),
      );
    }
    return rules;
  }
}

const TRUST_POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
