import type { LogStream } from "@aws-sdk/client-cloudwatch-logs";
import { Failure } from "../terminal/failure";
import type { Recordings } from "./log-group";
import type { PastSession, SessionHistory } from "./history";
import { sanitize } from "../terminal/sanitize";

/** A session of an environment, with or without a recording. */
export interface EnvironmentSession extends Omit<PastSession, "ofEnvironment"> {
  readonly recorded: boolean;
}

/** The sessions of an environment, newest first, as Systems Manager or the recordings remember them. */
export async function recentSessions(
  history: SessionHistory,
  recordings: Recordings,
  options: { readonly limit: number; readonly since?: Date; readonly tunnels?: boolean },
): Promise<EnvironmentSession[]> {
  const { limit, since = new Date(0), tunnels = true } = options;
  const remembered = new Map((await history.all()).map((session) => [session.id, session]));
  const sessions = new Map<string, EnvironmentSession>();
  for await (const stream of recordings.streams()) {
    const session = { ...fromStream(stream), ...remembered.get(stream.logStreamName ?? "") };
    if (sessions.size >= limit || lastWritten(stream) < since) {
      break;
    }
    sessions.set(session.id, session);
  }
  for (const session of remembered.values()) {
    const isWanted = session.ofEnvironment && (tunnels || session.tunnel === undefined);
    if (isWanted && !sessions.has(session.id)) {
      sessions.set(session.id, { ...session, recorded: false });
    }
  }
  const newest = [...sessions.values()]
    .filter(({ started }) => started === undefined || started >= since)
    .sort((one, other) => (other.started?.getTime() ?? 0) - (one.started?.getTime() ?? 0))
    .slice(0, limit);
  const completed: EnvironmentSession[] = [];
  for (const session of newest) {
    // One after another: CloudWatch Logs answers few such questions in a second.
    completed.push(await complete(session, recordings));
  }
  return completed;
}

/** The session that a person means, by its id, the beginning of it, or `last`; throws where that is not one. */
export async function findSession(
  history: SessionHistory,
  recordings: Recordings,
  wanted: string,
): Promise<EnvironmentSession> {
  if (wanted === "last") {
    // A tunnel that somebody leaves open is reopened whenever it idles, and would hide all else.
    const recent = await recentSessions(history, recordings, { limit: 50, tunnels: false });
    const last = recent.find((one) => one.recorded);
    if (last === undefined) {
      throw new Failure("no session was recorded yet: npm run connect opens one");
    }
    return last;
  }
  const stream = only(await streamsOf(recordings, wanted), wanted, ({ logStreamName = "" }) => logStreamName);
  if (stream !== undefined) {
    return { ...fromStream(stream), ...(await history.find(stream.logStreamName ?? "")) };
  }
  const known = (await history.all()).filter((one) => one.ofEnvironment && one.id.startsWith(wanted));
  const session = only(known, wanted, ({ id }) => id);
  if (session === undefined) {
    throw new Failure(`no session ${wanted}: npm run logs lists those there are`);
  }
  if (session.tunnel !== undefined) {
    throw new Failure(`${session.id} is the tunnel ${session.tunnel}: what goes through is not recorded`);
  }
  if (session.state !== "active") {
    throw new Failure(
      `there is no recording of ${session.id}, which ${session.state}: npm run doctor tells whether the log group, the key ` +
        "and the instances' role are as deployed",
    );
  }
  return { ...session, recorded: false };
}

/** What a recording alone says of a session. */
function fromStream(stream: LogStream): EnvironmentSession {
  return {
    id: stream.logStreamName ?? "",
    owner: undefined,
    instanceId: undefined,
    started: new Date(stream.firstEventTimestamp ?? stream.creationTime ?? 0),
    ended: lastWritten(stream),
    state: "ended",
    tunnel: undefined,
    recorded: true,
  };
}

function lastWritten(stream: LogStream): Date {
  return new Date(stream.lastEventTimestamp ?? stream.creationTime ?? 0);
}

/** Looks up what is not known yet: whether there is a recording, and whose it is. */
async function complete(session: EnvironmentSession, recordings: Recordings): Promise<EnvironmentSession> {
  const recorded = session.recorded || (session.tunnel === undefined && (await recordings.has(session.id)));
  const event = recorded && session.owner === undefined ? await recordings.first(session.id) : undefined;
  const owner = session.owner ?? event?.owner;
  const instanceId = session.instanceId ?? event?.instanceId;
  return { ...session, owner, instanceId, recorded };
}

async function streamsOf(recordings: Recordings, beginning: string): Promise<LogStream[]> {
  const streams: LogStream[] = [];
  // AWS is not asked for names that no stream can have.
  if (/^[^:*]{1,512}$/.test(beginning)) {
    for await (const stream of recordings.streams(beginning)) {
      streams.push(stream);
      // The whole name comes first; a few others are enough to say that there are several.
      if (stream.logStreamName === beginning || streams.length === 5) {
        break;
      }
    }
  }
  return streams;
}

/** The one thing with this id, or the only one whose id begins so. */
function only<T>(things: readonly T[], beginning: string, idOf: (thing: T) => string): T | undefined {
  const whole = things.find((thing) => idOf(thing) === beginning);
  if (whole === undefined && things.length > 1) {
    const ids = things.slice(0, 5).map((thing) => sanitize(idOf(thing)));
    const some = ids.join(", ");
    throw new Failure(`several sessions begin with ${beginning}, such as ${some}: type more of one`);
  }
  return whole ?? things[0];
}
