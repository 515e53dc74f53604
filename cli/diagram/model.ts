import { type SynthesizedEnvironment, stackOf } from "../assembly/environments";
import { type SynthesizedResource, type SynthesizedStack, elsewhere } from "../assembly/stacks";
import { plural } from "../terminal/output";

/** Something that is drawn as a box. */
export interface Box {
  /** Id, each once in a diagram: letters, digits and hyphens. */
  readonly id: string;
  /** Its text, line by line. */
  readonly lines: readonly string[];
  /** Whether others made it. */
  readonly foreign?: boolean;
}

/** A subnet, with the instances that are surely in it. */
export interface Zone extends Box {
  /** The instances. */
  readonly instances: readonly Box[];
}

/** A way that something goes. */
export interface Arrow {
  /** Id of the box, or of `subnets` or `endpoints`, where it begins. */
  readonly from: string;
  /** Id of the box, or of `subnets` or `endpoints`, where it ends. */
  readonly to: string;
  /** What goes there; empty where it needs no words. */
  readonly label: string;
}

/** What an environment is, for a picture: the boxes from the top to the bottom, and the arrows between them. */
export interface Diagram {
  /** What it shows, in a line. */
  readonly title: string;
  /** The path of a session, in words. */
  readonly description: string;
  /** The Region. */
  readonly region: Box;
  /** The network. */
  readonly network: Box;
  /** Who opens sessions. */
  readonly operator: Box;
  /** What becomes of a recording, in its order; empty without recording. */
  readonly alerting: readonly Box[];
  /** The services behind the endpoints, in the order of these. */
  readonly services: readonly Box[];
  /** The endpoints: each has an arrow to its service. */
  readonly endpoints: readonly Box[];
  /** The subnets. */
  readonly zones: readonly Zone[];
  /** Instances whose subnet is chosen when they are deployed. */
  readonly anywhere: readonly Box[];
  /** How many further instances there are. */
  readonly more: number;
  /** What operators may forward to. */
  readonly targets: readonly Box[];
  /** The arrows. */
  readonly arrows: readonly Arrow[];
}

/** More instances than this are counted, and not drawn. */
const SHOWN = 20;

/** The services behind the endpoints, from left to right. */
const BEHIND: Readonly<Record<string, string>> = {
  ssm: "systems-manager",
  ec2messages: "systems-manager",
  ssmmessages: "systems-manager",
  logs: "log-group",
  kms: "key",
  s3: "s3",
};

/** Tells what there is in an environment, and which ways lead where. */
export function diagramOf(environment: SynthesizedEnvironment): Diagram {
  const networking = stackOf(environment, "networking");
  const sessions = stackOf(environment, "sessions");
  const endpoints = networking === undefined ? [] : endpointsOf(networking);
  const services = new Set(endpoints.map(({ id }) => BEHIND[serviceOfId(id)] ?? serviceOfId(id)));
  const alerting = sessions === undefined ? [] : alertingOf(sessions);
  const zones = networking === undefined ? [] : zonesOf(networking);
  const shown = resourcesOf(environment.instancesStack, "aws_instance").slice(0, SHOWN);
  const placed = shown.map((instance) => ({ box: instanceBox(instance), zone: zoneOf(instance, zones) }));
  const targets = (environment.recording?.forward ?? []).map(({ name, host, port }) => ({
    id: `target-${name}`,
    lines: [name, `${host}:${port}`],
  }));
  const recorded = environment.recording !== undefined;
  return {
    title: `${environment.name}: private instances in ${environment.region}, reached with Session Manager`,
    description:
      "The operator asks Systems Manager for a session. The agent on the instance has called out to the endpoint " +
      "ssmmessages, and takes the session from there; nothing reaches the instance from outside." +
      (recorded ? " What is typed and shown goes through the endpoint logs to the log group." : ""),
    region: { id: "region", lines: [`Region ${environment.region}`] },
    network: networkOf(networking),
    operator: { id: "operator", lines: ["Operator", "AWS CLI and plugin"] },
    alerting,
    services: [...services].map((id) => serviceBox(id, environment, sessions)),
    endpoints,
    zones: zones.map((zone) => ({
      ...zone,
      instances: placed.filter((one) => one.zone === zone.id).map(({ box }) => box),
    })),
    anywhere: placed.filter(({ zone }) => zone === undefined).map(({ box }) => box),
    more: environment.instances.length - shown.length,
    targets,
    arrows: [
      { from: "operator", to: "systems-manager", label: "asks for a session" },
      { from: "subnets", to: "endpoints", label: "the agent calls out: HTTPS, nothing in" },
      ...endpoints.map(({ id }) => ({
        from: id,
        to: BEHIND[serviceOfId(id)] ?? serviceOfId(id),
        label: { ssmmessages: "session", logs: "recording" }[serviceOfId(id)] ?? "",
      })),
      ...alerting.map(({ id }, index) => ({
        from: alerting[index - 1]?.id ?? "log-group",
        to: id,
        label: "",
      })),
      ...targets.map(({ id }) => ({ from: "subnets", to: id, label: "tunnel, not recorded" })),
    ],
  };
}

function networkOf(stack: SynthesizedStack | undefined): Box {
  const [own] = stack === undefined ? [] : resourcesOf(stack, "aws_vpc");
  if (own !== undefined) {
    return { id: "network", lines: [`VPC ${String(own.config.cidr_block)}, without a way in or out`] };
  }
  const there = stack?.data.find(({ type }) => type === "aws_vpc");
  return { id: "network", lines: [`Existing VPC ${String(there?.config.id)}`], foreign: true };
}

function endpointsOf(stack: SynthesizedStack): Box[] {
  const box = (service: string, note: string, foreign: boolean): [string, Box] => [
    service,
    { id: `endpoint-${service}`, lines: [service, note], foreign },
  ];
  const own = resourcesOf(stack, "aws_vpc_endpoint").map(({ config }) =>
    box(
      String(config.service_name).split(".").at(-1) ?? "",
      config.vpc_endpoint_type === "Gateway" ? "gateway endpoint" : "endpoint",
      false,
    ),
  );
  const ids = Object.entries((stack.outputs.endpoint_ids ?? {}) as Record<string, unknown>);
  const existing = ids
    .filter(([, id]) => String(id).includes("data.aws_vpc_endpoint."))
    .map(([service]) => box(service, "existing endpoint", true));
  const outside = [...elsewhere(stack).keys()].map((service) => box(service, "outside this VPC", true));
  const found = new Map([...outside, ...existing, ...own]);
  const order = Object.keys(BEHIND);
  return [...found]
    .sort(([one], [other]) => order.indexOf(one) - order.indexOf(other))
    .map(([, endpoint]) => endpoint);
}

function serviceOfId(id: string): string {
  return id.replace(/^endpoint-/, "");
}

function serviceBox(
  id: string,
  environment: SynthesizedEnvironment,
  sessions: SynthesizedStack | undefined,
): Box {
  const archive = sessions?.outputs.archive_bucket === undefined ? "packages" : "packages, archive";
  const lines: Readonly<Record<string, readonly string[]>> = {
    "systems-manager": ["Systems Manager", "Session Manager"],
    "log-group": ["Log group", environment.recording?.logGroupName ?? "CloudWatch Logs"],
    key: ["Key", "of sessions and logs"],
    s3: ["S3", archive],
  };
  return { id, lines: lines[id] ?? [id] };
}

function alertingOf(stack: SynthesizedStack): Box[] {
  const filters = resourcesOf(stack, "aws_cloudwatch_log_metric_filter");
  const alarms = resourcesOf(stack, "aws_cloudwatch_metric_alarm");
  const mails = resourcesOf(stack, "aws_sns_topic_subscription").length;
  const metrics = filters.map(({ config }) =>
    String((config.metric_transformation as { name?: unknown } | undefined)?.name).replace(/^command-/, ""),
  );
  return filters.length === 0
    ? []
    : [
        { id: "filters", lines: [plural(filters.length, "metric filter"), metrics.join(", ")] },
        { id: "alarms", lines: [plural(alarms.length, "alarm")] },
        { id: "topic", lines: ["Topic", plural(mails, "subscriber")] },
      ];
}

function zonesOf(stack: SynthesizedStack): Box[] {
  return Object.entries((stack.outputs.subnet_ids ?? {}) as Record<string, unknown>).map(([zone, id]) => {
    const [, data, type, name] = /^\$\{(data\.)?([\w-]+)\.([\w-]+)\.id\}$/.exec(String(id)) ?? [];
    const within = data === undefined ? stack.resources : stack.data;
    const config = within.find((one) => one.type === type && one.name === name)?.config ?? {};
    return {
      id: zone,
      lines: [zone, data === undefined ? `subnet ${String(config.cidr_block)}` : String(config.id)],
      foreign: data !== undefined,
    };
  });
}

function instanceBox({ name, config }: SynthesizedResource): Box {
  return { id: `instance-${name}`, lines: [name, String(config.instance_type)] };
}

/** The zone of an instance, where its expression leaves one alone to choose from. */
function zoneOf({ config }: SynthesizedResource, zones: readonly Box[]): string | undefined {
  const named = zones.filter(({ id }) => String(config.subnet_id).includes(`subnet_ids["${id}"]`));
  return named.length === 1 ? named[0]?.id : undefined;
}

function resourcesOf(stack: SynthesizedStack, type: string): SynthesizedResource[] {
  return stack.resources.filter((resource) => resource.type === type);
}
