// One stack for each environment: a network of its own, recorded sessions, and instances by name.
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import {
  ACCESS_TAG,
  CommandAlarm,
  InstanceAccess,
  IsolatedNetwork,
  ManagedInstance,
  OperatorAccess,
  SessionLogging,
  SsmEndpoints,
} from "cdktf-session-manager";

interface Environment {
  readonly region: string;
  readonly cidr: string;
  readonly instances: readonly string[];
}

const environments: Readonly<Record<string, Environment>> = {
  dev: { region: "eu-central-1", cidr: "10.1.0.0/23", instances: ["web"] },
  prod: { region: "eu-west-1", cidr: "10.2.0.0/22", instances: ["web", "jobs"] },
};

class EnvironmentStack extends TerraformStack {
  constructor(scope: Construct, name: string, { region, cidr, instances }: Environment) {
    super(scope, name);
    new AwsProvider(this, "aws", { region, defaultTags: [{ tags: { Environment: name } }] });

    const features = { recording: true };
    const network = new IsolatedNetwork(this, "network", {
      name,
      region,
      cidr,
      availabilityZones: 2,
      endpointServices: SsmEndpoints.services(features),
    });
    const endpoints = new SsmEndpoints(this, "endpoints", {
      ...features,
      name,
      region,
      vpcId: network.vpcId,
      vpcCidr: cidr,
      subnetIds: Object.values(network.subnetIds),
    });
    const logging = new SessionLogging(this, "logging", { name, region });
    const { documentName, logGroupArn, logGroupName, keyArn } = logging;
    new CommandAlarm(this, "alarm", { name, region, logGroupName, keyArn });
    const operators = new OperatorAccess(this, "operators", {
      name,
      region,
      accessTag: name,
      documentName,
      keyArn,
      logGroupArn,
    });

    const access = new InstanceAccess(this, "access", {
      name,
      vpcId: network.vpcId,
      endpointSecurityGroupId: endpoints.securityGroupId,
      recording: { logGroupArn, keyArn },
    });
    for (const key of instances) {
      const instance = new ManagedInstance(this, key, {
        name: `${name}-${key}`,
        access,
        vpcId: network.vpcId,
        subnetId: network.subnetIds["zone-1"] ?? "",
        tags: { [ACCESS_TAG]: name },
      });
      new TerraformOutput(this, `${key}_id`, { value: instance.instanceId });
    }
    new TerraformOutput(this, "shell_policy_arn", { value: operators.shellPolicyArn });
  }
}

const app = new App();
for (const [name, environment] of Object.entries(environments)) {
  new EnvironmentStack(app, name, environment);
}
app.synth();
