import { awsFailure } from "../aws/errors";
import type { ChosenInstance } from "../assembly/choose";
import { Failure } from "../terminal/failure";
import { findProgram, whyNotFound } from "../process/find-program";
import { INSTALL_PLUGIN, OLDEST_PLUGIN, PLUGIN, findPlugin } from "./plugin-versions";

/** What the AWS CLI is told to open. */
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

/** What an error of the AWS CLI is explained with. */
export interface SessionContext extends ChosenInstance {
  /** The policy that allows it; undefined where there is none. */
  readonly policy: string | undefined;
}

/** What the AWS CLI said went wrong, with the name that the service gave it. */
export interface CliError {
  /** Such as `AccessDeniedException`; empty where no service said it. */
  readonly name: string;
  readonly action: string;
  readonly message: string;
}

const INSTALL_CLI =
  "install the AWS CLI, https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html (version 2)";

function noPlugin(): string {
  return `${whyNotFound(PLUGIN)}: install it, ${INSTALL_PLUGIN} (${OLDEST_PLUGIN} or later, the oldest that AWS supports)`;
}

/**
 * The AWS CLI, where its plugin is there too.
 *
 * @throws where either is not on the PATH, with all that is missing.
 */
export function awsProgram(): string {
  const aws = findProgram("aws");
  const missing = [
    ...(aws === undefined ? [`${whyNotFound("aws")}: ${INSTALL_CLI}`] : []),
    ...(findPlugin() === undefined ? [noPlugin()] : []),
  ];
  if (aws === undefined || missing.length > 0) {
    throw new Failure(missing.join("\n"));
  }
  return aws;
}

/** The arguments of the AWS CLI that open a session. */
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

/** Reads what the AWS CLI wrote to its standard error; undefined where it says nothing of use. */
export function cliError(stderr: string): CliError | undefined {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const line = lines.find((one) => one.includes("An error occurred (")) ?? lines.at(-1);
  if (line === undefined) {
    return undefined;
  }
  // Older versions hand the session's token to the plugin as an argument: it is for nobody to read.
  const harmless = line.replace(/Command .*session-manager-plugin.*(?= (returned|died) )/, "the plugin");
  const [, name = "", operation = "StartSession", said = harmless] =
    /An error occurred \((\w+)\) when calling the (\w+) operation(?: \(reached max retries: \d+\))?: (.*)/.exec(
      line,
    ) ?? [];
  // The key of the recordings has a permission of its own, which only the message names.
  const [, action = `ssm:${operation}`] = /not authorized to perform: ([\w-]+:\w+)/.exec(said) ?? [];
  return { name, action, message: said };
}

/** Why a session was not opened, and what a person can do. */
export function sessionFailure(error: CliError, context: SessionContext): Failure {
  const { environment, instance, policy } = context;
  const { name, message, action } = error;
  if (message.includes("SessionManagerPlugin is not found")) {
    return new Failure(noPlugin());
  }
  // As versions say that know no sessions, or no profiles with an sso-session.
  if (/Invalid choice.*start-session|Missing the following required SSO config/i.test(message)) {
    return new Failure(`your AWS CLI is too old: ${INSTALL_CLI} (${message})`);
  }
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
  return awsFailure(error, {
    action,
    region: environment.region,
    allowedBy: policy && `the policy ${policy}`,
  });
}

function listed(values: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
}
