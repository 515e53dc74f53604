import type { GetCommandInvocationCommandOutput, SSMClient } from "@aws-sdk/client-ssm";
import { attempt, isDenied } from "./errors";
import { Failure } from "../terminal/failure";
import { pause } from "../terminal/times";

/** Time between two looks, and how many: more than delivery and the script may take together. */
const INTERVAL = 1_000;
const LOOKS = 150;

/** States of a command that is not done. */
const UNFINISHED = ["Pending", "InProgress", "Delayed", "Cancelling"];

/**
 * Runs a shell script on an instance with Run Command, and gives its output: no more than the 24,000 characters that
 * Systems Manager keeps.
 *
 * @throws where it may not, did not end well, or not in time.
 */
export async function runScript(
  ssm: SSMClient,
  instanceId: string,
  script: string,
  region: string,
  wait = pause,
): Promise<string> {
  const { GetCommandInvocationCommand, SendCommandCommand } = await import("@aws-sdk/client-ssm");
  const command = new SendCommandCommand({
    DocumentName: "AWS-RunShellScript",
    InstanceIds: [instanceId],
    Parameters: { commands: script.split("\n"), executionTimeout: ["60"] },
    TimeoutSeconds: 60,
    Comment: "npm run verify",
  });
  const { Command } = await attempt({ action: "ssm:SendCommand", region }, async () => {
    try {
      return await ssm.send(command);
    } catch (error) {
      throw isDenied(error)
        ? new Failure(
            `denied: ssm:SendCommand in ${region}: it takes an administrator, no operator may run commands`,
          )
        : error;
    }
  });
  const look = (): Promise<GetCommandInvocationCommandOutput | undefined> =>
    attempt({ action: "ssm:GetCommandInvocation", region }, async () => {
      try {
        return await ssm.send(
          new GetCommandInvocationCommand({ CommandId: Command?.CommandId, InstanceId: instanceId }),
        );
      } catch (error) {
        // For a moment after it was sent.
        if ((error as Error).name === "InvocationDoesNotExist") {
          return undefined;
        }
        throw error;
      }
    });
  let status: string | undefined;
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const invocation = await look();
    status = invocation?.Status ?? "Pending";
    if (status === "Success") {
      return invocation?.StandardOutputContent ?? "";
    }
    if (!UNFINISHED.includes(status)) {
      throw new Failure(
        `Run Command ended with ${invocation?.StatusDetails || status}: aws ssm get-command-invocation --command-id ` +
          `${Command?.CommandId} --instance-id ${instanceId} --region ${region} has what it said`,
      );
    }
    await wait(INTERVAL);
  }
  throw new Failure(
    `Run Command is still ${status}: npm run doctor tells whether the agent has a channel to take it by`,
  );
}
