import { stackOf } from "../assembly/environments";
import { type SynthesizedResource, resourcesOf } from "../assembly/stacks";
import { AwsFailure } from "../aws/errors";
import { Failure } from "../terminal/failure";
import { deployedText } from "./deployed";
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
  readonly AlarmActions: readonly string[];
  readonly StateValue: string;
}

/** Whether the watch, which ends sessions without a recording, runs every minute and is what was deployed. */
export async function watch(examination: Examination): Promise<Finding> {
  const [schedule] = made(examination, "aws_scheduler_schedule");
  const [machine] = made(examination, "aws_sfn_state_machine");
  const name = String(schedule?.config.name);
  const arn = await examination.arn("states", `stateMachine:${String(machine?.config.name)}`);
  const [planned, running] = await Promise.all([
    missingAs(
      () =>
        examination.account.cli<{ State: string; ScheduleExpression: string; Target?: { Arn?: string } }>(
          "scheduler:GetSchedule",
          ["scheduler", "get-schedule", "--name", name],
        ),
      "ResourceNotFoundException",
    ),
    missingAs(
      () =>
        examination.account.cli<{ status: string; definition: string }>("states:DescribeStateMachine", [
          ...["stepfunctions", "describe-state-machine", "--state-machine-arn", arn],
        ]),
      "StateMachineDoesNotExist",
    ),
  ]);
  const definition = await deployedText(examination, "sessions", machine?.config.definition);
  const problems = [
    ...(planned === undefined ? [`the schedule ${name} is not there`] : []),
    ...(planned && planned.State !== "ENABLED" ? [`the schedule ${name} is ${planned.State}`] : []),
    ...(planned && planned.ScheduleExpression !== schedule?.config.schedule_expression
      ? [`it runs at ${planned.ScheduleExpression}`]
      : []),
    ...(planned && planned.Target?.Arn !== arn ? [`it starts ${planned.Target?.Arn}`] : []),
    ...(running === undefined ? [`the state machine ${arn} is not there`] : []),
    ...(running && running.status !== "ACTIVE" ? [`the state machine is ${running.status}`] : []),
    ...(running && definition !== undefined && canonical(running.definition) !== canonical(definition)
      ? ["the state machine has another definition than is deployed"]
      : []),
  ];
  return problems.length > 0
    ? fail(problems.join("; "), examination.deploy)
    : definition === undefined
      ? {
          result: "unknown",
          seen: `${name} runs every minute; its definition cannot be compared without the state`,
        }
      : pass(`${name} runs every minute, and is as deployed`);
}

/** Whether each alarm is there, watches what was deployed, and tells the topic. */
export async function alarms(examination: Examination): Promise<Finding> {
  const written = made(examination, "aws_cloudwatch_metric_alarm");
  const names = written.map(({ config }) => String(config.alarm_name));
  const topic = await topicArn(examination);
  const [{ MetricAlarms: found }, filters] = await Promise.all([
    examination.account.cli<{ MetricAlarms: readonly Alarm[] }>("cloudwatch:DescribeAlarms", [
      ...["cloudwatch", "describe-alarms", "--alarm-names", ...names],
    ]),
    examination.account.metricFilters(examination.environment.recording?.logGroupName ?? ""),
  ]);
  const problems = await Promise.all([
    ...written.map(async ({ config }): Promise<string[]> => {
      const name = String(config.alarm_name);
      const alarm = found.find(({ AlarmName }) => AlarmName === name);
      if (alarm === undefined) {
        return [`${name} is not there`];
      }
      const changed = Object.entries(ALARM_FIELDS)
        .filter(([field, argument]) => {
          const deployed = config[argument];
          const isKnown = deployed !== undefined && !String(deployed).includes("${");
          return isKnown && String(alarm[field as keyof Alarm]) !== String(deployed);
        })
        .map(([field]) => `${name} has another ${field}`);
      return [
        ...(alarm.ActionsEnabled ? [] : [`${name} has its actions off`]),
        ...(alarm.AlarmActions.includes(topic) ? [] : [`${name} does not tell ${topic}`]),
        ...changed,
      ];
    }),
    ...made(examination, "aws_cloudwatch_log_metric_filter").map(async ({ config }): Promise<string[]> => {
      const name = String(config.name);
      const filter = filters.find(({ filterName }) => filterName === name);
      const pattern = await deployedText(examination, "sessions", config.pattern);
      if (filter === undefined) {
        return [`the metric filter ${name} is not there`];
      }
      return pattern !== undefined && filter.filterPattern !== pattern
        ? [`the metric filter ${name} looks for something else`]
        : [];
    }),
  ]);
  const ringing = found.filter(({ StateValue }) => StateValue === "ALARM").map(({ AlarmName }) => AlarmName);
  const all = problems.flat();
  return all.length > 0
    ? fail(all.join("; "), examination.deploy)
    : pass(
        `${names.length} alarms tell ${topic}${ringing.length > 0 ? `; raised now: ${ringing.join(", ")}` : ""}`,
      );
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
        ...(["list-targets-by-rule", "ListTargetsByRule", "--rule"] as const),
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

/** Whether those who are to be told have confirmed it. */
export async function subscriptions(examination: Examination): Promise<Finding> {
  const topic = await topicArn(examination);
  const listed = await missingAs(
    () =>
      examination.account.cli<{ Subscriptions: readonly { Endpoint: string; SubscriptionArn: string }[] }>(
        "sns:ListSubscriptionsByTopic",
        ["sns", "list-subscriptions-by-topic", "--topic-arn", topic],
      ),
    "NotFound",
  );
  if (listed === undefined) {
    return fail(`${topic} is not there`, examination.deploy);
  }
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
    : {
        result: "pass",
        seen: `as deployed, nobody is told by ${topic}`,
        fix: "write alertEmails in sessions, or subscribe something to it",
      };
}

function made({ environment }: Examination, type: string): SynthesizedResource[] {
  const stack = stackOf(environment, "sessions");
  return stack === undefined ? [] : resourcesOf(stack, type);
}

async function topicArn(examination: Examination): Promise<string> {
  const [topic] = made(examination, "aws_sns_topic");
  if (topic === undefined) {
    throw new Failure("not asked, since the JSON has no topic");
  }
  return examination.arn("sns", String(topic.config.name));
}

/** Asks for what may be missing: undefined then. */
async function missingAs<T>(ask: () => Promise<T>, absent: string): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AwsFailure && error.code.startsWith(absent)) {
      return undefined;
    }
    throw error;
  }
}

/** A JSON text, whatever its spaces and the order of its keys. */
function canonical(json: string): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return value.map(sorted);
    }
    return typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([key, one]) => [key, sorted(one)]),
        )
      : value;
  };
  try {
    return JSON.stringify(sorted(JSON.parse(json)));
  } catch {
    return json;
  }
}
