import type { RecordedEnvironment } from "../../cli/recordings/log-group";

/** An environment that records, as the commands read it: what recordings and sessions need of it. */
export const RECORDED = {
  name: "dev",
  region: "eu-central-1",
  recording: {
    documentName: "SessionManager-dev",
    logGroupName: "/session-manager/dev",
    policies: { shell: "dev-session-shell", forward: "dev-session-forward", auditor: "dev-session-auditor" },
    forward: [{ name: "db", documentName: "SessionManager-dev-forward-db", host: "db.internal", port: 5432 }],
  },
} as unknown as RecordedEnvironment;

/** An event as the agent writes it, with Go's escapes. */
export function agentEvent(session: string, ...sessionData: readonly string[]): string {
  return JSON.stringify({
    eventVersion: "1.0",
    eventTime: "2026-01-01T12:00:00Z",
    awsRegion: "eu-central-1",
    target: { id: "i-0123456789abcdef0" },
    userIdentity: { arn: `arn:aws:sts::111122223333:assumed-role/Operator/${session.split("-")[0]}` },
    runAsUser: "ssm-user",
    sessionId: session,
    sessionData,
  }).replace(/[&<>\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** An error of AWS. */
export function awsError(name: string, message = "the service says no"): Error {
  return Object.assign(new Error(message), { name });
}
