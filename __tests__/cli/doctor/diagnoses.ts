import { join } from "node:path";
import type { MetricFilter, MetricTransformation } from "@aws-sdk/client-cloudwatch-logs";
import { type SynthesizedEnvironment, readEnvironments, stackOf } from "../../../cli/assembly/environments";
import { resourcesOf } from "../../../cli/assembly/stacks";
import { deployedText } from "../../../cli/doctor/deployed";
import { diagnose } from "../../../cli/doctor/diagnosis";
import type { Examination } from "../../../cli/doctor/examination";
import type { DiagnosedCheck } from "../../../cli/doctor/finding";
import { LiveAccount } from "../../../cli/doctor/live-account";
import { Workspace } from "../../support/cli";
import { MIXED, existingNetwork } from "../../support/existing-network";
import { HealthyAccount, INSTANCE_ID, KEY_ARN, PROFILE_ARN } from "../../support/healthy-account";
import { awsError } from "../../support/recorded";
import { MINIMAL } from "../../support/synth";
import { awsFailure } from "../../../cli/aws/errors";

/** The account that is examined, healed before every test. */
export const account = new HealthyAccount();

/** The block of a hub, in which services of the environment hub answer. */
export const HUB = "10.1.0.0/24";

/** The topic of alerts. */
export const TOPIC = "arn:aws:sns:eu-central-1:111122223333:dev-session-alerts";

/** What the AWS CLI answers, by its first two arguments and the name that it is asked for: what is deployed. */
export let answers: Record<string, Record<string, unknown>>;

const path = process.env.PATH;
let workspace: Workspace;
let environments: readonly SynthesizedEnvironment[];

/** Makes the environments dev, far and plain before the tests of a file, each with an instance that is deployed. */
export function beforeDiagnoses(): void {
  beforeAll(() => {
    workspace = new Workspace({
      dev: { ...MINIMAL, network: { endpoints: { ec2Messages: false } }, sessions: { archive: {} } },
      yours: {
        ...MINIMAL,
        network: { endpoints: { ec2Messages: false } },
        sessions: { archive: { bucketName: "copies" } },
      },
      far: MIXED,
      plain: MINIMAL,
      ops: { ...MINIMAL, sessions: { runAsUser: "ops" } },
      hub: {
        ...MINIMAL,
        network: existingNetwork({ ec2Messages: false, services: { elsewhere: [HUB] } }),
      },
    });
    for (const stack of ["dev", "yours", "far", "plain", "ops", "hub"]) {
      workspace.deployed(`${stack}-instances`, {
        instance_ids: { web: INSTANCE_ID },
        instance_profile_arn: PROFILE_ARN,
        security_group_id: "sg-instances",
      });
    }
    workspace.deployed("dev-networking", { subnet_ids: { "zone-1": "subnet-1", "zone-2": "subnet-2" } });
    workspace.deployed("dev-sessions", {
      key_arn: KEY_ARN,
      archive_bucket: "copies",
      alert_topic_arn: TOPIC,
      log_group_arn: "arn:aws:logs:eu-central-1:111122223333:log-group:/session-manager/dev",
    });
    workspace.program("aws", 'console.log("aws-cli/2.31.0 Python/3.13.7")');
    workspace.program("session-manager-plugin", 'console.log("1.2.896.0")');
    environments = readEnvironments(join(workspace.folder, "cdktf.out"));
    jest.spyOn(LiveAccount.prototype, "cli").mockImplementation((_, args) => {
      const answer = answers[`${args[0]} ${args[1]}`] ?? answers[`${args[1]} ${args[3]}`];
      return answer === undefined
        ? Promise.reject(awsFailure(awsError("ResourceNotFoundException"), { action: "", region: "" }))
        : Promise.resolve(answer as never);
    });
  });
  afterAll(() => {
    process.env.PATH = path;
    workspace.remove();
  });
  beforeEach(async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    account.heal();
    answers = await healthyAnswers(environments.find(({ name }) => name === "dev"));
    process.env.PATH = `${workspace.folder}/programs:${path}`;
  });
}

/** What AWS says of the alerts of an environment that is as deployed; its metric filters go to the account. */
async function healthyAnswers(environment: SynthesizedEnvironment | undefined): Promise<typeof answers> {
  const stack = environment && stackOf(environment, "sessions");
  if (environment === undefined || stack === undefined) {
    throw new Error("no sessions");
  }
  const deployed = (value: unknown): Promise<string | undefined> => asDeployed(environment, value);
  const all = (type: string) => resourcesOf(stack, type).map(({ config }) => config);
  const [machine = {}] = all("aws_sfn_state_machine");
  const [schedule = {}] = all("aws_scheduler_schedule");
  account.metricFilters = await Promise.all(
    all("aws_cloudwatch_log_metric_filter").map(
      async ({ name, pattern, metric_transformation: counts }): Promise<MetricFilter> => ({
        filterName: String(name),
        filterPattern: await deployed(pattern),
        metricTransformations: [fromTerraform(counts as Record<string, string>)],
      }),
    ),
  );
  const rules = await Promise.all(
    all("aws_cloudwatch_event_rule").map(async ({ name, event_pattern: pattern }) => [
      [`describe-rule ${String(name)}`, { State: "ENABLED", EventPattern: await deployed(pattern) }],
      [`list-targets-by-rule ${String(name)}`, { Targets: [{ Arn: TOPIC }] }],
    ]),
  );
  return {
    "scheduler get-schedule": {
      State: "ENABLED",
      ScheduleExpression: schedule.schedule_expression,
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: {
        Arn: `arn:aws:states:eu-central-1:111122223333:stateMachine:${String(machine.name)}`,
        RoleArn: "arn:aws:iam::111122223333:role/dev-watch-schedule-eu-central-1",
        Input: "{}",
      },
    },
    "stepfunctions describe-state-machine": {
      status: "ACTIVE",
      type: "EXPRESS",
      roleArn: "arn:aws:iam::111122223333:role/dev-session-watch-eu-central-1",
      definition: await deployed(machine.definition),
    },
    "cloudwatch describe-alarms": {
      MetricAlarms: all("aws_cloudwatch_metric_alarm").map((alarm) => ({
        AlarmName: alarm.alarm_name,
        ActionsEnabled: true,
        AlarmActions: [TOPIC],
        StateValue: "OK",
        Namespace: alarm.namespace,
        MetricName: alarm.metric_name,
        Statistic: alarm.statistic,
        Period: alarm.period,
        EvaluationPeriods: alarm.evaluation_periods,
        Threshold: alarm.threshold,
        ComparisonOperator: alarm.comparison_operator,
        TreatMissingData: alarm.treat_missing_data,
        Dimensions: Object.keys((alarm.dimensions ?? {}) as object).map((Name) => ({
          Name,
          Value: `arn:aws:states:eu-central-1:111122223333:stateMachine:${String(machine.name)}`,
        })),
      })),
    },
    "sns get-topic-attributes": {
      Attributes: {
        Policy: await deployed(all("aws_sns_topic_policy")[0]?.policy),
        KmsMasterKeyId: KEY_ARN,
      },
    },
    "sns list-subscriptions-by-topic": {
      Subscriptions: [{ Endpoint: "ops@example.com", SubscriptionArn: `${TOPIC}:1` }],
    },
    ...(Object.fromEntries(rules.flat()) as Record<string, Record<string, unknown>>),
  };
}

/** What a text of the sessions' JSON is once it is deployed. */
function asDeployed(environment: SynthesizedEnvironment, value: unknown): Promise<string | undefined> {
  const examination = { environment, identity: () => Promise.resolve(account.identity) };
  return deployedText(examination as unknown as Examination, "sessions", value);
}

/** What a filter counts into, as AWS says it. */
function fromTerraform({ name, namespace, value }: Record<string, string>): MetricTransformation {
  return { metricName: name, metricNamespace: namespace, metricValue: value };
}

/** Examines the instance of an environment. */
export async function examine(name = "dev", among = environments): Promise<DiagnosedCheck[]> {
  const environment = among.find((one) => one.name === name);
  if (environment?.instances[0] === undefined) {
    throw new Error(`no ${name}`);
  }
  const tag = environment.instances[0].tags.SessionAccess;
  account.instance.Tags ??= tag === undefined ? [] : [{ Key: "SessionAccess", Value: tag }];
  if (account.attached.length > 0) {
    account.attached = [
      ...new Set(account.attached.flatMap((arn) => [arn, arn.replace("/dev-", `/${name}-`)])),
    ];
  }
  const sessions = stackOf(environment, "sessions");
  const key = sessions && resourcesOf(sessions, "aws_kms_key")[0];
  account.keyPolicy ??= JSON.parse((await asDeployed(environment, key?.config.policy)) ?? "{}") as object;
  return diagnose({ environment, instance: environment.instances[0] });
}

/** The checks that do not pass, such as `FAIL route`. */
export const wrong = (checks: readonly DiagnosedCheck[]): string[] =>
  checks.filter(({ result }) => result !== "pass").map(({ check, result }) => `${result} ${check}`);

/** What a check says. */
export const said = (checks: readonly DiagnosedCheck[], name: string): string =>
  checks
    .filter(({ check }) => check === name)
    .map(({ seen, fix }) => `${seen}${fix === undefined ? "" : ` -> ${fix}`}`)
    .join();
