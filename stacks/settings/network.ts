import { z } from "zod";
import { vpcCidrProblem } from "../../modules/cidr";
import { retentionProblem } from "../../modules/flow-logs";
import { MOST_ZONES, subnetLayoutProblem } from "../../modules/subnet-layout";
import { checkedText, flag, onceGood, refusal, reportTo, section } from "./section";

const zones = z.union(
  [z.number(), z.array(z.string())],
  refusal(
    'a number of zones, or a list of their names such as ["eu-central-1a", "eu-central-1b"]',
    "give one of the two",
  ),
);

/** The network of an environment. */
export const networkSettings = section({
  /** IPv4 block of the VPC: private, /16 to /28. Default: 10.10.0.0/23. */
  cidr: checkedText('an IPv4 block such as "10.10.0.0/23"', vpcCidrProblem).default("10.10.0.0/23"),
  /** How many Availability Zones, chosen at the first deploy and kept; or which, by name. Default: 2. */
  availabilityZones: zones.default(2),
  /** Prefix length of each subnet. Default: two more than the VPC's, so that four subnets fit. */
  subnetPrefix: z.int(refusal("a whole number up to 28", "leave it out to have it calculated")).optional(),
  /** The VPC endpoints beyond `ssm` and `ssmmessages`, which are always there. */
  endpoints: section({
    /** `ec2messages`, which agents before 3.3.40.0 need. Default: true. */
    ec2Messages: flag().default(true),
    /** The gateway endpoint for S3: packages and agent updates, free of charge. Default: false. */
    s3Gateway: flag().default(false),
  }).prefault({}),
  /** Records the network's traffic for so many days. Default: off. */
  flowLogs: section({
    /** Days that records are kept: one of CloudWatch's periods. */
    retentionDays: z
      .number(refusal("a number of days", "give one of CloudWatch's periods"))
      .superRefine(reportTo(retentionProblem)),
  }).optional(),
})
  .superRefine(
    (network, context) => {
      const { availabilityZones: zones, subnetPrefix } = network;
      if (typeof zones === "number" && !(zones >= 1 && zones <= MOST_ZONES)) {
        return; // reported with the Region, whatever the size of the block
      }
      const message = subnetLayoutProblem(network);
      if (message !== undefined) {
        const [path, given] =
          subnetPrefix === undefined ? ["availabilityZones", zones] : ["subnetPrefix", subnetPrefix];
        context.addIssue({ code: "custom", path: [path as string], message, params: { given } });
      }
    },
    onceGood("cidr", "availabilityZones", "subnetPrefix"),
  )
  .prefault({});

/** The network of an environment, as validated. */
export type NetworkSettings = z.output<typeof networkSettings>;
