import type {
  CloudWatchLogsClient,
  GetLogEventsCommandOutput,
  LogStream,
} from "@aws-sdk/client-cloudwatch-logs";
import { z } from "zod";
import { attempt } from "../aws/errors";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { Failure } from "../terminal/failure";

/** An environment that records its sessions. */
export type RecordedEnvironment = SynthesizedEnvironment & {
  readonly recording: NonNullable<SynthesizedEnvironment["recording"]>;
};

/** What was recorded at once: the lines of about a second. */
export interface RecordedEvent {
  /** The session. */
  readonly session: string;
  /** What tells the event from all others; undefined where one session was read. */
  readonly id: string | undefined;
  /** When it was. */
  readonly time: Date;
  /** ARN of who opened the session, as far as the event says. */
  readonly owner: string | undefined;
  /** Id of the instance, as far as the event says. */
  readonly instanceId: string | undefined;
  /** User of the operating system, as far as the event says. */
  readonly user: string | undefined;
  /** The lines, as they were recorded: not for a terminal. */
  readonly lines: readonly string[];
  /** All of it: what the agent wrote as JSON, or the text where it wrote text. */
  readonly written: unknown;
}

/** What SSM Agent writes: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-logging-cloudwatch-logs.html */
const AGENT_EVENT = z.object({
  sessionData: z.array(z.string()),
  userIdentity: z.object({ arn: z.string().optional() }).optional().catch(undefined),
  target: z.object({ id: z.string().optional() }).optional().catch(undefined),
  runAsUser: z.string().optional().catch(undefined),
});

/** The log group of an environment's recordings: a stream for each session, called after it. */
export class Recordings {
  constructor(
    private readonly client: CloudWatchLogsClient,
    private readonly environment: RecordedEnvironment,
  ) {}

  /** Streams with a name of this beginning, in the order of names, or all, the last that was written first. */
  public async *streams(prefix?: string): AsyncGenerator<LogStream> {
    const { DescribeLogStreamsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    const order =
      prefix === undefined
        ? ({ orderBy: "LastEventTime", descending: true } as const)
        : ({ orderBy: "LogStreamName", logStreamNamePrefix: prefix } as const);
    let nextToken: string | undefined;
    do {
      const page = await this.ask("DescribeLogStreams", (logGroupName) =>
        this.client.send(new DescribeLogStreamsCommand({ logGroupName, ...order, limit: 50, nextToken })),
      );
      yield* page.logStreams ?? [];
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }

  /** Whether there is a recording of a session. */
  public async has(session: string): Promise<boolean> {
    for await (const { logStreamName } of this.streams(session)) {
      // Longer names come behind.
      return logStreamName === session;
    }
    return false;
  }

  /** The first thing that was recorded of a session. */
  public async first(session: string): Promise<RecordedEvent | undefined> {
    for await (const { events, atEnd } of this.read(session, undefined, 1)) {
      if (events.length > 0 || atEnd) {
        return events[0];
      }
    }
    return undefined;
  }

  /**
   * One session from its beginning, page by page, without an end: who reads leaves off at the end, or waits there for
   * more. A session without a recording has none yet.
   */
  public async *read(
    session: string,
    since?: Date,
    limit?: number,
  ): AsyncGenerator<{ readonly events: readonly RecordedEvent[]; readonly atEnd: boolean }> {
    const { GetLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    let nextToken: string | undefined;
    for (;;) {
      const page = await this.ask<Pick<GetLogEventsCommandOutput, "events" | "nextForwardToken">>(
        "GetLogEvents",
        (logGroupName) =>
          this.client.send(
            new GetLogEventsCommand({
              logGroupName,
              logStreamName: session,
              startFromHead: true,
              startTime: since?.getTime(),
              limit,
              nextToken,
            }),
          ),
        {},
      );
      // A page may be empty before the end; at the end the token is the one that was sent.
      const atEnd = page.nextForwardToken === nextToken;
      nextToken = page.nextForwardToken;
      yield { events: (page.events ?? []).map((event) => recorded(session, event)), atEnd };
    }
  }

  /** All sessions, or one, page by page in the order of time. */
  public async *readAll(since?: Date, session?: string): AsyncGenerator<readonly RecordedEvent[]> {
    const { FilterLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    let nextToken: string | undefined;
    do {
      const page = await this.ask("FilterLogEvents", (logGroupName) =>
        this.client.send(
          new FilterLogEventsCommand({
            logGroupName,
            logStreamNames: session === undefined ? undefined : [session],
            startTime: since?.getTime(),
            nextToken,
          }),
        ),
      );
      yield (page.events ?? []).map((event) => recorded(event.logStreamName ?? "", event));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }

  private ask<T>(action: string, send: (logGroupName: string) => Promise<T>, missing?: T): Promise<T> {
    const { name, region, recording } = this.environment;
    return attempt(
      { action: `logs:${action}`, region, allowedBy: `the policy ${recording.policies.auditor}` },
      async () => {
        try {
          return await send(recording.logGroupName);
        } catch (error) {
          if ((error as Error).name !== "ResourceNotFoundException") {
            throw error;
          }
          if (missing !== undefined) {
            return missing;
          }
          throw new Failure(
            `the log group ${recording.logGroupName} is not there, not deployed yet: npm run deploy -- ${name}`,
          );
        }
      },
    );
  }
}

/**
 * The environment, known to record its sessions.
 *
 * @throws where recording is off.
 */
export function recordedEnvironment(environment: SynthesizedEnvironment): RecordedEnvironment {
  const { name, recording } = environment;
  if (recording === undefined) {
    throw new Failure(
      `${name} does not record sessions: set sessions: {} in environments/${name}.ts, then npm start and ` +
        `npm run deploy -- ${name}`,
    );
  }
  return { ...environment, recording };
}

function recorded(
  session: string,
  { eventId, message = "", timestamp = 0 }: { eventId?: string; message?: string; timestamp?: number },
): RecordedEvent {
  const base = { session, id: eventId, time: new Date(timestamp) };
  const { success, data } = AGENT_EVENT.safeParse(parsed(message));
  return success
    ? {
        ...base,
        owner: data.userIdentity?.arn,
        instanceId: data.target?.id,
        user: data.runAsUser,
        lines: data.sessionData,
        written: parsed(message),
      }
    : {
        ...base,
        owner: undefined,
        instanceId: undefined,
        user: undefined,
        lines: message.replace(/\r?\n$/, "").split(/\r?\n/),
        written: message,
      };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
