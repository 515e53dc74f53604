import { awsFailure, isPassing } from "../aws/errors";
import type { ChosenInstance } from "../assembly/choose";
import { Failure } from "../terminal/failure";

/** What AWS is asked to open. */
export interface SessionRequest {
  readonly region: string;
  readonly id: string;
  /**
   * The document that says what the session is.
   * @default - the account's own preferences
   */
  readonly documentName?: string;
  /**
   * Values for the document's parameters.
   * @default - none
   */
  readonly parameters?: Readonly<Record<string, string>>;
  /**
   * Why it is opened: AWS keeps it with the session.
   * @default - none
   */
  readonly reason?: string;
}

/** What the end of a session is explained with. */
export interface SessionContext extends ChosenInstance {
  /** The policy that allows it; undefined where there is none. */
  readonly policy: string | undefined;
}

/** What AWS is asked for to begin a session. */
export function startSessionInput({ id, documentName, parameters, reason }: SessionRequest) {
  return {
    Target: id,
    DocumentName: documentName,
    Reason: reason,
    Parameters: parameters && listed(parameters),
  };
}

/** The arguments of the AWS CLI that open the same session. */
export function startSessionArgs(request: SessionRequest): string[] {
  const { region, id, documentName, parameters, reason } = request;
  return [
    ...["ssm", "start-session", "--region", region, "--target", id],
    ...(documentName === undefined ? [] : ["--document-name", documentName]),
    ...(parameters === undefined ? [] : ["--parameters", JSON.stringify(listed(parameters))]),
    // In one: else what begins with a dash is taken for another option.
    ...(reason === undefined ? [] : [`--reason=${reason}`]),
  ];
}

/** Waits for AWS, and keeps with an error what was asked for, since a session asks for several things. */
export async function asking<T>(action: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw Object.assign(error as Error, { action });
  }
}

/** Why AWS did not open a session, or let nobody back into it, and what a person can do. */
export function sessionFailure(error: unknown, context: SessionContext): Failure {
  const { environment, instance, policy } = context;
  const { name, message, action = "ssm:StartSession" } = error as Error & { readonly action?: string };
  if (name === "TargetNotConnected") {
    return new Failure(
      `${instance.name} is not connected to Systems Manager: npm run doctor -- ${instance.name} tells why (${message})`,
    );
  }
  if (name === "InvalidDocument") {
    return new Failure(
      `the session's document is not in ${environment.region}: npm run deploy -- ${environment.name} (${message})`,
    );
  }
  // The key of the recordings has a permission of its own, which only the message may name.
  const [, said = action] = /not authorized to perform: ([\w-]+:\w+)/.exec(message) ?? [];
  return awsFailure(error, {
    action: said,
    region: environment.region,
    allowedBy: policy && `the policy ${policy}`,
  });
}

/** Whether a session that AWS did not open may be opened later: the instance starts again, or the network comes back. */
export function mayPass(error: unknown): boolean {
  return (error as Error).name === "TargetNotConnected" || isPassing(error);
}

function listed(values: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
}
