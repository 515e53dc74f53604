import jsonata from "jsonata";
import type { Json } from "./synth";

/** An error that a task answers with, by the name that Step Functions gives it. */
export class TaskError extends Error {
  constructor(public override readonly name: string) {
    super(name);
  }
}

/** Answers the call of an integration, such as `aws-sdk:ssm:describeSessions`; throws a {@link TaskError}. */
export type Answer = (action: string, given: Json) => unknown;

/** What the fields of a state may be, where the language is JSONata. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Task: ["Resource", "Arguments", "Output", "Retry", "Catch", "Next", "End"],
  Map: ["Items", "MaxConcurrency", "ItemProcessor", "Output", "Next", "End"],
  Choice: ["Choices", "Default"],
  Pass: ["Output", "Next", "End"],
  Fail: ["Error", "Cause"],
  Succeed: [],
};

/** What is wrong with a definition: fields that a type has not, states that nobody reaches or that do not exist. */
export function definitionProblems({ StartAt, States }: Json): string[] {
  const reached = new Set<string>([StartAt as string]);
  const problems = Object.entries(States as Record<string, Json>).flatMap(([name, state]) => {
    const { Type, ...fields } = state;
    const allowed = FIELDS[Type as string];
    const unknown = Object.keys(fields).filter((field) => !allowed?.includes(field));
    const ends = Number(state.End === true) + Number(state.Next !== undefined);
    const wanted = ["Task", "Map", "Pass"].includes(Type as string) ? 1 : 0;
    [state, ...(state.Choices ?? []), ...(state.Catch ?? [])].forEach((one: Json) => {
      if (one.Next !== undefined) {
        reached.add(one.Next as string);
      }
    });
    if (state.Default !== undefined) {
      reached.add(state.Default as string);
    }
    return [
      ...unknown.map((field) => `${name}: ${String(Type)} has no ${field}`),
      ...(ends === wanted ? [] : [`${name}: ${ends} ways on`]),
      ...(Type === "Map" ? definitionProblems(state.ItemProcessor as Json) : []),
    ];
  });
  const names = Object.keys(States as Json);
  return [
    ...problems,
    ...names.filter((name) => !reached.has(name)).map((name) => `${name}: never reached`),
    ...[...reached].filter((name) => !names.includes(name)).map((name) => `${name}: not there`),
  ];
}

/**
 * Runs a state machine of the Amazon States Language on answers of a test, as far as the project uses the language: states
 * of six types, JSONata alone, and no waiting. https://states-language.net/
 *
 * @throws the {@link TaskError} of a run that fails
 */
export async function runStateMachine(machine: Json, input: unknown, answer: Answer): Promise<unknown> {
  let [name, value] = [machine.StartAt as string, input];
  for (let step = 0; step < 1000; step++) {
    const state = machine.States[name] as Json;
    const { next, output } = await runState(state, value, answer);
    if (next === undefined) {
      return output;
    }
    [name, value] = [next, output];
  }
  throw new Error("the state machine does not end");
}

async function runState(
  state: Json,
  input: unknown,
  answer: Answer,
): Promise<{ next: string | undefined; output: unknown }> {
  const goOn = async (result: unknown) => ({
    next: state.Next as string | undefined,
    output: state.Output === undefined ? (result ?? input) : await evaluate(state.Output, { input, result }),
  });
  switch (state.Type) {
    case "Task":
      return task(state, input, answer, goOn);
    case "Map": {
      const items = (await evaluate(state.Items, { input })) as unknown[];
      if (!Array.isArray(items)) {
        throw new TaskError("States.QueryEvaluationError");
      }
      const results: unknown[] = [];
      for (const item of items) {
        results.push(await runStateMachine(state.ItemProcessor as Json, item, answer));
      }
      return goOn(results);
    }
    case "Choice":
      for (const { Condition, Next } of state.Choices as Json[]) {
        const met = await evaluate(Condition, { input });
        if (typeof met !== "boolean") {
          throw new TaskError("States.QueryEvaluationError");
        }
        if (met) {
          return { next: Next as string, output: input };
        }
      }
      return { next: state.Default as string, output: input };
    case "Fail":
      throw new TaskError(state.Error as string);
    default:
      return goOn(undefined);
  }
}

async function task(
  state: Json,
  input: unknown,
  answer: Answer,
  goOn: (result: unknown) => Promise<{ next: string | undefined; output: unknown }>,
): Promise<{ next: string | undefined; output: unknown }> {
  const [, action = ""] = /^arn:[^:]+:states:::(.+)$/.exec(state.Resource as string) ?? [];
  const given = (await evaluate(state.Arguments, { input })) as Json;
  for (let tries = 0; ; tries++) {
    try {
      return await goOn(answer(action, given));
    } catch (error) {
      if (!(error instanceof TaskError)) {
        throw error;
      }
      const { name } = error;
      const handles = ({ ErrorEquals }: Json): boolean =>
        ErrorEquals.includes(name) || ErrorEquals.includes("States.ALL");
      const retrier = (state.Retry as Json[] | undefined)?.find(handles);
      if (tries < (retrier?.MaxAttempts ?? 0)) {
        continue;
      }
      const catcher = (state.Catch as Json[] | undefined)?.find(handles);
      if (catcher === undefined) {
        throw error;
      }
      const errorOutput = { Error: name, Cause: `${name} of a test` };
      const output =
        catcher.Output === undefined ? errorOutput : await evaluate(catcher.Output, { input, errorOutput });
      return { next: catcher.Next as string, output };
    }
  }
}

/** Expressions, read once each. */
const parsed = new Map<string, jsonata.Expression>();

/** The value of a field: texts between `{%` and `%}` are expressions, which must have a value, wherever they stand. */
async function evaluate(field: unknown, states: object): Promise<unknown> {
  if (typeof field === "string") {
    const [, expression] = /^\{%(.*)%\}$/s.exec(field) ?? [];
    if (expression === undefined) {
      return field;
    }
    const query = parsed.get(expression) ?? jsonata(expression);
    parsed.set(expression, query);
    const value: unknown = await query.evaluate({}, { states });
    if (value === undefined) {
      throw new TaskError("States.QueryEvaluationError");
    }
    // Without what JSONata notes on its lists.
    return JSON.parse(JSON.stringify(value));
  }
  if (Array.isArray(field)) {
    return Promise.all(field.map((one) => evaluate(one, states)));
  }
  if (typeof field === "object" && field !== null) {
    const entries = Object.entries(field).map(async ([key, one]) => [key, await evaluate(one, states)]);
    return Object.fromEntries((await Promise.all(entries)) as [string, unknown][]);
  }
  return field;
}
