import type { TerraformStack } from "cdktf";
import { InstanceAccess, IsolatedNetwork, ManagedInstance, SsmEndpoints } from "../../../modules";

/** The problems that synthesis ends with. */
export function refusals(build: () => unknown): string[] {
  try {
    build();
    return [];
  } catch (error) {
    return (error as Error).message.split("\n").filter((line) => /^ {2}\[/.test(line));
  }
}

const region = "eu-central-1";

/** The constructs as a stranger would put them together. */
export function compose(stack: TerraformStack) {
  const network = new IsolatedNetwork(stack, "network", {
    name: "theirs",
    region,
    cidr: "10.10.0.0/23",
    availabilityZones: 2,
    endpointServices: SsmEndpoints.services({}),
  });
  const endpoints = new SsmEndpoints(stack, "endpoints", {
    name: "theirs",
    region,
    vpcId: network.vpcId,
    vpcCidr: "10.10.0.0/23",
    subnetIds: Object.values(network.subnetIds),
  });
  const access = new InstanceAccess(stack, "access", {
    name: "theirs",
    vpcId: network.vpcId,
    endpointSecurityGroupId: endpoints.securityGroupId,
  });
  const web = new ManagedInstance(stack, "web", {
    name: "web",
    access,
    vpcId: network.vpcId,
    subnetId: network.subnetIds["zone-1"] as string,
  });
  return { network, endpoints, access, web };
}
