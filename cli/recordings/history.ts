import type { SSMClient, Session, SessionFilter } from "@aws-sdk/client-ssm";
import { attempt } from "../aws/errors";
import type { RecordedEnvironment } from "./log-group";

/** A session that Systems Manager knows: one that is open, or was within the last 30 days. */
export interface PastSession {
  /** Its id. */
  readonly id: string;
  /** ARN of who opened it. */
  readonly owner: string | undefined;
  /** Id of the instance. */
  readonly instanceId: string | undefined;
  /** When it was opened. */
  readonly started: Date | undefined;
  /** When it ended; undefined while it is open. */
  readonly ended: Date | undefined;
  /** What became of it. */
  readonly state: "active" | "ended" | "failed";
  /** Whether it was opened with a document of the environment. */
  readonly ofEnvironment: boolean;
  /** Name of the tunnel that it is; undefined where it is a shell. */
  readonly tunnel: string | undefined;
}

/** The sessions of a Region, as Systems Manager remembers them. */
export class SessionHistory {
  constructor(
    private readonly client: SSMClient,
    private readonly environment: RecordedEnvironment,
  ) {}

  /** Every session. */
  public async all(): Promise<PastSession[]> {
    return [...(await this.ask("Active")), ...(await this.ask("History"))];
  }

  /** One session; undefined where it is not known any more. */
  public async find(id: string): Promise<PastSession | undefined> {
    const filters = [{ key: "SessionId" as const, value: id }];
    return (await this.ask("Active", filters))[0] ?? (await this.ask("History", filters))[0];
  }

  private async ask(state: "Active" | "History", filters?: SessionFilter[]): Promise<PastSession[]> {
    const { DescribeSessionsCommand } = await import("@aws-sdk/client-ssm");
    const { region, recording } = this.environment;
    const sessions: PastSession[] = [];
    let next: string | undefined;
    do {
      const { Sessions = [], NextToken } = await attempt(
        { action: "ssm:DescribeSessions", region, allowedBy: `the policy ${recording.policies.auditor}` },
        () =>
          this.client.send(
            new DescribeSessionsCommand({ State: state, Filters: filters, MaxResults: 200, NextToken: next }),
          ),
      );
      sessions.push(...Sessions.map((session) => this.told(session, state)));
      next = NextToken;
    } while (next !== undefined);
    return sessions;
  }

  private told(session: Session, state: "Active" | "History"): PastSession {
    const { documentName, forward } = this.environment.recording;
    const tunnel = forward.find((target) => target.documentName === session.DocumentName)?.name;
    return {
      id: session.SessionId ?? "",
      owner: session.Owner,
      instanceId: session.Target,
      started: session.StartDate,
      ended: session.EndDate,
      state: state === "Active" ? "active" : session.Status === "Failed" ? "failed" : "ended",
      ofEnvironment: session.DocumentName === documentName || tunnel !== undefined,
      tunnel,
    };
  }
}
