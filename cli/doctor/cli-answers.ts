import { AwsFailure, awsFailure } from "../aws/errors";
import { capture, findProgram } from "../process/run";
import { cliError } from "../session/start-session";
import { Failure } from "../terminal/failure";

/**
 * Asks a service by the AWS CLI, which whoever opens sessions has: for the few questions to services that nothing else here
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
