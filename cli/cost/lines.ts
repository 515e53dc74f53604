import type { SynthesizedEnvironment } from "../assembly/environments";
import type { SynthesizedResource } from "../assembly/stacks";
import { type Price, priceOf } from "./prices";

/** Hours of a month, as AWS's own calculator counts them. */
export const HOURS = 730;

/** Metrics of an instance that detailed monitoring is charged for. */
export const DETAILED_METRICS = 7;

/** What is charged by use, and so must be assumed: gigabytes a month. */
export interface Usage {
  /** Recordings of sessions. */
  readonly logGb: number;
  /** Flow logs. */
  readonly flowLogGb: number;
  /** Traffic through all interface endpoints. */
  readonly endpointGb: number;
}

/** Optional parts of an environment, by what they add to the bill. */
export type Feature = "recording" | "archive" | "ec2Messages" | "flow logs" | "detailed monitoring";

/** One line of the bill. */
export interface CostLine {
  /** What is paid for. */
  readonly what: string;
  /** The option that adds it; undefined for what is always there. */
  readonly feature: Feature | undefined;
  /** How much of it there is, in units. */
  readonly count: number;
  /** The unit that the price is for, such as `hour and zone`. */
  readonly unit: string;
  /** What a unit costs; undefined where no source gave it. */
  readonly price: Price | undefined;
  /** US dollars a month, in cents; undefined where the price is not known. */
  readonly amount: number | undefined;
}

/** The features of interface endpoints, by service; those of no feature are always there. */
const ENDPOINT_FEATURES: Readonly<Partial<Record<string, Feature>>> = {
  ec2messages: "ec2Messages",
  logs: "recording",
  kms: "recording",
};

/** What an environment costs a month, line by line. What others made, such as existing endpoints, is not in it. */
export function costLines(environment: SynthesizedEnvironment, usage: Usage): CostLine[] {
  const { region } = environment;
  const all = (type: string): SynthesizedResource[] =>
    environment.stacks.flatMap(({ resources }) => resources.filter((resource) => resource.type === type));
  const line = (what: string, item: string, count: number, unit: string, feature?: Feature): CostLine[] =>
    count > 0 ? [costLine(region, what, item, count, unit, feature)] : [];
  const stored = (group: string, gb: number, what: string, feature: Feature): CostLine[] =>
    all("aws_cloudwatch_log_group")
      .filter(({ name }) => name === group)
      .flatMap(({ config }) =>
        line(what, "log-gb-month", gb * months(config.retention_in_days), "GB and month", feature),
      );
  const endpoints = all("aws_vpc_endpoint").filter(({ config }) => config.vpc_endpoint_type === "Interface");
  const instances = all("aws_instance");
  const recorded = environment.recording === undefined ? 0 : usage.logGb;
  const flows = all("aws_flow_log").length * usage.flowLogGb;
  const detailed = instances.filter(({ config }) => config.monitoring === true).length * DETAILED_METRICS;
  return [
    ...endpoints.flatMap(({ config }) => {
      const service = serviceOf(config.service_name);
      const zones = (config.subnet_ids as readonly unknown[]).length;
      const feature = ENDPOINT_FEATURES[service];
      return line(`endpoint ${service}`, "endpoint-hour", zones, "hour and zone", feature);
    }),
    ...line("traffic of endpoints", "endpoint-gb", endpoints.length > 0 ? usage.endpointGb : 0, "GB"),
    ...instanceTypes(instances).flatMap(([type, count]) =>
      line(`instance ${type}`, `instance/${type}`, count, "hour"),
    ),
    ...line("root volumes", "gp3-gib-month", sum(instances.map(volumeGib)), "GiB and month"),
    ...line("detailed metrics", "metric-month", detailed, "metric and month", "detailed monitoring"),
    ...line("flow logs taken in", "flow-log-gb", flows, "GB", "flow logs"),
    ...stored("network_flow-logs_log-group", flows, "flow logs kept", "flow logs"),
    ...line("key", "key-month", all("aws_kms_key").length, "key and month", "recording"),
    ...line(
      "alarms",
      "alarm-month",
      all("aws_cloudwatch_metric_alarm").length,
      "alarm and month",
      "recording",
    ),
    ...line("recordings taken in", "log-gb", recorded, "GB", "recording"),
    ...stored("logging", recorded, "recordings kept", "recording"),
    ...all("aws_s3_bucket_lifecycle_configuration").flatMap(({ config }) =>
      line("copies kept", "s3-gb-month", recorded * months(expiryOf(config)), "GB and month", "archive"),
    ),
  ];
}

/** So many units of something, at their price in a Region. */
export function costLine(
  region: string,
  what: string,
  item: string,
  count: number,
  unit: string,
  feature?: Feature,
): CostLine {
  const price = priceOf(item, region);
  const amount = price && cents(count * (unit.startsWith("hour") ? HOURS : 1) * price.amount);
  return { what, feature, count, unit, price, amount };
}

/** What lines come to, in cents, and whether a price among them is not known: then it is the least. */
export function totalOf(lines: readonly CostLine[]): { readonly amount: number; readonly complete: boolean } {
  return {
    amount: cents(sum(lines.map(({ amount = 0 }) => amount))),
    complete: lines.every(({ amount }) => amount !== undefined),
  };
}

/** What each option that is on adds. */
export function featureLines(lines: readonly CostLine[]): Map<string, CostLine[]> {
  const features = new Map<string, CostLine[]>();
  for (const line of lines) {
    if (line.feature !== undefined) {
      features.set(line.feature, [...(features.get(line.feature) ?? []), line]);
    }
  }
  return features;
}

function instanceTypes(instances: readonly SynthesizedResource[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { config } of instances) {
    const type = String(config.instance_type);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts].sort(([one], [other]) => one.localeCompare(other, "en"));
}

/** Size of an instance's root volume, in GiB. */
export function volumeGib({ config }: SynthesizedResource): number {
  return Number((config.root_block_device as { volume_size?: number } | undefined)?.volume_size ?? 0);
}

/** `ssm`, of a name such as `com.amazonaws.eu-central-1.ssm`. */
function serviceOf(name: unknown): string {
  return String(name).split(".").at(-1) ?? "";
}

function expiryOf(config: SynthesizedResource["config"]): number | undefined {
  const [rule] = (config.rule ?? []) as readonly { expiration?: readonly { days?: number }[] }[];
  return [rule?.expiration ?? []].flat()[0]?.days;
}

/** Months of 730 hours that so many days are. */
export function months(days: unknown): number {
  return (Number(days ?? 0) * 24) / HOURS;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}
