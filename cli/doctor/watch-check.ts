import type { SynthesizedResource } from "../assembly/stacks";
import { missingAs } from "./cli-answers";
import { canonical, deployedText, made, nameIn, nested } from "./deployed";
import type { Examination } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";

interface Schedule {
  readonly State: string;
  readonly ScheduleExpression: string;
  readonly StartDate?: string;
  readonly EndDate?: string;
  readonly FlexibleTimeWindow?: { readonly Mode?: string };
  readonly Target?: { readonly Arn?: string; readonly RoleArn?: string; readonly Input?: string };
}

interface StateMachine {
  readonly status: string;
  readonly definition: string;
  readonly roleArn?: string;
  readonly type?: string;
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
        examination.account.cli<Schedule>("scheduler:GetSchedule", [
          "scheduler",
          "get-schedule",
          "--name",
          name,
        ]),
      "ResourceNotFoundException",
    ),
    missingAs(
      () =>
        examination.account.cli<StateMachine>("states:DescribeStateMachine", [
          "stepfunctions",
          "describe-state-machine",
          "--state-machine-arn",
          arn,
        ]),
      "StateMachineDoesNotExist",
    ),
  ]);
  const definition = await deployedText(examination, "sessions", machine?.config.definition);
  const problems = [
    ...(planned === undefined
      ? [`the schedule ${name} is not there`]
      : scheduleProblems(examination, name, schedule?.config ?? {}, planned)),
    ...(planned && planned.Target?.Arn !== arn ? [`it starts ${planned.Target?.Arn}`] : []),
    ...(running === undefined
      ? [`the state machine ${arn} is not there`]
      : [
          ...(running.status !== "ACTIVE" ? [`the state machine is ${running.status}`] : []),
          ...(running.type !== machine?.config.type
            ? [`the state machine is of the type ${running.type}`]
            : []),
          ...roleProblem(examination, "the state machine", running.roleArn, machine?.config.role_arn),
          ...(definition !== undefined && canonical(running.definition) !== canonical(definition)
            ? ["the state machine has another definition than is deployed"]
            : []),
        ]),
  ];
  return problems.length > 0
    ? fail(problems.join("; "), examination.deploy)
    : definition === undefined
      ? unknown(`${name} runs every minute; its definition cannot be compared without the state`)
      : pass(`${name} runs every minute, and is as deployed`);
}

/** What of a schedule keeps it from starting what is deployed, every minute. */
function scheduleProblems(
  examination: Examination,
  name: string,
  written: SynthesizedResource["config"],
  planned: Schedule,
): string[] {
  const [target = {}] = nested(written.target);
  const [window = {}] = nested(written.flexible_time_window);
  const { StartDate: start, EndDate: end, FlexibleTimeWindow, Target = {} } = planned;
  return [
    ...(planned.State !== "ENABLED" ? [`the schedule ${name} is ${planned.State}`] : []),
    ...(planned.ScheduleExpression !== written.schedule_expression
      ? [`it runs at ${planned.ScheduleExpression}`]
      : []),
    ...(start !== undefined || end !== undefined
      ? [`it runs only ${start ? `from ${start}` : ""}${start && end ? " " : ""}${end ? `until ${end}` : ""}`]
      : []),
    ...(FlexibleTimeWindow?.Mode !== window.mode ? [`its time window is ${FlexibleTimeWindow?.Mode}`] : []),
    ...(canonical(Target.Input ?? "") !== canonical(String(target.input ?? ""))
      ? [`it starts it with ${Target.Input}`]
      : []),
    ...roleProblem(examination, `the schedule ${name}`, Target.RoleArn, target.role_arn),
  ];
}

/** What is wrong with the role of something: the JSON knows it by its name. */
function roleProblem(
  examination: Examination,
  of: string,
  is: string | undefined,
  written: unknown,
): string[] {
  const name = nameIn(examination, written);
  return name === undefined || is?.split("/").at(-1) === name ? [] : [`${of} has the role ${is}`];
}
