import type { Instance } from "@aws-sdk/client-ec2";
import { type SynthesizedEnvironment, stackOf } from "../assembly/environments";
import { elsewhere } from "../assembly/stacks";

/** From where an instance calls services that answer outside its VPC, in the words that their keeper needs. */
export interface Caller {
  /** Its VPC, such as `vpc-1`. */
  readonly vpc: string;
  /** The block or the address it calls from. */
  readonly from: string;
  /** The ARN of its role, or of its profile, which names the account. */
  readonly as: string;
}

/** The networks that answer for a service outside the VPC of an environment; undefined where it answers inside. */
export function networksOf(
  environment: SynthesizedEnvironment,
  service: string,
): readonly string[] | undefined {
  const networking = stackOf(environment, "networking");
  return networking && elsewhere(networking).get(service);
}

/** Services that answer outside the VPC of an environment, and the networks that answer for them. */
interface Away {
  readonly services: readonly string[];
  readonly networks: readonly string[];
}

/** Which of some services answer outside the VPC of an environment; undefined where none does. */
export function awayOf(environment: SynthesizedEnvironment, services: readonly string[]): Away | undefined {
  const away = services.filter((service) => networksOf(environment, service) !== undefined);
  const networks = away.flatMap((service) => networksOf(environment, service) ?? []);
  return away.length === 0 ? undefined : { services: away, networks };
}

/** Where an instance calls from, as far as its own description tells. */
export function callerOf({ VpcId, PrivateIpAddress, IamInstanceProfile }: Instance): Caller {
  return {
    vpc: VpcId ?? "its VPC",
    from: PrivateIpAddress === undefined ? "it" : `${PrivateIpAddress}/32`,
    as: IamInstanceProfile?.Arn ?? "its role",
  };
}

/**
 * What only those can see who keep the networks in which services answer: each link between an instance and them, in the
 * order in which one is usually missing. Where a service answers in none, its public name leads to the internet.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/troubleshoot-vpc-endpoints.html
 */
export function questionsForKeeper({ services, networks }: Away, { vpc, from, as }: Caller): string {
  const each = services.join(", ");
  const all = services.length > 1 ? "each of " : "";
  return (
    `ask whoever keeps ${[...new Set(networks)].join(", ")}, who alone can see it, whether ` +
    [
      `there is an interface endpoint for ${all}${each}, and it is available`,
      `its name leads there from ${vpc}: by a private hosted zone or a Route 53 Profile that is associated with ${vpc}, or by ` +
        `a resolver rule (aws route53 list-hosted-zones-by-vpc and aws route53profiles list-profile-associations tell)`,
      `its security group admits TCP 443 from ${from}`,
      `a route leads back to ${from}, in its subnets' tables and in the transit gateway's`,
      `its policy admits ${as}`,
    ]
      .map((question, index) => `(${index + 1}) ${question}`)
      .join("; ")
  );
}
