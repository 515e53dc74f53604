import { endOfImage } from "../../modules/facts/known-images";
import { ADDRESSES, assumptionText } from "../../stacks/contract";
import {
  type SynthesizedResource,
  type SynthesizedStack,
  addressOf,
  byEnvironment,
  countEach,
  readSynthesized,
} from "./stacks";
import { quotaNotices, regionNotices } from "./quotas";
import { plural } from "../terminal/output";

/** What no environment has, and how it would show in the JSON. */
const NEVER: Readonly<Record<string, (resource: SynthesizedResource) => boolean>> = {
  "internet or NAT gateway": ({ type }) =>
    ["aws_internet_gateway", "aws_egress_only_internet_gateway", "aws_nat_gateway"].includes(type),
  "public address": ({ type, config }) =>
    type === "aws_eip" ||
    config.map_public_ip_on_launch === true ||
    config.associate_public_ip_address === true,
  "inbound rule on an instance": ({ type, config }) =>
    type === "aws_vpc_security_group_ingress_rule" &&
    !JSON.stringify(config).includes(`${ADDRESSES.endpointsGroup}.`),
  "SSH key pair": ({ type, config }) => type === "aws_key_pair" || config.key_name !== undefined,
  // What an image brings beside its root is overridden at plan.
  "unencrypted volume": ({ type, config }) =>
    (type === "aws_ebs_volume" && config.encrypted !== true) ||
    (type === "aws_instance" &&
      [config.root_block_device, ...[config.ebs_block_device ?? []].flat()].some(
        (volume) => (volume as { encrypted?: unknown } | undefined)?.encrypted !== true,
      )),
  "metadata without a token": ({ type, config }) =>
    type === "aws_instance" &&
    (config.metadata_options as { http_tokens?: unknown } | undefined)?.http_tokens !== "required",
};

/** Says what was synthesized: per environment the stacks in deploy order, what they create and what never is. */
export function summarize(folder?: string, now = new Date()): string {
  const all = readSynthesized(folder);
  return [
    ...[...byEnvironment(all)].map(([environment, stacks]) =>
      environmentLines(environment, stacks, now).join("\n"),
    ),
    ...regionNotices(all).map((notice) => `quota: ${notice}`),
  ].join("\n\n");
}

/** Alarms and notices without a reader are no failure, as anybody may subscribe to a topic; but they are easily overlooked. */
function nobodyIsTold(resources: readonly SynthesizedResource[]): string[] {
  const has = (wanted: string): boolean => resources.some(({ type }) => type === wanted);
  return has("aws_sns_topic") && !has("aws_sns_topic_subscription")
    ? ["  alerts: nobody is told: set sessions.alertEmails, or subscribe to the topic in alert_topic_arn"]
    : [];
}

/** Images that nobody mends any more still boot: the name of the parameter that they are read from tells of them. */
function oldImages(data: readonly SynthesizedResource[], now: Date): string[] {
  const names = data
    .filter(({ type }) => type === "aws_ssm_parameter")
    .map(({ config }) => endOfImage(String(config.name), now));
  return [...new Set(names)].flatMap((end) => (end === undefined ? [] : [`  image: ${end}`]));
}

function environmentLines(environment: string, stacks: readonly SynthesizedStack[], now: Date): string[] {
  const resources = stacks.flatMap((stack) => stack.resources);
  const checks = Object.entries(NEVER).map(([name, matches]) => ({
    name,
    addresses: resources.filter(matches).map(addressOf),
  }));
  const absent = checks.filter(({ addresses }) => addresses.length === 0);
  const present = checks.filter(({ addresses }) => addresses.length > 0);
  return [
    `${environment} (${stacks[0]?.region})`,
    ...stacks.flatMap(({ name, resources: own }, index) => [
      `  ${index + 1}. ${name}: ${plural(own.length, "resource")}`,
      ...countEach(own.map(({ type }) => type)).map(
        ([type, count]) => `     ${String(count).padStart(3)} ${type}`,
      ),
    ]),
    `  never: ${absent.map(({ name }) => name).join(", ")}`,
    ...present.map(({ name, addresses }) => `  found: ${name}: ${addresses.join(", ")}`),
    ...stacks
      .flatMap(({ silenced }) => silenced)
      .map(({ path, rule, reason }) => `  silenced: ${rule} for ${path}: ${reason}`),
    ...stacks
      .flatMap(({ assumptions }) => assumptions)
      .map((assumption) => `  assumes: ${assumptionText(assumption)}`),
    ...oldImages(
      stacks.flatMap(({ data }) => data),
      now,
    ),
    ...nobodyIsTold(resources),
    ...quotaNotices(resources).map((notice) => `  quota: ${notice}`),
    `  next:  npm run deploy -- ${environment}`,
  ];
}
