import { AwsFailure, awsFailure } from "../aws/errors";
import { findProgram } from "../process/find-program";
import { capture } from "../process/run";
import { Failure } from "../terminal/failure";

/**
 * Asks a service by the AWS CLI, where it is there: for the few questions to services that nothing else here
 * asks, each of which would take a client of its own.
 *
 * @param action the permission that it takes, such as `scheduler:GetSchedule`
 * @throws where it is not there, or AWS does not answer.
 */
export async function askByCli<T>(action: string, region: string, args: readonly string[]): Promise<T> {
  const program = findProgram("aws");
  if (program === undefined) {
    throw new Failure("not asked, without the AWS CLI");
  }
  const asked = [...args, "--region", region, "--output", "json", "--no-cli-pager"];
  const { status, stdout, stderr } = await capture(program, asked);
  if (status !== 0) {
    const { name = "", message = stderr.trim() } = cliError(stderr) ?? {};
    throw awsFailure(Object.assign(new Error(message), { name }), { action, region });
  }
  try {
    return JSON.parse(stdout) as T;
  } catch {
    throw new Failure(`not known: aws ${args.slice(0, 2).join(" ")} did not answer with JSON`);
  }
}

/** Asks for what may be missing: undefined then. */
export async function missingAs<T>(ask: () => Promise<T>, absent: string): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AwsFailure && error.code.startsWith(absent)) {
      return undefined;
    }
    throw error;
  }
}

/** What the AWS CLI said went wrong, with the name that the service gave it. */
export function cliError(stderr: string): { readonly name: string; readonly message: string } | undefined {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const line = lines.find((one) => one.includes("An error occurred (")) ?? lines.at(-1);
  if (line === undefined) {
    return undefined;
  }
  const [, name = "", message = line] =
    /An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: (.*)/.exec(
      line,
    ) ?? [];
  return { name, message };
}
