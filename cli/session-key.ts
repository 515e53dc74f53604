import { awsFailure, clientConfig, isDenied } from "./aws";
import { type SynthesizedEnvironment, stackOf } from "./environments";
import { tell } from "./terminal";

/**
 * Tells a person who may not use the key of recorded sessions. Their session would end as it begins, and the plugin
 * would show why in AWS's words alone, where nobody can add to them.
 */
export async function tellOfDeniedKey(environment: SynthesizedEnvironment): Promise<void> {
  const { region, recording } = environment;
  const alias = stackOf(environment, "sessions")?.resources.find(({ type }) => type === "aws_kms_alias");
  if (recording === undefined || alias === undefined) {
    return;
  }
  const { GenerateDataKeyCommand, KMSClient } = await import("@aws-sdk/client-kms");
  try {
    // Asked once: what KMS cannot be asked, the session itself will tell.
    await new KMSClient({ ...clientConfig(region), maxAttempts: 1 }).send(
      new GenerateDataKeyCommand({ KeyId: String(alias.config.name), KeySpec: "AES_256", DryRun: true }),
    );
  } catch (error) {
    // A dry run that is allowed ends in an error, too.
    if (isDenied(error)) {
      const allowedBy = `the policy ${recording.policies.shell}`;
      tell(awsFailure(error, { action: "kms:GenerateDataKey", region, allowedBy }).message);
    }
  }
}
