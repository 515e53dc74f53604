import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";
import { FIXED_NAME } from "./fixed-name";
import { accountId, partition } from "./once-per-stack";
import { type PolicyCondition, type PolicyStatement, policyDocument } from "./policy";
import { guard } from "./rules/guard";

/** The features that decide which interface endpoints a network has. */
export interface EndpointFeatures {
  /**
   * Adds `ec2messages`, which SSM Agent before 3.3.40.0 needs. Newer agents use `ssmmessages` for everything.
   * https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html
   * @default true
   */
  readonly ec2Messages?: boolean;
  /**
   * Adds `logs` and `kms`, by which the agent records and encrypts sessions.
   * @default false
   */
  readonly recording?: boolean;
}

/** Props of {@link SsmEndpoints}. */
export interface SsmEndpointsProps extends EndpointFeatures {
  /** The beginning of every name, and the security group's name: `<name>-endpoints`. */
  readonly name: string;
  /** Region of the provider, such as `eu-central-1`; the services' names carry it. */
  readonly region: string;
  /** Id of the VPC. Its DNS support and DNS hostnames must be on. */
  readonly vpcId: string;
  /** IPv4 block of the VPC, the only source that the endpoints admit. */
  readonly vpcCidr: string;
  /** Subnets that get a network interface of each endpoint: one per zone. */
  readonly subnetIds: readonly string[];
  /**
   * Adds the gateway endpoint for S3 to these route tables, for the operating system's packages and the agent's
   * own updates, and for copies of recordings where they are kept in a bucket. It costs nothing.
   * @default - no way to S3
   */
  readonly s3Gateway?: { readonly routeTableIds: readonly string[]; readonly archiveBucket?: string };
}

/**
 * The ways from isolated subnets to Systems Manager: interface endpoints with private DNS, behind one security
 * group that admits HTTPS from the VPC and nothing else.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
 */
export class SsmEndpoints extends Construct {
  /** Id of the endpoints' security group: what an instance's own group must let out to, on 443. */
  public readonly securityGroupId: string;
  /** Ids of the endpoints, by service (`ssm`, `ssmmessages`, ..., `s3`). */
  public readonly endpointIds: Readonly<Record<string, string>>;
  /** Id of the prefix list of S3's addresses; undefined without the gateway. */
  public readonly s3PrefixListId: string | undefined;

  constructor(scope: Construct, id: string, props: SsmEndpointsProps) {
    super(scope, id);
    guard(this, props);
    const securityGroup = this.createSecurityGroup(props);
    const endpoints: [string, VpcEndpoint][] = SsmEndpoints.services(props).map((service) => [
      service,
      new VpcEndpoint(this, service, {
        vpcId: props.vpcId,
        serviceName: serviceName(props.region, service),
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        subnetIds: [...props.subnetIds],
        securityGroupIds: [securityGroup.id],
        policy: this.accountOnlyPolicy(service),
        tags: { Name: `${props.name}-${service}` },
      }),
    ]);
    if (props.s3Gateway) {
      const gateway = new VpcEndpoint(this, "s3", {
        vpcId: props.vpcId,
        serviceName: serviceName(props.region, "s3"),
        vpcEndpointType: "Gateway",
        routeTableIds: [...props.s3Gateway.routeTableIds],
        policy: this.bucketsPolicy(props.region, props.s3Gateway.archiveBucket),
        tags: { Name: `${props.name}-s3` },
      });
      endpoints.push(["s3", gateway]);
      this.s3PrefixListId = gateway.prefixListId;
    }
    this.securityGroupId = securityGroup.id;
    this.endpointIds = Object.fromEntries(endpoints.map(([service, endpoint]) => [service, endpoint.id]));
  }

  /** The interface endpoints that a set of features needs, for a network that must choose its zones by them. */
  public static services(features: EndpointFeatures): string[] {
    return [
      "ssm",
      "ssmmessages",
      ...((features.ec2Messages ?? true) ? ["ec2messages"] : []),
      ...(features.recording ? ["logs", "kms"] : []),
    ];
  }

  private createSecurityGroup(props: SsmEndpointsProps): SecurityGroup {
    const securityGroup = new SecurityGroup(this, "Default", {
      name: `${props.name}-endpoints`,
      description: "Interface endpoints for Systems Manager: HTTPS from the VPC",
      vpcId: props.vpcId,
      tags: { Name: `${props.name}-endpoints` },
      lifecycle: FIXED_NAME,
    });
    new VpcSecurityGroupIngressRule(this, "https-from-vpc", {
      securityGroupId: securityGroup.id,
      description: "HTTPS from the VPC",
      cidrIpv4: props.vpcCidr,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
    });
    return securityGroup;
  }

  /**
   * Whoever calls through the endpoint must belong to this account: stolen foreign credentials cannot be used to
   * carry data out. The agent signs every call with the instance's role, so it is not affected.
   */
  private accountOnlyPolicy(service: string): string {
    return policyDocument({
      Sid: "OwnAccountOnly",
      Effect: "Allow",
      Principal: "*",
      Action: `${service}:*`,
      Resource: "*",
      Condition: this.ownAccount(),
    });
  }

  /**
   * Reading packages and agent updates, writing copies of recordings, and nothing else. The package manager reads
   * without credentials, so that statement cannot ask who calls; it names the buckets instead.
   * https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html#ssm-agent-minimum-s3-permissions
   */
  private bucketsPolicy(region: string, archiveBucket: string | undefined): string {
    const arn = (bucket: string): string => `arn:${partition(this)}:s3:::${bucket}`;
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
        Condition: this.ownAccount(),
      });
    }
    return policyDocument(...statements);
  }

  private ownAccount(): PolicyCondition {
    return { StringEquals: { "aws:PrincipalAccount": accountId(this) } };
  }
}

function packageBuckets(region: string): string[] {
  return [
    `al2023-repos-${region}-de612dc2`,
    `amazonlinux-2-repos-${region}`,
    `amazon-ssm-${region}`,
    `amazon-ssm-packages-${region}`,
    `aws-ssm-${region}`,
    `aws-ssm-document-attachments-${region}`,
    `patch-baseline-snapshot-${region}`,
    `${region}-birdwatcher-prod`,
  ];
}

function serviceName(region: string, service: string): string {
  return `com.amazonaws.${region}.${service}`;
}
