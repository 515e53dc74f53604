import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import type { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { TerraformIterator, type TerraformResource, Token } from "cdktf";
import { Construct } from "constructs";
import { reachingServices } from "./facts/agent-actions";
import { checkedEach } from "./facts/bound";
import { PRIVATE_CIDR } from "./facts/cidr";
import { type EgressRule, egressRuleKey } from "./facts/egress-rule";
import { addEgressRule, checkedEgress } from "./private/egress-rule";
import { type RoleDemands, checkedIam, corePolicyArn, isCorePolicy } from "./facts/iam-names";
import { instancesName } from "./facts/names";
import { checkedName } from "./facts/name-prefix";
import { FIXED_NAME, NOTHING_IN } from "./private/security-group";
import { lookUpTargets } from "./private/named-things";
import { partition } from "./private/once-per-stack";
import { providerPlace } from "./private/provider-place";
import { QUOTAS, quotaProblem } from "./facts/quotas";
import { onceProblem, problem } from "./facts/refusal";
import { refuseBadProps } from "./private/refuse-bad-props";
import { addRole, addRolePolicy, writtenPath } from "./private/role";
import { shortHash } from "./facts/short-hash";
import { denyElsewhere, permitBeingReached, permitRecording } from "./private/instance-role";
import { policyDocument } from "./private/policy";
import { policiesInRoleProblem } from "./private/policy-size";
import { guard } from "./rules/guard";
import { SsmEndpoints } from "./ssm-endpoints";

/** Props of {@link InstanceAccess}. */
export interface InstanceAccessProps extends RoleDemands {
  /**
   * The beginning of every name, 1 to 32 letters, digits and hyphens, beginning with a letter and not with `sg-`.
   * The role, the profile and the security group are called `<name>-instances`.
   */
  readonly name: string;
  /** Id of the VPC the instances are in. */
  readonly vpcId: string;
  /**
   * Security group of the Systems Manager endpoints, which the instances reach on 443. Instances wait for the
   * endpoints behind it, where they are made in the same stack.
   * @default - no such group
   */
  readonly endpointSecurityGroupId?: string;
  /**
   * Security groups of endpoints that others made, which the instances reach on 443; a list that is known at plan.
   * @default - none
   */
  readonly existingEndpointSecurityGroupIds?: string[];
  /**
   * Private IPv4 blocks in which services answer from outside the VPC, each once, which the instances reach on 443.
   * @default - none
   */
  readonly endpointNetworks?: readonly string[];
  /**
   * Prefix list of S3, which the instances then reach on 443.
   * @default - no way to S3
   */
  readonly s3PrefixListId?: string;
  /**
   * Whether agents use `ec2messages`, which those before 3.3.40.0 need: as in the props of `SsmEndpoints`.
   * @default false
   */
  readonly ec2Messages?: boolean;
  /**
   * Name of the role, up to 64 letters, digits and `+ = , . @ _ -`; unique in the account, in every Region. The policy
   * that lets the agent be reached is called the same.
   * @default - `<name>-instances`
   */
  readonly roleName?: string;
  /**
   * Name of the instance profile, up to 128 letters, digits and `+ = , . @ _ -`; unique in the account.
   * @default - `<name>-instances`
   */
  readonly instanceProfileName?: string;
  /**
   * ARNs of managed policies for what the instances do beyond being reached, each once. With AmazonSSMManagedInstanceCore
   * they can do all that Systems Manager offers, such as State Manager and Patch Manager, and read every parameter.
   * @default - none
   */
  readonly managedPolicyArns?: readonly string[];
  /**
   * Ids of VPCs beside the instances' own, each once, whose endpoints answer the instances. Credentials of the role work
   * through endpoints of these VPCs and of their own, and are worth nothing elsewhere; `false` lets them work from
   * anywhere.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-ec2instancesourcevpc
   * @default - none; `false` where there are `endpointNetworks`, as nobody knows whose endpoints are in them
   */
  readonly onlyThroughVpcs?: readonly string[] | false;
  /**
   * Whether programs on the instances use the role's credentials for services without an endpoint. Only calls to what the
   * agent itself uses are then bound to the VPCs.
   * @default - whether there are `managedPolicyArns` or `egress`
   */
  readonly callsElsewhere?: boolean;
  /**
   * Where sessions are recorded, which the agent on the instances does.
   * @default - sessions are not recorded
   */
  readonly recording?: Recording;
  /**
   * Ways out of all instances beyond the VPC endpoints, by name, each once.
   * @default - none
   */
  readonly egress?: Readonly<Record<string, EgressRule>>;
}

/** Where sessions are recorded. */
export interface Recording {
  /** ARN of the log group. */
  readonly logGroupArn: string;
  /** ARN of the key that encrypts sessions and recordings. */
  readonly keyArn: string;
  /**
   * Bucket that gets copies, and what their names begin with.
   * @default - no copies
   */
  readonly archive?: { readonly bucketName: string; readonly prefix: string };
}

/**
 * What lets instances register with Systems Manager and be reached, shared by all instances of an environment: the
 * role ("what I am permitted to do"), the instance profile ("who I am") and a security group that admits nothing
 * and lets out HTTPS to the endpoints.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-instance-permissions.html
 *
 * @throws where no way to Systems Manager is given, or a name, ARN, block or way out is not allowed.
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
  /** Whether sessions on the instances are recorded: they then run as a user whom the first boot makes. */
  public readonly recordsSessions: boolean;
  /**
   * What must exist before an instance boots. An agent that starts without permission or way out backs off for up
   * to an hour, and only a reboot wakes it earlier.
   */
  public readonly readiness: readonly TerraformResource[];

  constructor(scope: Construct, id: string, props: InstanceAccessProps) {
    super(scope, id);
    guard(this, props);
    const { endpointNetworks = [] } = props;
    this.recordsSessions = props.recording !== undefined;
    const inRole = this.policiesInRole(props);
    const ways = [
      props.endpointSecurityGroupId,
      props.existingEndpointSecurityGroupIds?.[0],
      endpointNetworks[0],
    ];
    refuseBadProps(this, [
      {
        prop: "endpointSecurityGroupId",
        given: props.endpointSecurityGroupId,
        problem: ways.some((way) => way !== undefined)
          ? undefined
          : problem(
              "at least one way to Systems Manager",
              "name the endpoints' security group, or existingEndpointSecurityGroupIds or endpointNetworks",
            ),
      },
      checkedName(props.name),
      {
        prop: "endpointNetworks",
        given: endpointNetworks,
        problem:
          onceProblem(endpointNetworks) ??
          quotaProblem(
            QUOTAS.rulesOfGroup,
            endpointNetworks.length + Object.keys(props.egress ?? {}).length,
            "join blocks",
          ),
      },
      ...checkedEach("endpointNetworks", endpointNetworks, PRIVATE_CIDR),
      ...checkedIam(
        props,
        providerPlace(this),
        props.inlinePolicies === false ? Object.keys(inRole).length : 0,
      ),
      {
        prop: "onlyThroughVpcs",
        given: (props.onlyThroughVpcs || []).length,
        problem: policiesInRoleProblem(this, Object.values(inRole), "VPCs", props.inlinePolicies),
      },
      ...checkedEgress(Object.entries(props.egress ?? {}).map(([key, rule]) => [`egress.${key}`, rule])),
    ]);
    lookUpTargets(this, Object.values(props.egress ?? {}));
    const name = instancesName(props.name);
    const role = addRole(
      this,
      "Default",
      {
        name: props.roleName ?? name,
        description: `Lets the instances of ${props.name} register with Systems Manager`,
        assumeRolePolicy: TRUST_POLICY,
        // What others have attached, as Quick Setup of Systems Manager does, would keep it from being destroyed.
        forceDetachPolicies: true,
      },
      props,
    );
    const profile = new IamInstanceProfile(this, "profile", {
      name: props.instanceProfileName ?? name,
      path: writtenPath(props.iamPath),
      role: role.name,
    });
    const securityGroup = new SecurityGroup(this, "security-group", {
      name,
      description: "Private instances: nothing in, HTTPS out to the VPC endpoints",
      vpcId: props.vpcId,
      ingress: NOTHING_IN,
      tags: { Name: name },
      lifecycle: FIXED_NAME,
    });

    this.roleArn = role.arn;
    this.roleName = role.name;
    this.instanceProfileArn = profile.arn;
    this.instanceProfileName = profile.name;
    this.securityGroupId = securityGroup.id;
    this.readiness = [
      ...this.attachPolicies(props),
      ...Object.entries(inRole).map(([name, policy]) =>
        addRolePolicy(this, name, role, { name, policy }, props),
      ),
      ...this.letOut(props),
      ...this.endpointsOf(props),
    ];
  }

  /**
   * What the agent needs to be reached is a policy of its own, so that it can take the place of AWS's by a replacement: the
   * new one is attached before the old one is detached. An agent that is refused once stays away for half an hour.
   */
  private attachPolicies(props: InstanceAccessProps): IamRolePolicyAttachment[] {
    const { managedPolicyArns = [] } = props;
    const attach = (id: string, policyArn: string, createBeforeDestroy?: boolean): IamRolePolicyAttachment =>
      new IamRolePolicyAttachment(this, id, {
        role: this.roleName,
        policyArn,
        lifecycle: { createBeforeDestroy },
      });
    const core = managedPolicyArns.some(isCorePolicy);
    const policyArn = core ? corePolicyArn(partition(this)) : this.permitBeingReached(props).arn;
    const further = managedPolicyArns.filter((arn) => !isCorePolicy(arn));
    return [attach("session-manager", policyArn, true), ...further.map((arn) => attach(policyId(arn), arn))];
  }

  private permitBeingReached(props: InstanceAccessProps): IamPolicy {
    const { name, roleName, iamPath, ec2Messages = false } = props;
    return new IamPolicy(this, "be-reached", {
      name: roleName ?? instancesName(name),
      path: writtenPath(iamPath),
      description: "Lets SSM Agent register and be reached",
      policy: policyDocument(permitBeingReached(ec2Messages)),
    });
  }

  /** The policies within the role, by name: what binds it to VPCs, and what lets it record. */
  private policiesInRole(props: InstanceAccessProps): Readonly<Record<string, string>> {
    const { endpointNetworks = [], managedPolicyArns = [], egress = {}, ec2Messages = false } = props;
    const vpcs = props.onlyThroughVpcs ?? (endpointNetworks.length === 0 && []);
    const { callsElsewhere = managedPolicyArns.length > 0 || Object.keys(egress).length > 0 } = props;
    const services = [...reachingServices(ec2Messages), ...(props.recording ? ["logs", "kms"] : [])];
    return {
      ...(vpcs !== false && {
        "only-through-vpcs": policyDocument(denyElsewhere(vpcs, callsElsewhere ? services : undefined)),
      }),
      ...(props.recording && {
        "record-sessions": policyDocument(...permitRecording(props.recording, partition(this))),
      }),
    };
  }

  /** The rule that lets out to endpoints refers to their security group alone, which is there minutes before them. */
  private endpointsOf({ endpointSecurityGroupId = "" }: InstanceAccessProps): readonly TerraformResource[] {
    return SsmEndpoints.behind(endpointSecurityGroupId, this)?.readiness ?? [];
  }

  private letOut(props: InstanceAccessProps): VpcSecurityGroupEgressRule[] {
    const { endpointSecurityGroupId, s3PrefixListId, egress = {} } = props;
    const rules: [id: string, rule: EgressRule, forEach?: TerraformIterator][] = [];
    if (endpointSecurityGroupId !== undefined) {
      const description = "HTTPS to the VPC endpoints of Systems Manager";
      rules.push([
        "https-to-endpoints",
        { securityGroupId: endpointSecurityGroupId, ports: 443, description },
      ]);
    }
    if (props.existingEndpointSecurityGroupIds !== undefined) {
      const groups = TerraformIterator.fromList(props.existingEndpointSecurityGroupIds);
      const description = "HTTPS to the VPC endpoints that were there already";
      const rule = { securityGroupId: groups.value as string, ports: 443, description };
      rules.push(["https-to-existing-endpoints", rule, groups]);
    }
    for (const [index, cidr] of (props.endpointNetworks ?? []).entries()) {
      // What only Terraform will know cannot be part of an id.
      const key = Token.isUnresolved(cidr) ? `network-${index}` : cidr.replace(/[./]/g, "-");
      const description = "HTTPS to services that answer from elsewhere";
      rules.push([`https-to-${key}`, { cidr, ports: 443, description }]);
    }
    if (s3PrefixListId !== undefined) {
      const description = "HTTPS to S3 through the gateway endpoint";
      rules.push(["https-to-s3", { prefixListId: s3PrefixListId, ports: 443, description }]);
    }
    // AWS refuses a rule that says the same as another one of the group. What an iterator gives is not known to be the same.
    const known = rules.filter(([, , forEach]) => forEach === undefined);
    const open = new Set(known.map(([, rule]) => egressRuleKey(rule)));
    for (const [name, rule] of Object.entries(egress).filter(([, one]) => !open.has(egressRuleKey(one)))) {
      rules.push([`egress-${name}`, rule]);
    }
    return rules.map(([id, rule, forEach]) => {
      const made = addEgressRule(this, id, this.securityGroupId, rule);
      made.forEach = forEach;
      return made;
    });
  }
}

/** Names may differ in characters that an id cannot carry: the hash tells such policies apart. */
function policyId(arn: string): string {
  const hash = shortHash(arn);
  return `policy-${arn
    .split("/")
    .pop()
    ?.replace(/[^A-Za-z0-9-]/g, "-")}-${hash}`;
}

const TRUST_POLICY = policyDocument({
  Effect: "Allow",
  Principal: { Service: "ec2.amazonaws.com" },
  Action: "sts:AssumeRole",
});
