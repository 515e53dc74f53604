import type { SSMClient, Session, SessionFilter } from "@aws-sdk/client-ssm";
import { pagesOf } from "../aws/client";
import { attempt } from "../aws/errors";
import type { RecordedEnvironment } from "./log-group";

/** A session that Systems Manager knows: one that is open, or was within the last 30 days. */
export interface PastSession {
  readonly id: string;
  /** ARN of the person who opened it. */
  readonly owner: string | undefined;
  readonly instanceId: string | undefined;
  readonly started: Date | undefined;
  /** Undefined while it is open. */
  readonly ended: Date | undefined;
  readonly state: "active" | "ended" | "failed";
  /** Whether it was opened with a document of the environment. */
  readonly ofEnvironment: boolean;
  /** Name of the tunnel; undefined where the session is a shell. */
  readonly tunnel: string | undefined;
}

/** The sessions of a Region, as Systems Manager remembers them. */
export class SessionHistory {
  constructor(
    private readonly client: SSMClient,
    private readonly environment: RecordedEnvironment,
  ) {}

  public async all(): Promise<PastSession[]> {
    return [...(await this.ask("Active")), ...(await this.ask("History"))];
  }

  /** One session; undefined where it is not known any more. */
  public async find(id: string): Promise<PastSession | undefined> {
    const filters = [{ key: "SessionId" as const, value: id }];
    return (await this.ask("Active", filters))[0] ?? (await this.ask("History", filters))[0];
  }

  private async ask(state: "Active" | "History", filters?: SessionFilter[]): Promise<PastSession[]> {
    const { paginateDescribeSessions } = await import("@aws-sdk/client-ssm");
    const { region, recording } = this.environment;
    const what = {
      action: "ssm:DescribeSessions",
      region,
      allowedBy: `the policy ${recording.policies.auditor}`,
    };
    const request = { State: state, Filters: filters };
    const pages = paginateDescribeSessions({ client: this.client, pageSize: 200 }, request);
    const sessions = await attempt(what, () => pagesOf(pages, (page) => page.Sessions));
    return sessions.map((session) => this.pastSession(session, state));
  }

  private pastSession(session: Session, state: "Active" | "History"): PastSession {
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
