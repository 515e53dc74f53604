import { type SynthesizedEnvironment, stackOf } from "../assembly/environments";
import { type SynthesizedResource, type SynthesizedStack, elsewhere, resourcesOf } from "../assembly/stacks";
import { plural } from "../terminal/output";

/** Something that is drawn as a box. */
export interface Box {
  /** Each once in a diagram: letters, digits and hyphens. */
  readonly id: string;
  readonly lines: readonly string[];
  readonly foreign?: boolean;
}

/** A subnet, with the instances that are surely in it. */
export interface Zone extends Box {
  readonly instances: readonly Box[];
}

/** A path from one box or group to another, by their ids. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** What an environment is, for a picture: the boxes from the top to the bottom, and the arrows between them. */
export interface Diagram {
  readonly title: string;
  /** The path of a session, in words. */
  readonly description: string;
  readonly region: Box;
  readonly network: Box;
  readonly endpointGroup: Box;
  readonly subnetGroup: Box;
  readonly operator: Box;
  /** The steps from a recording to an alert; empty without recording. */
  readonly alerting: readonly Box[];
  /** The services behind the endpoints, in the order of these. */
  readonly services: readonly Box[];
  readonly endpoints: readonly Box[];
  readonly zones: readonly Zone[];
  /** Instances whose subnet is chosen when they are deployed, and one box for those that are not drawn. */
  readonly anywhere: readonly Box[];
  readonly targets: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/** Further instances are counted, and not drawn. */
const MAX_INSTANCES = 20;

/** The services behind the endpoints, from left to right. */
const BEHIND: Readonly<Record<string, string>> = {
  ssm: "systems-manager",
  ec2messages: "systems-manager",
  ssmmessages: "systems-manager",
  logs: "log-group",
  kms: "key",
  s3: "s3",
};

/** What goes through the endpoints, by their ids. */
const ENDPOINT_LABELS: Readonly<Record<string, string>> = {
  "endpoint-ssmmessages": "session",
  "endpoint-logs": "recording",
};

/** What there is in an environment, and which paths lead where. */
export function diagramOf(environment: SynthesizedEnvironment): Diagram {
  const { name, region, recording } = environment;
  const networking = stackOf(environment, "networking");
  const sessions = stackOf(environment, "sessions");
  const network = networkOf(networking);
  const endpoints = networking === undefined ? [] : endpointsOf(networking);
  const services = new Set(endpoints.map(({ id }) => serviceBehind(id)));
  const serviceLines: Readonly<Record<string, string[]>> = {
    "systems-manager": ["Systems Manager", "Session Manager"],
    "log-group": ["Log group", recording?.logGroupName ?? "CloudWatch Logs"],
    key: ["Key", "of sessions and logs"],
    s3: ["S3", sessions?.outputs.archive_bucket === undefined ? "packages" : "packages, archive"],
  };
  const alerting = sessions === undefined ? [] : alertingOf(sessions);
  const chain = ["log-group", ...alerting.map(({ id }) => id)];
  const zones = networking === undefined ? [] : zonesOf(networking);
  const shown = resourcesOf(environment.instancesStack, "aws_instance").slice(0, MAX_INSTANCES);
  const placed = shown.map((instance) => ({
    box: { id: `instance-${instance.name}`, lines: [instance.name, String(instance.config.instance_type)] },
    zone: zoneOf(instance, zones),
  }));
  const inZone = (zone?: string): Box[] => placed.filter((one) => one.zone === zone).map(({ box }) => box);
  const more = environment.instances.length - shown.length;
  const targets = (recording?.forward ?? []).map((target) => {
    return { id: `target-${target.name}`, lines: [target.name, `${target.host}:${target.port}`] };
  });
  return {
    title: `${name}: private instances in ${region}, reached with Session Manager`,
    description:
      "The operator asks Systems Manager for a session. The agent on the instance has called out to the endpoint " +
      "ssmmessages, and takes the session from there; nothing reaches the instance from outside." +
      (recording ? " What is typed and shown goes through the endpoint logs to the log group." : ""),
    region: { id: "region", lines: [`Region ${region}`] },
    network,
    endpointGroup: { id: "endpoints", lines: ["Endpoints"] },
    subnetGroup: { id: "subnets", lines: [network.foreign ? "Subnets" : "Isolated subnets"] },
    operator: { id: "operator", lines: ["Operator", "plugin, or own client"] },
    alerting,
    services: [...services].map((id) => ({ id, lines: serviceLines[id] ?? [id] })),
    endpoints,
    zones: zones.map((zone) => ({ ...zone, instances: inZone(zone.id) })),
    anywhere: [...inZone(undefined), ...(more > 0 ? [{ id: "more", lines: [`and ${more} more`] }] : [])],
    targets,
    arrows: [
      { from: "operator", to: "systems-manager", label: "asks for a session" },
      { from: "subnets", to: "endpoints", label: "the agent calls out: HTTPS, nothing in" },
      ...endpoints.map(({ id }) => ({ from: id, to: serviceBehind(id), label: ENDPOINT_LABELS[id] ?? "" })),
      ...alerting.map(({ id }, index) => ({ from: chain[index] ?? "", to: id, label: "" })),
      ...targets.map(({ id }) => ({ from: "subnets", to: id, label: "tunnel, not recorded" })),
    ],
  };
}

function networkOf(stack: SynthesizedStack | undefined): Box {
  const own = stack?.resources.find(({ type }) => type === "aws_vpc");
  if (own !== undefined) {
    return { id: "network", lines: [`VPC ${String(own.config.cidr_block)}, without a way in or out`] };
  }
  const existing = stack?.data.find(({ type }) => type === "aws_vpc");
  return { id: "network", lines: [`Existing VPC ${String(existing?.config.id)}`], foreign: true };
}

function endpointsOf(stack: SynthesizedStack): Box[] {
  const box = (service: string, note: string, foreign: boolean): [string, Box] => [
    service,
    { id: `endpoint-${service}`, lines: [service, note], foreign },
  ];
  const outside = [...elsewhere(stack).keys()].map((service) => box(service, "outside this VPC", true));
  const existing = Object.entries(stack.outputs.endpoint_ids ?? {})
    .filter(([, id]) => String(id).includes("data.aws_vpc_endpoint."))
    .map(([service]) => box(service, "existing endpoint", true));
  const own = resourcesOf(stack, "aws_vpc_endpoint").map(({ config }) => {
    const service = String(config.service_name).split(".").at(-1) ?? "";
    return box(service, config.vpc_endpoint_type === "Gateway" ? "gateway endpoint" : "endpoint", false);
  });
  const order = Object.keys(BEHIND);
  return [...new Map([...outside, ...existing, ...own])]
    .sort(([one], [other]) => order.indexOf(one) - order.indexOf(other))
    .map(([, endpoint]) => endpoint);
}

function serviceBehind(endpoint: string): string {
  const service = endpoint.replace(/^endpoint-/, "");
  return BEHIND[service] ?? service;
}

function alertingOf(stack: SynthesizedStack): Box[] {
  const filters = resourcesOf(stack, "aws_cloudwatch_log_metric_filter");
  const alarms = resourcesOf(stack, "aws_cloudwatch_metric_alarm").length;
  const watches = resourcesOf(stack, "aws_scheduler_schedule").map(() => "watch of recordings");
  const mails = resourcesOf(stack, "aws_sns_topic_subscription").length;
  const metrics = filters.map(({ config }) => {
    const metric = config.metric_transformation as { name?: unknown } | undefined;
    return String(metric?.name).replace(/^command-/, "");
  });
  const boxes = [
    { id: "filters", lines: [plural(filters.length, "metric filter"), metrics.join(", ")] },
    { id: "alarms", lines: [plural(alarms, "alarm"), ...watches] },
    { id: "topic", lines: ["Topic", plural(mails, "subscriber")] },
  ];
  return filters.length === 0 ? [] : boxes;
}

function zonesOf(stack: SynthesizedStack): Box[] {
  return Object.entries(stack.outputs.subnet_ids ?? {}).map(([zone, id]) => {
    const [, data, name] = /^\$\{(data\.)?aws_subnet\.([\w-]+)\.id\}$/.exec(String(id)) ?? [];
    const foreign = data !== undefined;
    const subnets = (foreign ? stack.data : stack.resources).filter(({ type }) => type === "aws_subnet");
    const config = subnets.find((one) => one.name === name)?.config ?? {};
    const text = foreign ? String(config.id) : `subnet ${String(config.cidr_block)}`;
    return { id: zone, lines: [zone, text], foreign };
  });
}

/** The zone of an instance, where its expression names only one. */
function zoneOf({ config }: SynthesizedResource, zones: readonly Box[]): string | undefined {
  const named = zones.filter(({ id }) => String(config.subnet_id).includes(`subnet_ids["${id}"]`));
  return named.length === 1 ? named[0]?.id : undefined;
}
