// One instance in a VPC that others look after. They have made endpoints for Systems Manager: Terraform refuses the plan
// where those are not there, or cannot be used.
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformOutput, TerraformStack } from "cdktf";
import { ExistingEndpoints, ExistingNetwork, InstanceAccess, ManagedInstance } from "cdktf-session-manager";

const region = "eu-central-1";
const name = "reports";
const zone = "eu-central-1a";

const app = new App();
const stack = new TerraformStack(app, "reports");
new AwsProvider(stack, "aws", { region });

const network = new ExistingNetwork(stack, "network", {
  vpcId: "vpc-0123456789abcdef0",
  subnetIds: { [zone]: "subnet-0123456789abcdef0" },
});
const endpoints = new ExistingEndpoints(stack, "endpoints", {
  name,
  region,
  vpcId: network.vpcId,
  existing: ["ssm", "ssmmessages"],
  created: [],
});
const access = new InstanceAccess(stack, "access", {
  name,
  vpcId: network.vpcId,
  existingEndpointSecurityGroupIds: endpoints.securityGroupIds,
});
const instance = new ManagedInstance(stack, "web", {
  name: `${name}-web`,
  access,
  vpcId: network.vpcId,
  subnetId: network.subnetIds[zone] ?? "",
  instanceType: "t4g.small",
});
new TerraformOutput(stack, "instance_id", { value: instance.instanceId });

app.synth();
