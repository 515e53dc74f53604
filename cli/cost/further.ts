import { type SynthesizedEnvironment, stackOf } from "../assembly/environments";
import {
  type CostLine,
  DETAILED_METRICS,
  type Feature,
  type Usage,
  costLine,
  featureLines,
  months,
  volumeGib,
} from "./lines";

/** What is kept for so many days where settings say nothing else. */
const KEPT_DAYS = { logs: 365, copies: 3650 };

/** Alarms of an environment that watches for one command: its own, and the one for evasion. */
const ALARMS = 2;

/** What an option that is off, or one more of something, would add, with the usage that is assumed. */
export function furtherLines(
  environment: SynthesizedEnvironment,
  lines: readonly CostLine[],
  usage: Usage,
): Map<string, CostLine[]> {
  const { region } = environment;
  const zones = lines.filter(({ unit }) => unit === "hour and zone").map(({ count }) => count)[0] ?? 0;
  const line = (what: string, item: string, count: number, unit: string): CostLine =>
    costLine(region, what, item, count, unit);
  const endpoint = (service: string): CostLine[] =>
    zones === 0 ? [] : [line(`endpoint ${service}`, "endpoint-hour", zones, "hour and zone")];
  const kept = (gb: number, days: number, item: string): CostLine =>
    line("kept", item, gb * months(days), "GB and month");
  const detailed = [line("detailed metrics", "metric-month", DETAILED_METRICS, "metric and month")];
  const off: Readonly<Record<Feature, readonly CostLine[]>> = {
    recording: [
      ...endpoint("logs"),
      ...endpoint("kms"),
      line("key", "key-month", 1, "key and month"),
      line("alarms", "alarm-month", ALARMS, "alarm and month"),
      line("recordings taken in", "log-gb", usage.logGb, "GB"),
      kept(usage.logGb, KEPT_DAYS.logs, "log-gb-month"),
    ],
    archive:
      environment.recording && !hasArchive(environment)
        ? [kept(usage.logGb, KEPT_DAYS.copies, "s3-gb-month")]
        : [],
    ec2Messages: hasEc2Messages(environment) ? [] : endpoint("ec2messages"),
    "flow logs": hasOwnNetwork(environment)
      ? [
          line("flow logs taken in", "flow-log-gb", usage.flowLogGb, "GB"),
          kept(usage.flowLogGb, KEPT_DAYS.logs, "log-gb-month"),
        ]
      : [],
    "detailed monitoring": detailed,
  };
  const on = featureLines(lines);
  const [instance] = environment.instancesStack.resources.filter(({ type }) => type === "aws_instance");
  const type = String(instance?.config.instance_type);
  const further: [string, readonly CostLine[]][] = [
    ...Object.entries(off)
      .filter(([feature]) => !on.has(feature))
      .map(([feature, parts]): [string, readonly CostLine[]] => [
        feature === "detailed monitoring" ? `${feature} of an instance` : feature,
        parts,
      ]),
    [
      "a further zone",
      lines
        .filter(({ unit }) => unit === "hour and zone")
        .map(({ what, unit }) => line(what, "endpoint-hour", 1, unit)),
    ],
    [
      `a further instance like ${instance?.name}`,
      instance === undefined
        ? []
        : [
            line(`instance ${type}`, `instance/${type}`, 1, "hour"),
            line("root volume", "gp3-gib-month", volumeGib(instance), "GiB and month"),
            ...(instance.config.monitoring === true ? detailed : []),
          ],
    ],
  ];
  return new Map(further.filter(([, parts]) => parts.length > 0).map(([name, parts]) => [name, [...parts]]));
}

function hasOwnNetwork(environment: SynthesizedEnvironment): boolean {
  return stackOf(environment, "networking")?.resources.some(({ type }) => type === "aws_vpc") ?? false;
}

/** Whether there are copies already: those in a bucket of yours have no line. */
function hasArchive(environment: SynthesizedEnvironment): boolean {
  return stackOf(environment, "sessions")?.outputs.archive_bucket !== undefined;
}

/** Whether others have the endpoint, in this network or elsewhere: it has no line then. */
function hasEc2Messages(environment: SynthesizedEnvironment): boolean {
  const networking = stackOf(environment, "networking");
  return (
    "ec2messages" in ((networking?.outputs.endpoint_ids ?? {}) as object) ||
    networking?.assumptions.some((assumed) => assumed.startsWith("ec2messages ")) === true
  );
}
