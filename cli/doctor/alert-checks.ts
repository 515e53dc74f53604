import type { MetricFilter } from "@aws-sdk/client-cloudwatch-logs";
import { allows, readPolicyJson } from "../../modules/facts/iam-policy";
import type { SynthesizedResource } from "../assembly/stacks";
import { Failure } from "../terminal/failure";
import { missingAs } from "./cli-answers";
import { canonical, deployedKey, deployedText, made, nameIn, nested } from "./deployed";
import type { Examination } from "./examination";
import { type Finding, fail, pass } from "./finding";

/** What an alarm is, by the names that AWS and Terraform have for it. */
const ALARM_FIELDS = {
  Namespace: "namespace",
  MetricName: "metric_name",
  Statistic: "statistic",
  Period: "period",
  EvaluationPeriods: "evaluation_periods",
  Threshold: "threshold",
  ComparisonOperator: "comparison_operator",
  TreatMissingData: "treat_missing_data",
} as const;

interface Alarm extends Readonly<Record<keyof typeof ALARM_FIELDS, unknown>> {
  readonly AlarmName: string;
  readonly ActionsEnabled: boolean;
  readonly AlarmActions?: readonly string[];
  readonly StateValue: string;
  readonly Dimensions?: readonly { Name: string; Value: string }[];
  readonly DatapointsToAlarm?: number;
  readonly Unit?: string;
}

/** Whether each alarm is there, watches what was deployed, and tells the topic. */
export async function alarms(examination: Examination): Promise<Finding> {
  const alarmsMade = made(examination, "aws_cloudwatch_metric_alarm");
  const names = alarmsMade.map(({ config }) => String(config.alarm_name));
  const topic = await topicArn(examination);
  const [{ MetricAlarms: found }, filters] = await Promise.all([
    examination.account.cli<{ MetricAlarms: readonly Alarm[] }>("cloudwatch:DescribeAlarms", [
      "cloudwatch",
      "describe-alarms",
      "--alarm-names",
      ...names,
    ]),
    examination.account.metricFilters(examination.environment.recording?.logGroupName ?? ""),
  ]);
  const problems = [
    ...alarmsMade.map(({ config }) => alarmProblems(examination, config, found, topic)),
    ...(await Promise.all(
      made(examination, "aws_cloudwatch_log_metric_filter").map(({ config }) =>
        filterProblems(examination, config, filters),
      ),
    )),
  ];
  const ringing = found.filter(({ StateValue }) => StateValue === "ALARM").map(({ AlarmName }) => AlarmName);
  const all = problems.flat();
  return all.length > 0
    ? fail(all.join("; "), examination.deploy)
    : pass(
        `${names.length} alarms tell ${topic}${ringing.length > 0 ? `; raised now: ${ringing.join(", ")}` : ""}`,
      );
}

/** What of an alarm is not as it was deployed. */
function alarmProblems(
  examination: Examination,
  written: SynthesizedResource["config"],
  found: readonly Alarm[],
  topic: string,
): string[] {
  const name = String(written.alarm_name);
  const alarm = found.find(({ AlarmName }) => AlarmName === name);
  if (alarm === undefined) {
    return [`${name} is not there`];
  }
  const changed = Object.entries(ALARM_FIELDS)
    .filter(([field, argument]) => {
      const deployed = written[argument];
      const isKnown = deployed !== undefined && !String(deployed).includes("${");
      return isKnown && String(alarm[field as keyof Alarm]) !== String(deployed);
    })
    .map(([field]) => field);
  // Each is an ARN of the JSON, of which the name is known.
  const dimensions = Object.entries((written.dimensions ?? {}) as Readonly<Record<string, unknown>>).map(
    ([key, value]) => `${key}=${nameIn(examination, value)}`,
  );
  const { Dimensions = [], DatapointsToAlarm: points = alarm.EvaluationPeriods, Unit } = alarm;
  const live = Dimensions.map(({ Name, Value }) => `${Name}=${Value.split(":").at(-1)}`);
  return [
    ...(alarm.ActionsEnabled ? [] : [`${name} has its actions off`]),
    ...(alarm.AlarmActions?.includes(topic) ? [] : [`${name} does not tell ${topic}`]),
    ...changed.map((field) => `${name} has another ${field}`),
    ...(String(live.sort()) === String(dimensions.sort()) ? [] : [`${name} has other Dimensions`]),
    ...(points === alarm.EvaluationPeriods ? [] : [`${name} has another DatapointsToAlarm`]),
    ...(Unit === written.unit ? [] : [`${name} has another Unit`]),
  ];
}

/** What of a metric filter, by which alarms count, is not as it was deployed. */
async function filterProblems(
  examination: Examination,
  written: SynthesizedResource["config"],
  filters: readonly MetricFilter[],
): Promise<string[]> {
  const name = String(written.name);
  const filter = filters.find(({ filterName }) => filterName === name);
  if (filter === undefined) {
    return [`the metric filter ${name} is not there`];
  }
  const pattern = await deployedText(examination, "sessions", written.pattern);
  const [counts = {}] = nested(written.metric_transformation);
  const [is] = filter.metricTransformations ?? [];
  return [
    ...(pattern !== undefined && filter.filterPattern !== pattern
      ? [`the metric filter ${name} looks for something else`]
      : []),
    ...(is?.metricName !== counts.name ||
    is?.metricNamespace !== counts.namespace ||
    is?.metricValue !== counts.value
      ? [`the metric filter ${name} counts into something else`]
      : []),
  ];
}

/** Whether the rules that report what CloudTrail has seen are on, look for what was deployed, and tell the topic. */
export async function notices(examination: Examination): Promise<Finding> {
  const topic = await topicArn(examination);
  const problems = await Promise.all(
    made(examination, "aws_cloudwatch_event_rule").map(async ({ config }): Promise<string[]> => {
      const name = String(config.name);
      const ask = <T>(command: string, action: string, option: string): Promise<T> =>
        examination.account.cli<T>(`events:${action}`, ["events", command, option, name]);
      const rule = await missingAs(
        () => ask<{ State: string; EventPattern: string }>("describe-rule", "DescribeRule", "--name"),
        "ResourceNotFoundException",
      );
      if (rule === undefined) {
        return [`the rule ${name} is not there`];
      }
      const { Targets } = await ask<{ Targets: readonly { Arn: string }[] }>(
        "list-targets-by-rule",
        "ListTargetsByRule",
        "--rule",
      );
      const pattern = await deployedText(examination, "sessions", config.event_pattern);
      return [
        ...(rule.State === "ENABLED" ? [] : [`the rule ${name} is ${rule.State}`]),
        ...(pattern !== undefined && canonical(rule.EventPattern) !== canonical(pattern)
          ? [`the rule ${name} looks for something else`]
          : []),
        ...(Targets.some(({ Arn }) => Arn === topic) ? [] : [`the rule ${name} does not tell ${topic}`]),
      ];
    }),
  );
  const all = problems.flat();
  return all.length > 0
    ? fail(all.join("; "), examination.deploy)
    : pass(
        `${problems.length} rules tell ${topic}; they learn of calls by a trail, which the account must have`,
      );
}

/** Whether the topic takes alerts, and those who are to be told have confirmed it. */
export async function subscriptions(examination: Examination): Promise<Finding> {
  const topic = await topicArn(examination);
  const problems = await topicProblems(examination, topic);
  if (problems.length > 0) {
    return fail(`${topic} ${problems.join(", ")}`, examination.deploy);
  }
  const listed = await examination.account.cli<{
    Subscriptions: readonly { Endpoint: string; SubscriptionArn: string }[];
  }>("sns:ListSubscriptionsByTopic", ["sns", "list-subscriptions-by-topic", "--topic-arn", topic]);
  const confirmed = listed.Subscriptions.filter(({ SubscriptionArn }) => SubscriptionArn.startsWith("arn:"));
  const written = made(examination, "aws_sns_topic_subscription").map(({ config }) =>
    String(config.endpoint),
  );
  const silent = written.filter((endpoint) => !confirmed.some(({ Endpoint }) => Endpoint === endpoint));
  if (silent.length > 0) {
    return fail(
      `${silent.join(", ")} did not confirm, and is told nothing`,
      `have them follow the link in AWS's mail, which lasts three days; then ${examination.deploy} sends another`,
    );
  }
  return confirmed.length > 0
    ? pass(`${confirmed.length} told by ${topic}`)
    : pass(
        `as deployed, nobody is told by ${topic}`,
        "write alertEmails in sessions, or subscribe something to it",
      );
}

/** What of the topic keeps alerts from reaching it: its policy admits those that send them, and its key encrypts them. */
async function topicProblems(examination: Examination, topic: string): Promise<string[]> {
  const answer = await missingAs(
    () =>
      examination.account.cli<{ Attributes: { Policy?: string; KmsMasterKeyId?: string } }>(
        "sns:GetTopicAttributes",
        ["sns", "get-topic-attributes", "--topic-arn", topic],
      ),
    "NotFound",
  );
  if (answer === undefined) {
    return ["is not there"];
  }
  const { Policy = "", KmsMasterKeyId: key = "nothing" } = answer.Attributes;
  const statements = readPolicyJson(Policy) ?? [];
  const shut = ["cloudwatch", "events"].filter((service) => {
    const meant = statements.filter(({ principals }) =>
      JSON.stringify(principals ?? "*").includes(`${service}.amazonaws.com`),
    );
    return !allows(meant, "sns:Publish");
  });
  const [written] = made(examination, "aws_sns_topic_policy");
  const policy = await deployedText(examination, "sessions", written?.config.policy);
  const deployed = await deployedKey(examination);
  return [
    ...(shut.length > 0
      ? [`has a policy that shuts out ${shut.map((service) => `${service}.amazonaws.com`).join(" and ")}`]
      : policy !== undefined && canonical(Policy) !== canonical(policy)
        ? ["has another policy than is deployed"]
        : []),
    ...(deployed !== undefined && key !== deployed ? [`is encrypted with ${key}, not ${deployed}`] : []),
  ];
}

async function topicArn(examination: Examination): Promise<string> {
  const [topic] = made(examination, "aws_sns_topic");
  if (topic === undefined) {
    throw new Failure("not asked, since the JSON has no topic");
  }
  return examination.arn("sns", String(topic.config.name));
}
