import { z } from "zod";
import { PRIVATE_CIDR, VPC_CIDR } from "../../modules/facts/cidr";
import { SUBNET_ID, VPC_ID } from "../../modules/facts/ec2-ids";
import { onceProblem, problem } from "../../modules/facts/refusal";
import { RETENTION } from "../../modules/facts/retention";
import {
  CALCULATED,
  SUBNET_PREFIX,
  ZONES,
  subnetLayoutProblem,
  subnetLayoutProp,
} from "../../modules/facts/subnet-layout";
import {
  checkedNumber,
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
  /**
   * The endpoint that SSM Agent before 3.3.40.0 needs; Regions opened since 2024 have none. Default: `true` where an
   * instance boots Amazon Linux 2 or Windows Server 2012, else `false`.
   */
  ec2Messages: flag().optional(),
  /** Packages and agent updates from S3, free of charge. Default: `false`. */
  s3Gateway: flag().default(false),
};

const created = section({
  /** IPv4 block of the VPC: private, /16 to /28. Default: `"10.10.0.0/23"`. */
  cidr: checkedText(VPC_CIDR).default("10.10.0.0/23"),
  /** How many zones, chosen at the first deploy and kept; or which, by name. Default: `2`. */
  availabilityZones: zones.default(2),
  /** Prefix length of each subnet, so that four fit. Default: two more than the VPC's. */
  subnetPrefix: z.int(refusal(SUBNET_PREFIX, CALCULATED)).optional(),
  /** The VPC endpoints beyond `ssm` and `ssmmessages`, which are always there. */
  endpoints: section(features, { services: OF_EXISTING }).prefault({}),
  /** Records the network's traffic. Default: off. */
  flowLogs: section({
    /** Records the network's traffic, and keeps it so many days: one of CloudWatch's periods. Default: off. */
    retentionDays: checkedNumber(RETENTION),
  }).optional(),
}).superRefine(
  (network, context) => {
    const { availabilityZones: zones } = network;
    if (typeof zones === "number" && !(zones >= ZONES.min && zones <= ZONES.max)) {
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
    .array(checkedText(PRIVATE_CIDR), refusal("a list of IPv4 blocks", 'write ["10.1.0.0/24"]'))
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
    /** An existing VPC in place of a new one: docs/existing-network.md. Default: both, or neither. */
    vpcId: text(VPC_ID),
    /** Its subnets, by Availability Zone: `{ "eu-central-1a": "subnet-..." }`. Default: both, or neither. */
    subnetIds: z
      .record(
        z.string(),
        text(SUBNET_ID),
        refusal("a map of subnets by Availability Zone", 'write { "eu-central-1a": "subnet-..." }'),
      )
      .superRefine((subnets, context) => {
        const ids = Object.values(subnets);
        if (ids.length < ZONES.min || ids.length > ZONES.max) {
          const message = problem(
            `a subnet in each of ${ZONES.min} to ${ZONES.max} zones`,
            "two are enough for most",
          );
          context.addIssue({ code: "custom", message });
        } else if (onceProblem(ids) !== undefined) {
          const message = problem("a subnet of its own for every zone", "a subnet is in one zone only");
          context.addIssue({ code: "custom", message });
        }
      }, onceGood()),
    /** The VPC endpoints, and where each of them is. */
    endpoints: section({
      ...features,
      /**
       * Who answers for services in it: `"create"`, `"existing"`, `{ elsewhere }`, or a map by service. Default:
       * `"create"`.
       */
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
