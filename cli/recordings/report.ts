import type { RecordedEvent } from "./log-group";
import type { EnvironmentSession } from "./sessions";
import { table } from "../terminal/output";
import { duration, localTime } from "../terminal/times";
import { sanitize } from "../terminal/sanitize";

/** Names of instances, by their ids. */
export type InstanceNames = ReadonlyMap<string, string>;

/** Sessions as a table. */
export function sessionsTable(
  sessions: readonly EnvironmentSession[],
  names: InstanceNames,
  now: Date,
  offset?: number,
): string {
  return table(
    ["session", "who", "when", "instance", "lasted", "state"],
    sessions.map((session) =>
      [
        session.id,
        who(session.owner),
        session.started === undefined ? "-" : localTime(session.started, offset),
        where(session.instanceId, names),
        lasted(session, now),
        stateOf(session),
      ].map(sanitize),
    ),
  );
}

/** A line that says who did when and where what follows. */
export function headline(
  session: EnvironmentSession,
  first: RecordedEvent | undefined,
  names: InstanceNames,
  now: Date,
  offset?: number,
): string {
  const owner = session.owner ?? first?.owner;
  const instanceId = session.instanceId ?? first?.instanceId;
  const name = names.get(instanceId ?? "");
  // Each made visible by itself: none can go back over what another says.
  const parts = [
    ...(owner === undefined ? [] : [sanitize(who(owner))]),
    ...(instanceId === undefined
      ? []
      : [`on ${name === undefined ? sanitize(instanceId) : `${sanitize(name)} (${sanitize(instanceId)})`}`]),
    ...(first?.user ? [`as ${sanitize(first.user)}`] : []),
  ];
  const told = [
    ...(parts.length > 0 ? [parts.join(" ")] : []),
    ...(session.started === undefined ? [] : [localTime(session.started, offset), lasted(session, now)]),
    session.state,
  ];
  return `${sanitize(session.id)}: ${told.join(", ")}`;
}

/** A session for a program to read. */
export function sessionJson(session: EnvironmentSession, names: InstanceNames): object {
  return {
    session: session.id,
    owner: session.owner,
    instance: session.instanceId === undefined ? undefined : names.get(session.instanceId),
    instanceId: session.instanceId,
    started: session.started,
    ended: session.ended,
    state: session.state,
    tunnel: session.tunnel,
    recorded: session.recorded,
  };
}

/** What an ARN says of a person: `Operator/alice` is a role and who took it. */
function who(arn: string | undefined): string {
  return arn === undefined ? "-" : (/^[^/]*\/(.+)$/.exec(arn)?.[1] ?? arn.slice(arn.lastIndexOf(":") + 1));
}

function where(instanceId: string | undefined, names: InstanceNames): string {
  return instanceId === undefined ? "-" : (names.get(instanceId) ?? instanceId);
}

function lasted({ started, ended, state }: EnvironmentSession, now: Date): string {
  const end = state === "active" ? now : ended;
  return started === undefined || end === undefined ? "-" : duration(end.getTime() - started.getTime());
}

function stateOf({ state, tunnel, recorded }: EnvironmentSession): string {
  const remark = tunnel !== undefined ? `, tunnel ${tunnel}` : recorded ? "" : ", no recording";
  return `${state}${remark}`;
}
