import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import { z } from "zod";
import { awsFailure } from "../aws/errors";
import type { Recording, SynthesizedEnvironment } from "../assembly/environments";
import { Failure } from "../terminal/failure";

/** An environment that records its sessions. */
export type RecordedEnvironment = SynthesizedEnvironment & { readonly recording: Recording };

/** What was recorded at once: the lines of about a second. */
export interface RecordedEvent {
  readonly session: string;
  /** Tells the event from all others; undefined where one session was read. */
  readonly id: string | undefined;
  readonly time: Date;
  /** ARN of the person who opened the session, as far as the event says. */
  readonly owner: string | undefined;
  readonly instanceId: string | undefined;
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
    private readonly client: logs.CloudWatchLogsClient,
    private readonly environment: RecordedEnvironment,
  ) {}

  /** Streams whose name begins so, in the order of names; or all, those written last first. */
  public async *streams(prefix?: string): AsyncGenerator<logs.LogStream> {
    const { paginateDescribeLogStreams } = await import("@aws-sdk/client-cloudwatch-logs");
    const order =
      prefix === undefined
        ? ({ orderBy: "LastEventTime", descending: true } as const)
        : ({ orderBy: "LogStreamName", logStreamNamePrefix: prefix } as const);
    const { logGroupName } = this.environment.recording;
    const pages = paginateDescribeLogStreams({ client: this.client }, { logGroupName, ...order, limit: 50 });
    for await (const { logStreams = [] } of this.explaining("DescribeLogStreams", pages)) {
      yield* logStreams;
    }
  }

  public async has(session: string): Promise<boolean> {
    // Longer names come after it.
    const { value: stream } = await this.streams(session).next();
    return (stream as logs.LogStream | undefined)?.logStreamName === session;
  }

  public async first(session: string): Promise<RecordedEvent | undefined> {
    for await (const { events, atEnd } of this.read(session, undefined, 1)) {
      if (events.length > 0 || atEnd) {
        return events[0];
      }
    }
    return undefined;
  }

  /**
   * One session from its beginning, page by page, without an end: whoever reads stops at the end, or waits there for
   * more. A session without a recording has no events yet.
   */
  public async *read(
    session: string,
    since?: Date,
    limit?: number,
  ): AsyncGenerator<{ readonly events: readonly RecordedEvent[]; readonly atEnd: boolean }> {
    const request = {
      logGroupName: this.environment.recording.logGroupName,
      logStreamName: session,
      startFromHead: true,
      startTime: since?.getTime(),
      limit,
    };
    let nextToken: string | undefined;
    for (;;) {
      const { events = [], nextForwardToken } = await this.page({ ...request, nextToken });
      // A page may be empty before the end; at the end the token is the one that was sent.
      const atEnd = nextForwardToken === nextToken;
      nextToken = nextForwardToken;
      yield { events: events.map((event) => recorded(session, event)), atEnd };
    }
  }

  /** All sessions, or one, page by page in the order of time. */
  public async *readAll(since?: Date, session?: string): AsyncGenerator<readonly RecordedEvent[]> {
    const { paginateFilterLogEvents } = await import("@aws-sdk/client-cloudwatch-logs");
    const request = {
      logGroupName: this.environment.recording.logGroupName,
      logStreamNames: session === undefined ? undefined : [session],
      startTime: since?.getTime(),
    };
    const pages = paginateFilterLogEvents({ client: this.client }, request);
    for await (const { events = [] } of this.explaining("FilterLogEvents", pages)) {
      yield events.map((event) => recorded(event.logStreamName ?? "", event));
    }
  }

  private async page(request: logs.GetLogEventsRequest): Promise<logs.GetLogEventsResponse> {
    const { GetLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    try {
      return await this.client.send(new GetLogEventsCommand(request));
    } catch (error) {
      if (isNotFound(error)) {
        return {};
      }
      throw this.explained("GetLogEvents", error);
    }
  }

  private async *explaining<T>(action: string, pages: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* pages;
    } catch (error) {
      throw this.explained(action, error);
    }
  }

  private explained(action: string, error: unknown): Failure {
    const { name, region, recording } = this.environment;
    const { logGroupName, policies } = recording;
    if (isNotFound(error)) {
      return new Failure(
        `the log group ${logGroupName} is not there, not deployed yet: npm run deploy -- ${name}`,
      );
    }
    return awsFailure(error, {
      action: `logs:${action}`,
      region,
      allowedBy: `the policy ${policies.auditor}`,
    });
  }
}

/** The environment, typed as one that records; throws where recording is off. */
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
  { eventId, message = "", timestamp = 0 }: logs.FilteredLogEvent,
): RecordedEvent {
  const written = parsed(message);
  const { success, data } = AGENT_EVENT.safeParse(written);
  return {
    session,
    id: eventId,
    time: new Date(timestamp),
    owner: data?.userIdentity?.arn,
    instanceId: data?.target?.id,
    user: data?.runAsUser,
    lines: data?.sessionData ?? message.replace(/\r?\n$/, "").split(/\r?\n/),
    written: success ? written : message,
  };
}

function isNotFound(error: unknown): boolean {
  return (error as Error).name === "ResourceNotFoundException";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
