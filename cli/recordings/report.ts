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
  const rows = sessions.map((session) => [
    session.id,
    session.owner === undefined ? "-" : who(session.owner),
    session.started === undefined ? "-" : localTime(session.started, offset),
    names.get(session.instanceId ?? "") ?? session.instanceId ?? "-",
    lasted(session, now),
    stateOf(session),
  ]);
  return table(
    ["session", "who", "when", "instance", "lasted", "state"],
    rows.map((row) => row.map(sanitize)),
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
  // Each is sanitized by itself, so that none can go back over what another says.
  const parts = [
    ...(owner === undefined ? [] : [sanitize(who(owner))]),
    ...(instanceId === undefined
      ? []
      : [
          name === undefined
            ? `on ${sanitize(instanceId)}`
            : `on ${sanitize(name)} (${sanitize(instanceId)})`,
        ]),
    ...(first?.user ? [`as ${sanitize(first.user)}`] : []),
  ];
  const facts = [
    ...(parts.length > 0 ? [parts.join(" ")] : []),
    ...(session.started === undefined ? [] : [localTime(session.started, offset), lasted(session, now)]),
    session.state,
  ];
  return `${sanitize(session.id)}: ${facts.join(", ")}`;
}

/** A session for a program to read. */
export function sessionJson(session: EnvironmentSession, names: InstanceNames): object {
  const { id, owner, instanceId, started, ended, state, tunnel, recorded } = session;
  const instance = names.get(instanceId ?? "");
  return { session: id, owner, instance, instanceId, started, ended, state, tunnel, recorded };
}

/** What an ARN says of a person: `Operator/alice` is a role and who took it. */
export function who(arn: string): string {
  return /^[^/]*\/(.+)$/.exec(arn)?.[1] ?? arn.slice(arn.lastIndexOf(":") + 1);
}

function lasted({ started, ended, state }: EnvironmentSession, now: Date): string {
  const end = state === "active" ? now : ended;
  return started === undefined || end === undefined ? "-" : duration(end.getTime() - started.getTime());
}

function stateOf({ state, tunnel, recorded }: EnvironmentSession): string {
  if (tunnel !== undefined) {
    return `${state}, tunnel ${tunnel}`;
  }
  return recorded ? state : `${state}, no recording`;
}
