import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { TerraformIterator, type TerraformResource, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { FIXED_NAME } from "./private/security-group";
import { anyVpcCidrProblem } from "./facts/cidr";
import { checkedName } from "./facts/name-prefix";
import { endpointPolicy } from "./private/endpoint-policy";
import { type EndpointFeatures, ec2MessagesProblem, endpointServices } from "./facts/endpoint-services";
import { refuseBadProps } from "./private/refuse-bad-props";
import { guard } from "./rules/guard";
import { type S3GatewayProps, addS3Gateway } from "./private/s3-gateway";
import { serviceName } from "./facts/names";

/** Props of {@link SsmEndpoints}. */
export interface SsmEndpointsProps extends EndpointFeatures {
  /**
   * The beginning of every name, 1 to 32 letters, digits and hyphens, beginning with a letter and not with `sg-`.
   * The security group is called `<name>-endpoints`.
   */
  readonly name: string;
  /** Region of the provider, such as `eu-central-1`; the services' names carry it. */
  readonly region: string;
  /** Id of the VPC. Its DNS support and DNS hostnames must be on. */
  readonly vpcId: string;
  /** IPv4 block of the VPC, the only source that the endpoints admit; or a list of all its blocks, known at plan. */
  readonly vpcCidr: string | string[];
  /** Subnets that get a network interface of each endpoint: one per zone. */
  readonly subnetIds: readonly string[];
  /**
   * Adds the gateway endpoint for S3 to these route tables, for the operating system's packages and the agent's
   * own updates, and for copies of recordings where they are kept in a bucket. It costs nothing.
   * @default - no way to S3
   */
  readonly s3Gateway?: Pick<S3GatewayProps, "routeTableIds" | "archiveBucket">;
  /**
   * The interface endpoints to make, among those that the features need; the others are somewhere already.
   * @default - all that the features need
   */
  readonly services?: readonly string[];
}

/**
 * The ways from isolated subnets to Systems Manager: interface endpoints with private DNS, behind one security
 * group that admits HTTPS from the VPC and nothing else.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
 *
 * @throws where the name or a block is not allowed, or the Region has no `ec2messages`.
 */
export class SsmEndpoints extends Construct {
  /** Id of the endpoints' security group: what an instance's own group must let out to, on 443. */
  public readonly securityGroupId: string;
  /** Ids of the endpoints, by service (`ssm`, `ssmmessages`, ..., `s3`). */
  public readonly endpointIds: Readonly<Record<string, string>>;
  /** Id of the prefix list of S3's addresses; undefined without the gateway. */
  public readonly s3PrefixListId: string | undefined;
  /**
   * What must exist before anything can call through the endpoints. The security group's id alone does not wait for
   * them: an `InstanceAccess` in the same stack that is given it does.
   */
  public readonly readiness: readonly TerraformResource[];

  constructor(scope: Construct, id: string, props: SsmEndpointsProps) {
    super(scope, id);
    guard(this, props);
    const { services = SsmEndpoints.services(props) } = props;
    refuseBadProps(this, [
      checkedName(props.name),
      ...[props.vpcCidr].flat().map((cidr) => ({
        prop: "vpcCidr",
        given: cidr,
        problem: anyVpcCidrProblem(cidr),
      })),
      {
        prop: "ec2Messages",
        given: props.ec2Messages ?? false,
        problem: services.includes("ec2messages") ? ec2MessagesProblem(props.region) : undefined,
      },
    ]);
    const { securityGroup, admission } = this.createSecurityGroup(props);
    const endpoints: [string, VpcEndpoint][] = services.map((service) => [
      service,
      new VpcEndpoint(this, service, {
        vpcId: props.vpcId,
        serviceName: serviceName(props.region, service),
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        subnetIds: [...props.subnetIds],
        securityGroupIds: [securityGroup.id],
        policy: endpointPolicy(this, service, props.region),
        tags: { Name: `${props.name}-${service}` },
      }),
    ]);
    if (props.s3Gateway) {
      const gateway = addS3Gateway(this, "s3", { ...props, ...props.s3Gateway });
      endpoints.push(["s3", gateway]);
      this.s3PrefixListId = gateway.prefixListId;
    }
    this.securityGroupId = securityGroup.id;
    this.readiness = [admission, ...endpoints.map(([, endpoint]) => endpoint)];
    this.endpointIds = Object.fromEntries(endpoints.map(([service, endpoint]) => [service, endpoint.id]));
  }

  /** The interface endpoints that a set of features needs, for a network that must choose its zones by them. */
  public static services(features: EndpointFeatures): string[] {
    return endpointServices(features);
  }

  /** The endpoints behind a security group, where the stack of a construct makes them. */
  public static behind(securityGroupId: string, scope: Construct): SsmEndpoints | undefined {
    return TerraformStack.of(scope)
      .node.findAll()
      .find(
        (one): one is SsmEndpoints => one instanceof SsmEndpoints && one.securityGroupId === securityGroupId,
      );
  }

  private createSecurityGroup(props: SsmEndpointsProps): {
    readonly securityGroup: SecurityGroup;
    readonly admission: VpcSecurityGroupIngressRule;
  } {
    const securityGroup = new SecurityGroup(this, "Default", {
      name: `${props.name}-endpoints`,
      description: "Interface endpoints for Systems Manager: HTTPS from the VPC",
      vpcId: props.vpcId,
      tags: { Name: `${props.name}-endpoints` },
      lifecycle: FIXED_NAME,
    });
    const blocks = typeof props.vpcCidr === "string" ? undefined : TerraformIterator.fromList(props.vpcCidr);
    const admission = new VpcSecurityGroupIngressRule(this, "https-from-vpc", {
      forEach: blocks,
      securityGroupId: securityGroup.id,
      description: "HTTPS from the VPC",
      cidrIpv4: blocks?.value ?? props.vpcCidr,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
    });
    return { securityGroup, admission };
  }
}
