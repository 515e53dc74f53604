import type { Construct } from "constructs";
import { IsolatedNetwork, SsmEndpoints } from "../../modules";
import { LONGEST_PREFIX, PRIVATE_RANGES, SHORTEST_PREFIX } from "../../modules/facts/cidr";
import { subnetKeys } from "../../modules/facts/subnet-layout";
import { archiveBucket, needsS3, usesEc2Messages } from "../../stacks/features";
import type { EnvironmentSettings } from "../../stacks/settings/environment";
import type { NewNetworkSettings } from "../../stacks/settings/network";
import { ModuleStack } from "./module-stack";
import type { Check } from "./module-variables";

/** The network of an environment as a module: as many zones, and the same endpoints. */
export class NetworkingModule extends ModuleStack {
  constructor(scope: Construct, settings: EnvironmentSettings, network: NewNetworkSettings) {
    super(scope, "networking");
    const { sessions } = settings;
    const name = this.variables.name();
    const zones = subnetKeys(network.availabilityZones).length;
    // A longer one has no room for the subnets.
    const longest = (network.subnetPrefix ?? LONGEST_PREFIX) - Math.ceil(Math.log2(zones));
    const sizes = `/${SHORTEST_PREFIX} to /${longest}`;
    const cidr = this.variables.text("cidr", `IPv4 block of the VPC: private, ${sizes}`, {
      fallback: network.cidr,
      check: privateBlock(longest),
    });
    const region = this.region();
    const features = { ec2Messages: usesEc2Messages(settings), recording: Boolean(sessions) };
    const isolated = new IsolatedNetwork(this, "network", {
      name,
      region,
      cidr,
      // Which zones, only the caller's Region says.
      availabilityZones: zones,
      subnetPrefix: network.subnetPrefix,
      flowLogs: network.flowLogs && {
        retentionDays: this.variables.retentionDays(
          "flow_log_retention_days",
          "Days that flow logs are kept",
          network.flowLogs.retentionDays,
        ),
        logGroupKeyArn: this.variables.logGroupKeyArn(settings.logGroupKeyArn),
        ...this.variables.roleDemands(settings),
      },
      endpointServices: SsmEndpoints.services(features),
      instanceTypes: Object.values(settings.instances).map(({ instanceType }) => instanceType),
    });
    const endpoints = new SsmEndpoints(this, "endpoints", {
      name,
      region,
      vpcId: isolated.vpcId,
      vpcCidr: cidr,
      subnetIds: Object.values(isolated.subnetIds),
      ...features,
      s3Gateway: needsS3(settings)
        ? {
            routeTableIds: [isolated.routeTableId],
            archiveBucket: archiveBucket(this, { ...settings, namePrefix: name, region }),
          }
        : undefined,
    });
    this.addTags();
    this.publish({
      vpc_id: [isolated.vpcId, "Id of the VPC"],
      subnet_ids: [isolated.subnetIds, "Ids of the subnets, by zone slot"],
      availability_zones: [isolated.availabilityZones, "Names of the Availability Zones, by zone slot"],
      route_table_id: [isolated.routeTableId, "Id of the route table of all subnets, which has no way out"],
      endpoint_ids: [endpoints.endpointIds, "Ids of the VPC endpoints, by service"],
      s3_prefix_list_id: [endpoints.s3PrefixListId, "Id of the prefix list of S3"],
    });
    this.publish(
      {
        endpoint_security_group_id: [
          endpoints.securityGroupId,
          "Id of the security group of the interface endpoints, once they are there",
        ],
      },
      endpoints.readiness,
    );
  }
}

function privateBlock(longest: number): Check {
  const prefixes = Array.from(
    { length: longest - SHORTEST_PREFIX + 1 },
    (_, index) => SHORTEST_PREFIX + index,
  );
  return {
    condition: [
      "can(cidrsubnet(var.cidr, 0, 0))",
      'try(cidrsubnet(var.cidr, 0, 0), "") == var.cidr',
      'can(regex("^(10\\\\.|172\\\\.(1[6-9]|2\\\\d|3[01])\\\\.|192\\\\.168\\\\.|100\\\\.(6[4-9]|[7-9]\\\\d|1[01]\\\\d|12[0-7])\\\\.)", var.cidr))',
      `can(regex("/(${prefixes.join("|")})$", var.cidr))`,
    ].join(" && "),
    allowed: `a block from /${SHORTEST_PREFIX} to /${longest}, inside ${PRIVATE_RANGES}, with no bit set behind its prefix`,
  };
}
