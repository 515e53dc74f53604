import { z } from "zod";
import { privateCidrProblem, vpcCidrProblem } from "../../modules/facts/cidr";
import { retentionProblem } from "../../modules/facts/retention";
import { onceProblem, problem } from "../../modules/facts/refusal";
import { MOST_ZONES, subnetLayoutProblem, subnetLayoutProp } from "../../modules/private/subnet-layout";
import {
  checkedText,
  choice,
  flag,
  isGroup,
  kinds,
  onceGood,
  refusal,
  reportTo,
  section,
  text,
} from "./section";

const zones = z.union(
  [z.number(), z.array(z.string())],
  refusal(
    'a number of zones, or a list of their names such as ["eu-central-1a", "eu-central-1b"]',
    "give one of the two",
  ),
);

const OF_EXISTING = "remove it, or name the vpcId and subnetIds of an existing network";

/** What both kinds of network say of their VPC endpoints. */
const features = {
  /** `ec2messages`, which agents before 3.3.40.0 need. Default: true. */
  ec2Messages: flag().default(true),
  /** The gateway endpoint for S3: packages and agent updates, free of charge. Default: false. */
  s3Gateway: flag().default(false),
};

const created = section({
  /** IPv4 block of the VPC: private, /16 to /28. Default: 10.10.0.0/23. */
  cidr: checkedText('an IPv4 block such as "10.10.0.0/23"', vpcCidrProblem).default("10.10.0.0/23"),
  /** How many Availability Zones, chosen at the first deploy and kept; or which, by name. Default: 2. */
  availabilityZones: zones.default(2),
  /** Prefix length of each subnet. Default: two more than the VPC's, so that four subnets fit. */
  subnetPrefix: z.int(refusal("a whole number up to 28", "leave it out to have it calculated")).optional(),
  /** The VPC endpoints beyond `ssm` and `ssmmessages`, which are always there. */
  endpoints: section(features, { services: OF_EXISTING }).prefault({}),
  /** Records the network's traffic for so many days. Default: off. */
  flowLogs: section({
    /** Days that records are kept: one of CloudWatch's periods. */
    retentionDays: z
      .number(refusal("a number of days", "give one of CloudWatch's periods"))
      .superRefine(reportTo(retentionProblem)),
  }).optional(),
}).superRefine(
  (network, context) => {
    const { availabilityZones: zones } = network;
    if (typeof zones === "number" && !(zones >= 1 && zones <= MOST_ZONES)) {
      return; // reported with the Region, whatever the size of the block
    }
    const message = subnetLayoutProblem(network);
    if (message !== undefined) {
      const { prop, given } = subnetLayoutProp(network);
      context.addIssue({ code: "custom", path: [prop], message, params: { given } });
    }
  },
  onceGood("cidr", "availabilityZones", "subnetPrefix"),
);

const elsewhere = section({
  /** Private IPv4 blocks that the service answers in, which instances are then let out to. */
  elsewhere: z
    .array(
      checkedText("an IPv4 block", privateCidrProblem),
      refusal("a list of IPv4 blocks", 'write ["10.1.0.0/24"]'),
    )
    .min(1, refusal("at least one IPv4 block", "name the networks that the service answers in"))
    .superRefine(reportTo(onceProblem)),
});

const origin = kinds(
  choice(["create", "existing"], '{ elsewhere: ["10.1.0.0/24"] }'),
  elsewhere,
  (given) => typeof given === "object",
);

const OF_NEW = "this is of a new network: remove it, or remove vpcId and subnetIds";

const existing = section(
  {
    /** The VPC, with DNS support and DNS hostnames on. */
    vpcId: text(
      /^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/,
      "a VPC id such as vpc-0123456789abcdef0",
      "copy it from the VPC's page",
    ),
    /** Its subnets for instances and endpoints, one per Availability Zone, by the zone's name. */
    subnetIds: z
      .record(
        z.string(),
        text(
          /^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/,
          "a subnet id such as subnet-0123456789abcdef0",
          "copy it from the subnet's page",
        ),
        refusal("a map of subnets by Availability Zone", 'write { "eu-central-1a": "subnet-..." }'),
      )
      .superRefine((subnets, context) => {
        const ids = Object.values(subnets);
        if (ids.length < 1 || ids.length > MOST_ZONES) {
          const message = problem(`a subnet in each of 1 to ${MOST_ZONES} zones`, "two are enough for most");
          context.addIssue({ code: "custom", message });
        } else if (onceProblem(ids) !== undefined) {
          const message = problem("a subnet of its own for every zone", "a subnet is in one zone only");
          context.addIssue({ code: "custom", message });
        }
      }, onceGood()),
    /** The VPC endpoints, and where each of them is. */
    endpoints: section({
      ...features,
      /** Who answers for all needed services, or for each by name: `ssm`, `ssmmessages`, ... Default: create. */
      services: kinds(
        origin,
        z.record(z.string(), origin, refusal("a map by service", 'write { ssm: "existing" }')),
        (given) => isGroup(given) && !("elsewhere" in given),
      ).default("create"),
    }).prefault({}),
  },
  { cidr: OF_NEW, availabilityZones: OF_NEW, subnetPrefix: OF_NEW, flowLogs: OF_NEW },
);

/** The network of an environment: a new one, or one that exists already. */
export const networkSettings = kinds(
  created,
  existing,
  (given) => isGroup(given) && namesExisting(given),
).prefault({});

/** The network of an environment, as validated. */
export type NetworkSettings = z.output<typeof networkSettings>;

/** A network that exists already, as validated. */
export type ExistingNetworkSettings = z.output<typeof existing>;

/** A network that is made. */
export type NewNetworkSettings = Exclude<NetworkSettings, ExistingNetworkSettings>;

/** Who answers for a service: an endpoint to be made, one of the VPC, or one elsewhere, in these blocks. */
export type ServiceOrigin = z.output<typeof origin>;

/** Whether a network exists already. */
export function isExisting(network: NetworkSettings): network is ExistingNetworkSettings {
  return namesExisting(network);
}

function namesExisting(network: object): boolean {
  return "vpcId" in network || "subnetIds" in network;
}

/** The zones of a network: how many, or which. */
export function zonesOf(network: NetworkSettings): number | readonly string[] {
  return isExisting(network) ? Object.keys(network.subnetIds) : network.availabilityZones;
}

/** Who answers for each service that is named; undefined where one answer stands for all. */
export function originsByService({
  endpoints: { services },
}: ExistingNetworkSettings): Readonly<Record<string, ServiceOrigin>> | undefined {
  return typeof services === "string" || Array.isArray(services.elsewhere)
    ? undefined
    : (services as Record<string, ServiceOrigin>);
}

/** Who answers for a service that an environment needs. */
export function originOf(network: ExistingNetworkSettings, service: string): ServiceOrigin {
  const services = originsByService(network);
  return services === undefined
    ? (network.endpoints.services as ServiceOrigin)
    : (services[service] ?? "create");
}
