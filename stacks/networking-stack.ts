import type { Construct } from "constructs";
import { IsolatedNetwork, SsmEndpoints } from "../modules";
import { EnvironmentStack } from "./environment-stack";
import { archiveBucket, needsS3 } from "./features";
import type { EnvironmentSettings } from "./settings/environment";
import { type PublishedOutput, publishOutputs } from "./stack-outputs";

/** What {@link NetworkingStack} publishes. */
export type NetworkingOutput =
  | "vpc_id"
  | "subnet_ids"
  | "availability_zones"
  | "route_table_id"
  | "endpoint_ids"
  | "endpoint_security_group_id"
  | "s3_prefix_list_id";

/** The network of an environment and its ways to Systems Manager. */
export class NetworkingStack extends EnvironmentStack {
  /** What other stacks and people can read. */
  public readonly outputs: Readonly<Record<NetworkingOutput, PublishedOutput>>;

  constructor(scope: Construct, settings: EnvironmentSettings) {
    super(scope, "networking", settings);
    const { namePrefix: name, region, network } = settings;
    const features = { ...network.endpoints, recording: Boolean(settings.sessions) };
    const isolated = new IsolatedNetwork(this, "network", {
      name,
      region,
      cidr: network.cidr,
      availabilityZones: network.availabilityZones,
      subnetPrefix: network.subnetPrefix,
      flowLogs: network.flowLogs,
      endpointServices: SsmEndpoints.services(features),
      instanceTypes: Object.values(settings.instances).map(({ instanceType }) => instanceType),
    });
    const endpoints = new SsmEndpoints(this, "endpoints", {
      name,
      region,
      vpcId: isolated.vpcId,
      vpcCidr: network.cidr,
      subnetIds: Object.values(isolated.subnetIds),
      ...features,
      s3Gateway: needsS3(settings)
        ? { routeTableIds: [isolated.routeTableId], archiveBucket: archiveBucket(this, settings) }
        : undefined,
    });
    this.outputs = publishOutputs(this, {
      vpc_id: { value: isolated.vpcId, description: "Id of the VPC" },
      subnet_ids: { value: isolated.subnetIds, description: "Ids of the subnets, by zone or zone slot" },
      availability_zones: {
        value: isolated.availabilityZones,
        description: "Names of the Availability Zones, by zone or zone slot",
      },
      route_table_id: {
        value: isolated.routeTableId,
        description: "Id of the route table of all subnets, which has no way out",
      },
      endpoint_ids: { value: endpoints.endpointIds, description: "Ids of the VPC endpoints, by service" },
      endpoint_security_group_id: {
        value: endpoints.securityGroupId,
        description: "Id of the security group of the interface endpoints",
      },
      s3_prefix_list_id: {
        value: endpoints.s3PrefixListId,
        description: "Id of the prefix list of S3",
      },
    });
  }
}
