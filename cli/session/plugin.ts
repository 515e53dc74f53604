import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { environmentProfile } from "../aws/credentials";
import type { BegunSession } from "./aws-session";
import { type SessionRequest, startSessionInput } from "./start-session";

/** The variable in which the plugin finds what AWS answered: as an argument, everybody on the machine could read it. */
const RESPONSE = "AWS_SSM_START_SESSION_RESPONSE";

/** The plugin makes a socket in the folder for temporary files, whose whole path may have some 100 bytes. */
const LONGEST_TMPDIR = 60;

/** The arguments of AWS's plugin, as the AWS CLI gives them. */
export function pluginArgs(session: BegunSession, request: SessionRequest): string[] {
  const profile = environmentProfile() ?? "";
  const sent = JSON.stringify(startSessionInput(request));
  return [RESPONSE, request.region, "StartSession", profile, sent, session.endpoint];
}

/** The environment that AWS's plugin is run in, and what is to be done when it has ended. */
export function pluginEnv(
  session: BegunSession,
  streamUrl: string,
): { readonly env: NodeJS.ProcessEnv; readonly cleanUp: () => void } {
  const env = { ...process.env, [RESPONSE]: session.response(streamUrl) };
  if (Buffer.byteLength(tmpdir()) <= LONGEST_TMPDIR) {
    return { env, cleanUp: () => undefined };
  }
  const folder = mkdtempSync("/tmp/session-");
  return {
    env: { ...env, TMPDIR: folder },
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
  };
}
