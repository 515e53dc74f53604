// A stack that is there already, with a VPC of its own: three constructs make an instance in it reachable.
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { App, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { InstanceAccess, ManagedInstance, SsmEndpoints } from "cdktf-session-manager";

const region = "eu-central-1";
const name = "orders";

class OrdersStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new AwsProvider(this, "aws", { region });
    const cidr = "10.20.0.0/24";
    // The private names of endpoints need both of these.
    const vpc = new Vpc(this, "vpc", { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true });
    const { id: vpcId } = vpc;
    const { id: subnetId } = new Subnet(this, "subnet", { vpcId, cidrBlock: "10.20.0.0/26" });

    const endpoints = new SsmEndpoints(this, "endpoints", {
      name,
      region,
      vpcId,
      vpcCidr: cidr,
      subnetIds: [subnetId],
    });
    const access = new InstanceAccess(this, "access", {
      name,
      vpcId,
      endpointSecurityGroupId: endpoints.securityGroupId,
    });
    const worker = new ManagedInstance(this, "worker", { name: `${name}-worker`, access, vpcId, subnetId });

    new TerraformOutput(this, "worker_id", { value: worker.instanceId });
  }
}

const app = new App();
new OrdersStack(app, "orders");
app.synth();
