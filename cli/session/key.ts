import { awsFailure } from "../aws/errors";
import { clientConfig } from "../aws/client";
import { type SynthesizedEnvironment, stackOf } from "../assembly/environments";
import type { Failure } from "../terminal/failure";

/**
 * Why the key of recorded sessions is refused to whoever asks.
 *
 * @param policy the policy that allows it
 */
export function keyFailure(
  error: unknown,
  { region, recording }: SynthesizedEnvironment,
  policy = recording?.policies.shell,
): Failure {
  const allowedBy = policy && `the policy ${policy}`;
  return awsFailure(error, { action: "kms:GenerateDataKey", region, allowedBy });
}

/** Asks for the key of recorded sessions without using it: the error, or undefined where it is given, or there is none. */
export async function refusedKey(environment: SynthesizedEnvironment): Promise<unknown> {
  const { region, recording } = environment;
  const alias = stackOf(environment, "sessions")?.resources.find(({ type }) => type === "aws_kms_alias");
  if (recording === undefined || alias === undefined) {
    return undefined;
  }
  const { GenerateDataKeyCommand, KMSClient } = await import("@aws-sdk/client-kms");
  try {
    // Asked once: what KMS cannot be asked, the session itself will tell.
    await new KMSClient({ ...clientConfig(region), maxAttempts: 1 }).send(
      new GenerateDataKeyCommand({
        KeyId: String(alias.config.name),
        KeySpec: "AES_256",
        // The policy for shells wants to know that it is for a session on an instance, whichever.
        EncryptionContext: { "aws:ssm:SessionId": "dry-run", "aws:ssm:TargetId": "i-00000000000000000" },
        DryRun: true,
      }),
    );
    return undefined;
  } catch (error) {
    // A dry run that is allowed ends in an error, too.
    return (error as Error).name === "DryRunOperationException" ? undefined : error;
  }
}
