import { reachingServices } from "./agent-actions";
import { problem } from "./refusal";

/** The features that decide which interface endpoints a network has. */
export interface EndpointFeatures {
  /**
   * Adds `ec2messages`, which SSM Agent before 3.3.40.0 needs. Newer agents use `ssmmessages` for everything.
   * Regions that were opened in 2024 or later have none.
   * https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html
   * @default false
   */
  readonly ec2Messages?: boolean;
  /**
   * Adds `logs` and `kms`, by which the agent records and encrypts sessions.
   * @default false
   */
  readonly recording?: boolean;
}

/** Regions of 2024 and later, as far as they are known: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html */
const WITHOUT_EC2MESSAGES = [
  "ap-east-2",
  "ap-southeast-5",
  "ap-southeast-6",
  "ap-southeast-7",
  "mx-central-1",
];

/** The services whose interface endpoints a set of features needs. */
export function endpointServices({ ec2Messages = false, recording = false }: EndpointFeatures): string[] {
  return [...reachingServices(ec2Messages), ...(recording ? ["logs", "kms"] : [])];
}

/** What is wrong with wanting `ec2messages` in a Region. */
export function ec2MessagesProblem(region: string): string | undefined {
  return WITHOUT_EC2MESSAGES.includes(region)
    ? problem(`false in ${region}, which has no ec2messages`, "write ec2Messages: false")
    : undefined;
}
