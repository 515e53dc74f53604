import { clientConfig } from "../aws/client";
import { AwsFailure, attempt } from "../aws/errors";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { tell } from "../terminal/output";
import { type StackStates, knownBy } from "../terraform/state";

/** The arguments that name a policy which others have made. */
const NAMED = ["permissions_boundary", "policy_arn"];

/**
 * Throws if a policy that the settings name is not there: AWS would say so halfway through a deploy. Terraform could look
 * too, but would then demand the permission for it; where that is missing here, it is said, and the plan goes on.
 */
export async function refuseMissingPolicies(
  { name, region, stacks, instancesStack }: SynthesizedEnvironment,
  states: StackStates,
): Promise<void> {
  const isKnown = knownBy(states.values());
  const arns = stacks
    .flatMap(({ resources }) => resources)
    .flatMap(({ config }) => NAMED.map((argument) => config[argument]))
    .filter((arn): arn is string => typeof arn === "string" && arn.startsWith("arn:") && !arn.includes("${"));
  // What a state has is attached, and AWS deletes no such policy.
  const wanted = [...new Set(arns)].filter((arn) => !isKnown(arn));
  if (wanted.length === 0) {
    return;
  }
  // The clients take a while to load.
  const [{ GetPolicyCommand, IAMClient }, { inRole }] = await Promise.all([
    import("@aws-sdk/client-iam"),
    import("../aws/assume-role"),
  ]);
  const client = new IAMClient(await inRole(clientConfig(region), instancesStack.assumedRole));
  const isMissing = async (PolicyArn: string): Promise<boolean> => {
    try {
      const command = new GetPolicyCommand({ PolicyArn });
      await attempt({ action: "iam:GetPolicy", region }, () => client.send(command));
      return false;
    } catch (error) {
      if (!(error instanceof AwsFailure)) {
        throw error;
      }
      const isGone = error.code.startsWith("NoSuchEntity");
      if (!isGone) {
        tell(`whether ${PolicyArn} is there is not known: ${error.message}`);
      }
      return isGone;
    }
  };
  const answers = await Promise.all(wanted.map(isMissing)).finally(() => client.destroy());
  const missing = wanted.filter((_, index) => answers[index]);
  if (missing.length > 0) {
    throw new Failure(
      `${missing.join(", ")}: not there, or not in the account that is deployed to: correct iam in environments/${name}.ts, ` +
        "or have it made first (a policy with a path, such as service-role/, has that in its ARN)\nnothing was planned",
    );
  }
}
