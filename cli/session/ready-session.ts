import type { ChosenInstance } from "../assembly/choose";
import { patience } from "../aws/ask-until";
import { reachable } from "../instance/wait-until-online";
import type { Failure } from "../terminal/failure";
import type { SessionOptions } from "./options";
import {
  type CliError,
  type SessionRequest,
  awsProgram,
  sessionFailure,
  startSessionArgs,
} from "./start-session";

/** All that it takes to open sessions on an instance that takes them. */
export interface ReadySession {
  /** The AWS CLI, absolute. */
  readonly program: string;
  readonly id: string;
  readonly args: (request: Pick<SessionRequest, "documentName" | "parameters">) => string[];
  readonly explain: (error: CliError) => Failure;
}

/**
 * Finds the programs and the instance, and waits until it takes sessions.
 *
 * @param policy the policy that allows it; undefined where there is none
 * @throws where a program is missing, or the instance is not reachable in time.
 */
export async function readySession(
  chosen: ChosenInstance,
  { timeout, reason }: SessionOptions,
  policy: string | undefined,
): Promise<ReadySession> {
  const { region } = chosen.environment;
  const program = awsProgram();
  const id = await reachable(chosen, patience(timeout), policy);
  return {
    program,
    id,
    args: (request) => startSessionArgs({ region, id, reason, ...request }),
    explain: (error) => sessionFailure(error, { ...chosen, policy }),
  };
}
