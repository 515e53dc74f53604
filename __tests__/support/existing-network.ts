import type { Environment } from "../../stacks/settings/environment";
import { MINIMAL } from "./synth";

const VPC = "vpc-0123456789abcdef0";

/** An existing network of two subnets, with what it says of its endpoints. */
export function existingNetwork(endpoints: object = {}, changes: object = {}) {
  return {
    vpcId: VPC,
    subnetIds: {
      "eu-central-1a": "subnet-0123456789abcdef0",
      "eu-central-1b": "subnet-0123456789abcdef1",
    },
    endpoints,
    ...changes,
  };
}

/** An environment that makes some endpoints in an existing network, finds some and calls others elsewhere. */
export const MIXED: Environment = {
  ...MINIMAL,
  network: existingNetwork({
    ec2Messages: true,
    s3Gateway: true,
    services: {
      ssm: "existing",
      ssmmessages: "existing",
      ec2messages: { elsewhere: ["10.1.0.0/24", "10.2.0.0/24"] },
      kms: { elsewhere: ["10.1.0.0/24"] },
    },
  }),
  sessions: {},
};
