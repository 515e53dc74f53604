import type { ChosenInstance } from "../assembly/choose";
import { clientConfig } from "../aws/client";
import { Failure } from "../terminal/failure";
import { type Check, verifyInstance } from "./verify";
import { patience } from "../aws/ask-until";

/** What was found of an instance. */
export interface Verified {
  readonly instance: string;
  readonly checks: readonly Check[];
}

/**
 * Checks instances at once. One that cannot even be looked up has a check that failed, where others can.
 *
 * @throws where none can be looked up.
 */
export async function verifyAll(
  chosen: readonly ChosenInstance[],
  timeout: number,
  say: (text: string) => void,
): Promise<Verified[]> {
  const [{ EC2Client }, { SSMClient }] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("@aws-sdk/client-ssm"),
  ]);
  const config = clientConfig(chosen[0]?.environment.region ?? "");
  const options = {
    ec2: new EC2Client(config),
    ssm: new SSMClient(config),
    patience: patience(timeout),
    say,
  };
  const results = await Promise.allSettled(chosen.map((one) => verifyInstance(one, options)));
  const reasons = results.map((result) =>
    result.status === "rejected" ? (result.reason as Error) : undefined,
  );
  const mistake = reasons.find((reason) => reason !== undefined && !(reason instanceof Failure));
  if (mistake !== undefined || reasons.every((reason) => reason !== undefined)) {
    throw mistake ?? reasons[0];
  }
  return results.map((result, index) => ({
    instance: chosen[index]?.instance.name ?? "",
    checks:
      result.status === "fulfilled"
        ? result.value
        : [{ check: "running", result: "FAIL", seen: (reasons[index] as Error).message }],
  }));
}
