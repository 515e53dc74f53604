import type { SynthesizedEnvironment } from "../assembly/environments";
import { type SynthesizedResource, countEach, resourcesOf } from "../assembly/stacks";
import { type Price, priceOf } from "./prices";

/** Hours of a month, as AWS's own calculator counts them. */
export const HOURS = 730;

/** Metrics of an instance that detailed monitoring is charged for. */
export const DETAILED_METRICS = 7;

/** What is charged by use, and so must be assumed: gigabytes a month. */
export interface Usage {
  /** Recordings of sessions. */
  readonly logGb: number;
  readonly flowLogGb: number;
  /** Traffic through all interface endpoints. */
  readonly endpointGb: number;
}

/** Optional parts of an environment, by what they add to the bill. */
export type Feature = "recording" | "archive" | "ec2Messages" | "flow logs" | "detailed monitoring";

/** One line of the bill. */
export interface CostLine {
  readonly what: string;
  /** The option that adds it; undefined for what is always there. */
  readonly feature: Feature | undefined;
  readonly count: number;
  /** The unit that the price is for, such as `hour and zone`. */
  readonly unit: string;
  /** Undefined where no source gave it. */
  readonly price: Price | undefined;
  /** US dollars a month, in cents; undefined where the price is not known. */
  readonly amount: number | undefined;
}

/** What lines of the bill come to together. */
export interface CostTotal {
  /** US dollars a month; the least that it can be where `complete` is false. */
  readonly amount: number;
  readonly complete: boolean;
}

/** The features that need an interface endpoint, by its service; the other endpoints are always there. */
const ENDPOINT_FEATURES: Readonly<Partial<Record<string, Feature>>> = {
  ec2messages: "ec2Messages",
  logs: "recording",
  kms: "recording",
};

/** What an environment costs a month, line by line. What others made, such as existing endpoints, is not in it. */
export function costLines(environment: SynthesizedEnvironment, usage: Usage): CostLine[] {
  const all = (type: string): SynthesizedResource[] =>
    environment.stacks.flatMap((stack) => resourcesOf(stack, type));
  const line = linesIn(environment.region);
  const daysKept = (group: string): unknown =>
    all("aws_cloudwatch_log_group").find(({ name }) => name === group)?.config.retention_in_days;
  const kept = (what: string, group: string, gb: number, feature: Feature): CostLine =>
    line(what, "log-gb-month", gb * months(daysKept(group)), "GB and month", feature);
  const endpoints = all("aws_vpc_endpoint").filter(({ config }) => config.vpc_endpoint_type === "Interface");
  const instances = all("aws_instance");
  const types = countEach(instances.map(({ config }) => String(config.instance_type)));
  const recorded = environment.recording === undefined ? 0 : usage.logGb;
  const flows = all("aws_flow_log").length * usage.flowLogGb;
  const detailed = instances.filter(({ config }) => config.monitoring === true).length * DETAILED_METRICS;
  const alarms = all("aws_cloudwatch_metric_alarm").length;
  return [
    ...endpoints.map(({ config }) => {
      const service = String(config.service_name).split(".").at(-1) ?? "";
      const zones = (config.subnet_ids as readonly unknown[]).length;
      return line(`endpoint ${service}`, "endpoint-hour", zones, "hour and zone", ENDPOINT_FEATURES[service]);
    }),
    line("traffic of endpoints", "endpoint-gb", endpoints.length > 0 ? usage.endpointGb : 0, "GB"),
    ...types.map(([type, count]) => line(`instance ${type}`, `instance/${type}`, count, "hour")),
    line("root volumes", "gp3-gib-month", sum(instances.map(volumeGib)), "GiB and month"),
    line("detailed metrics", "metric-month", detailed, "metric and month", "detailed monitoring"),
    line("flow logs taken in", "flow-log-gb", flows, "GB", "flow logs"),
    kept("flow logs kept", "network_flow-logs_log-group", flows, "flow logs"),
    line("key", "key-month", all("aws_kms_key").length, "key and month", "recording"),
    line("alarms", "alarm-month", alarms, "alarm and month", "recording"),
    ...watchLines(all("aws_scheduler_schedule").length, line),
    line("recordings taken in", "log-gb", recorded, "GB", "recording"),
    kept("recordings kept", "logging", recorded, "recording"),
    ...all("aws_s3_bucket_lifecycle_configuration").map(({ config }) =>
      line("copies kept", "s3-gb-month", recorded * months(keptDays(config)), "GB and month", "archive"),
    ),
  ].filter(({ count }) => count > 0);
}

/** What is charged for as many state machines that run every minute: a run takes about a second, in the least memory. */
export function watchLines(count: number, line: ReturnType<typeof linesIn>): CostLine[] {
  const runs = count * HOURS * 60;
  return [
    line("runs of the watch", "express-run", runs, "run", "recording"),
    line("time of the watch", "express-gb-hour", (runs * 64) / 1024 / 3600, "GB and hour", "recording"),
  ];
}

/** Makes lines of the bill with the prices of a Region. */
export function linesIn(region: string) {
  return (what: string, item: string, count: number, unit: string, feature?: Feature): CostLine => {
    const price = priceOf(item, region);
    const amount = price && cents(count * (unit.startsWith("hour") ? HOURS : 1) * price.amount);
    return { what, feature, count, unit, price, amount };
  };
}

/** What lines come to, in cents. */
export function totalOf(lines: readonly CostLine[]): CostTotal {
  return {
    amount: cents(sum(lines.map(({ amount = 0 }) => amount))),
    complete: lines.every(({ amount }) => amount !== undefined),
  };
}

/** What each option that is on adds. */
export function featureLines(lines: readonly CostLine[]): Map<string, CostLine[]> {
  const features = new Set(lines.flatMap(({ feature }) => feature ?? []));
  return new Map([...features].map((one) => [one, lines.filter(({ feature }) => feature === one)]));
}

/** Size of an instance's root volume, in GiB. */
export function volumeGib({ config }: SynthesizedResource): number {
  return Number((config.root_block_device as { volume_size?: number } | undefined)?.volume_size ?? 0);
}

/** Days that a copy is there: until it expires, and then as a version that is not current. */
function keptDays(config: SynthesizedResource["config"]): number {
  const [rule] = (config.rule ?? []) as readonly {
    expiration?: readonly { days?: number }[];
    noncurrent_version_expiration?: readonly { noncurrent_days?: number }[];
  }[];
  const [expiration] = [rule?.expiration ?? []].flat();
  const [version] = [rule?.noncurrent_version_expiration ?? []].flat();
  return (expiration?.days ?? 0) + (version?.noncurrent_days ?? 0);
}

/** A number of days, in months of 730 hours. */
export function months(days: unknown): number {
  return (Number(days ?? 0) * 24) / HOURS;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}
