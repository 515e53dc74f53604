import type { Construct } from "constructs";
import {
  ExistingEndpoints,
  ExistingNetwork,
  IsolatedNetwork,
  SsmEndpoints,
  type WantedAddresses,
} from "../modules";
import { addS3Gateway } from "../modules/private/s3-gateway";
import { type Layer, STACK_TAG, assumptionText, identityPattern, stackName } from "./contract";
import { EnvironmentStack } from "./environment-stack";
import { archiveBucket, neededServices, needsS3, organizationDemands, usesEc2Messages } from "./features";
import { instancesByZone } from "./settings/addresses";
import type { EnvironmentSettings } from "./settings/environment";
import {
  type ExistingNetworkSettings,
  type NewNetworkSettings,
  isExisting,
  originOf,
} from "./settings/network";
import { type PublishedOutputs, publishOutputs } from "./stack-outputs";

/** The network of an environment, new or existing, and its ways to Systems Manager. */
export class NetworkingStack extends EnvironmentStack {
  /** What other stacks and people can read. */
  public readonly outputs: PublishedOutputs<"networking">;

  constructor(scope: Construct, settings: EnvironmentSettings) {
    const { network } = settings;
    super(scope, "networking", settings);
    this.outputs = publishOutputs(
      this,
      "networking",
      isExisting(network) ? this.useNetwork(network) : this.createNetwork(network),
    );
  }

  private createNetwork(network: NewNetworkSettings): PublishedOutputs<"networking"> {
    const { namePrefix: name, region, instances, sessions } = this.settings;
    const features = { ec2Messages: usesEc2Messages(this.settings), recording: Boolean(sessions) };
    const isolated = new IsolatedNetwork(this, "network", {
      name,
      region,
      cidr: network.cidr,
      availabilityZones: network.availabilityZones,
      subnetPrefix: network.subnetPrefix,
      flowLogs: network.flowLogs && { ...network.flowLogs, ...organizationDemands(this.settings) },
      endpointServices: SsmEndpoints.services(features),
      instanceTypes: Object.values(instances).map(({ instanceType }) => instanceType),
    });
    const endpoints = new SsmEndpoints(this, "endpoints", {
      name,
      region,
      vpcId: isolated.vpcId,
      vpcCidr: network.cidr,
      subnetIds: Object.values(isolated.subnetIds),
      ...features,
      s3Gateway: needsS3(this.settings)
        ? { routeTableIds: [isolated.routeTableId], archiveBucket: archiveBucket(this, this.settings) }
        : undefined,
    });
    return {
      vpc_id: isolated.vpcId,
      subnet_ids: isolated.subnetIds,
      availability_zones: isolated.availabilityZones,
      route_table_id: isolated.routeTableId,
      endpoint_ids: endpoints.endpointIds,
      endpoint_security_group_id: endpoints.securityGroupId,
      s3_prefix_list_id: endpoints.s3PrefixListId,
    };
  }

  /** What this stack and that of the instances are to have in subnets that others made. */
  private wantedAddresses({ subnetIds }: ExistingNetworkSettings, endpoints: number): WantedAddresses {
    const { name, instances } = this.settings;
    // Whatever the role was called when they were made.
    const anyOf = (layer: Layer): string => identityPattern(stackName(name, layer));
    return {
      tagKey: STACK_TAG,
      instances: Object.fromEntries(instancesByZone(instances, Object.keys(subnetIds))),
      instanceTag: anyOf("instances"),
      endpoints,
      endpointTag: anyOf("networking"),
    };
  }

  private useNetwork(network: ExistingNetworkSettings): PublishedOutputs<"networking"> {
    const { namePrefix: name, region } = this.settings;
    const needed = neededServices(this.settings).map((service) => ({
      service,
      origin: originOf(network, service),
    }));
    const s3 = needed.find(({ service }) => service === "s3")?.origin;
    const interfaces = (wanted: "create" | "existing"): string[] =>
      needed
        .filter(({ service, origin }) => service !== "s3" && origin === wanted)
        .map(({ service }) => service);
    const [created, existing] = [interfaces("create"), interfaces("existing")];

    const found = new ExistingNetwork(this, "network", {
      vpcId: network.vpcId,
      subnetIds: network.subnetIds,
      privateDns: created.length + existing.length > 0,
      addresses: this.wantedAddresses(network, created.length),
    });
    const place = { name, region, vpcId: found.vpcId };
    const s3RouteTableIds = s3 === "create" || s3 === "existing" ? found.routeTableIds() : undefined;
    const others = new ExistingEndpoints(this, "existing_endpoints", {
      ...place,
      existing,
      created,
      s3RouteTableIds: s3 === "existing" ? s3RouteTableIds : undefined,
    });
    const own =
      created.length > 0
        ? new SsmEndpoints(this, "endpoints", {
            ...place,
            vpcCidr: found.vpcCidrs,
            subnetIds: Object.values(found.subnetIds),
            services: created,
          })
        : undefined;
    const gateway =
      s3 === "create" && s3RouteTableIds
        ? addS3Gateway(this, "endpoints_s3", {
            ...place,
            routeTableIds: s3RouteTableIds,
            archiveBucket: archiveBucket(this, this.settings),
          })
        : undefined;
    const assumptions = needed.flatMap(({ service, origin }) =>
      typeof origin === "object" ? [{ service, networks: origin.elsewhere }] : [],
    );
    this.assume(assumptions);
    const endpointIds = { ...others.endpointIds, ...own?.endpointIds, ...(gateway && { s3: gateway.id }) };
    return {
      vpc_id: found.vpcId,
      subnet_ids: found.subnetIds,
      availability_zones: found.availabilityZones,
      endpoint_ids: Object.keys(endpointIds).length > 0 ? endpointIds : undefined,
      endpoint_security_group_id: own?.securityGroupId,
      s3_prefix_list_id: gateway?.prefixListId ?? others.s3PrefixListId,
      existing_endpoint_security_group_ids: others.securityGroupIds,
      assumptions: assumptions.length > 0 ? assumptions.map(assumptionText) : undefined,
    };
  }
}
