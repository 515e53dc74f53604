import type { ChosenInstance } from "../assembly/choose";
import { patience } from "../aws/ask-until";
import { reachable } from "../instance/wait-until-online";
import { Failure } from "../terminal/failure";
import { tell } from "../terminal/output";
import type { SessionOptions } from "./options";
import { installedPluginFault } from "./plugin-versions";
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
 * Finds the programs and the instance, and waits until it takes sessions. A plugin that can lose them is told.
 *
 * @param policy the policy that allows it; undefined where there is none
 * @throws where a program is missing, AWS does not support the plugin, or the instance is not reachable in time.
 */
export async function readySession(
  chosen: ChosenInstance,
  { timeout, reason }: SessionOptions,
  policy: string | undefined,
): Promise<ReadySession> {
  const { region } = chosen.environment;
  const program = awsProgram();
  await heedPlugin();
  const id = await reachable(chosen, patience(timeout), policy);
  return {
    program,
    id,
    args: (request) => startSessionArgs({ region, id, reason, ...request }),
    explain: (error) => sessionFailure(error, { ...chosen, policy }),
  };
}

/** Its start takes no time of its own: meanwhile what asks AWS is loaded, which takes longer. */
async function heedPlugin(): Promise<void> {
  const [fault] = await Promise.all([
    installedPluginFault(),
    import("@aws-sdk/client-ec2"),
    import("@aws-sdk/client-ssm"),
  ]);
  if (fault === undefined) {
    return;
  }
  const text = `${fault.seen}: ${fault.fix}`;
  if (fault.refused) {
    throw new Failure(text);
  }
  tell(text);
}
