import { DEFAULTS } from "../../modules/facts/defaults";
import { type SynthesizedEnvironment, neededServices, stackOf } from "../assembly/environments";
import { resourcesOf } from "../assembly/stacks";
import {
  type CostLine,
  DETAILED_METRICS,
  type Feature,
  type Usage,
  linesIn,
  months,
  volumeGib,
  watchLines,
} from "./lines";

/** Alarms of an environment that watches for one command: one for it, one for evasion, and one on the watch itself. */
const ALARMS = 3;

/** What an option that is off, or one more of something, would add, with the usage that is assumed. */
export function furtherLines(
  environment: SynthesizedEnvironment,
  lines: readonly CostLine[],
  usage: Usage,
): Map<string, CostLine[]> {
  const line = linesIn(environment.region);
  const kept = (gb: number, days: number, item: string): CostLine =>
    line("kept", item, gb * months(days), "GB and month");
  const endpoints = lines.filter(({ unit }) => unit === "hour and zone");
  const zones = endpoints[0]?.count ?? 0;
  const endpoint = (service: string): CostLine[] =>
    zones === 0 ? [] : [line(`endpoint ${service}`, "endpoint-hour", zones, "hour and zone")];
  const detailed = line("detailed metrics", "metric-month", DETAILED_METRICS, "metric and month");
  const hasOwnNetwork = stackOf(environment, "networking")?.resources.some(({ type }) => type === "aws_vpc");
  // Copies in a bucket of yours have no line.
  const hasArchive = stackOf(environment, "sessions")?.outputs.archive_bucket !== undefined;
  const off: Readonly<Record<Feature, CostLine[]>> = {
    recording: [
      ...endpoint("logs"),
      ...endpoint("kms"),
      line("key", "key-month", 1, "key and month"),
      line("alarms", "alarm-month", ALARMS, "alarm and month"),
      ...watchLines(1, line),
      line("recordings taken in", "log-gb", usage.logGb, "GB"),
      kept(usage.logGb, DEFAULTS.retentionDays, "log-gb-month"),
    ],
    archive:
      // S3 deletes a copy that has expired after as many days again.
      environment.recording && !hasArchive ? [kept(usage.logGb, 2 * DEFAULTS.expireDays, "s3-gb-month")] : [],
    // Others may have the endpoint, in this network or elsewhere: it has no line then.
    ec2Messages: neededServices(environment).includes("ec2messages") ? [] : endpoint("ec2messages"),
    "flow logs": hasOwnNetwork
      ? [
          line("flow logs taken in", "flow-log-gb", usage.flowLogGb, "GB"),
          kept(usage.flowLogGb, DEFAULTS.retentionDays, "log-gb-month"),
        ]
      : [],
    "detailed monitoring": [detailed],
  };
  const further = new Map<string, CostLine[]>();
  for (const [feature, parts] of Object.entries(off)) {
    if (!lines.some((one) => one.feature === feature)) {
      further.set(feature === "detailed monitoring" ? `${feature} of an instance` : feature, parts);
    }
  }
  further.set(
    "a further zone",
    endpoints.map(({ what, unit }) => line(what, "endpoint-hour", 1, unit)),
  );
  const [instance] = resourcesOf(environment.instancesStack, "aws_instance");
  if (instance !== undefined) {
    const type = String(instance.config.instance_type);
    further.set(`a further instance like ${instance.name}`, [
      line(`instance ${type}`, `instance/${type}`, 1, "hour"),
      line("root volume", "gp3-gib-month", volumeGib(instance), "GiB and month"),
      ...(instance.config.monitoring === true ? [detailed] : []),
    ]);
  }
  return new Map([...further].filter(([, parts]) => parts.length > 0));
}
