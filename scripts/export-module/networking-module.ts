import type { Construct } from "constructs";
import { IsolatedNetwork, SsmEndpoints } from "../../modules";
import { accountId } from "../../modules/once-per-stack";
import { sessionNames } from "../../modules/session-names";
import { needsS3 } from "../../stacks/features";
import type { EnvironmentSettings } from "../../stacks/settings/environment";
import type { NewNetworkSettings } from "../../stacks/settings/network";
import { ModuleStack } from "./module-stack";

/** A private block, of a size that a VPC can have. */
const PRIVATE_BLOCK = {
  condition: [
    "can(cidrsubnet(var.cidr, 0, 0))",
    'try(cidrsubnet(var.cidr, 0, 0), "") == var.cidr',
    'can(regex("^(10\\\\.|172\\\\.(1[6-9]|2\\\\d|3[01])\\\\.|192\\\\.168\\\\.|100\\\\.(6[4-9]|[7-9]\\\\d|1[01]\\\\d|12[0-7])\\\\.)", var.cidr))',
    'can(regex("/(1[6-9]|2[0-8])$", var.cidr))',
  ].join(" && "),
  message:
    "a block from /16 to /28, inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10, with no bit set behind its prefix",
};

/** The network of an environment as a module: as many zones, and the same endpoints. */
export class NetworkingModule extends ModuleStack {
  constructor(scope: Construct, settings: EnvironmentSettings, network: NewNetworkSettings) {
    super(scope, "networking");
    const { sessions } = settings;
    const name = this.variables.name();
    const cidr = this.variables.text("cidr", "IPv4 block of the VPC: private, /16 to /28", {
      fallback: network.cidr,
      check: PRIVATE_BLOCK,
    });
    const { region } = this;
    const zones = network.availabilityZones;
    const features = { ...network.endpoints, recording: Boolean(sessions) };
    const archive = sessions ? sessions.archive : undefined;
    const isolated = new IsolatedNetwork(this, "network", {
      name,
      region,
      cidr,
      // Which zones, only the caller's Region says.
      availabilityZones: typeof zones === "number" ? zones : zones.length,
      subnetPrefix: network.subnetPrefix,
      flowLogs: network.flowLogs && {
        retentionDays: this.variables.retentionDays(
          "flow_log_retention_days",
          "Days that flow logs are kept",
          network.flowLogs.retentionDays,
        ),
      },
      endpointServices: SsmEndpoints.services(features),
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
            archiveBucket: archive && sessionNames(name, accountId(this), region).archiveBucket,
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
      endpoint_security_group_id: [
        endpoints.securityGroupId,
        "Id of the security group of the interface endpoints",
      ],
      s3_prefix_list_id: [endpoints.s3PrefixListId, "Id of the prefix list of S3"],
    });
  }
}
