import { questionsForKeeper } from "../instance/elsewhere";
import type { Examination } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";

/** As long as an agent may take, after a start, until its channel is open. */
export const STARTING_MINUTES = 10;

/** Whether an instance was started so lately that its agent may have no channel yet. */
export function isStarting(launched: Date | undefined): boolean {
  return launched !== undefined && Date.now() - launched.getTime() < STARTING_MINUTES * 60_000;
}

/**
 * Whether a service that answers outside the VPC does, as far as the agent's own standing proves it: Online that ssm does,
 * connected that ssmmessages does. Of the others, only those can tell who keep the network.
 */
export async function serviceElsewhere(examination: Examination, service: string): Promise<Finding> {
  const networks = examination.elsewhere(service) ?? [];
  const place = networks.join(", ");
  const proof = await proofOf(examination, service);
  if (proof !== undefined && proof.answers) {
    return pass(`answers in ${place}: ${proof.seen}`);
  }
  const questions = questionsForKeeper({ services: [service], networks }, await examination.caller());
  return proof === undefined
    ? unknown(`answers in ${place}, which cannot be seen from here`, questions)
    : fail(`does not answer in ${place}: ${proof.seen}`, questions);
}

/** What the instance's own standing proves of a service; undefined where that is nothing. */
async function proofOf(
  examination: Examination,
  service: string,
): Promise<{ answers: boolean; seen: string } | undefined> {
  if (service !== "ssm" && service !== "ssmmessages") {
    return undefined;
  }
  const isOnline = (await examination.registration().catch(() => undefined))?.PingStatus === "Online";
  if (!isOnline) {
    return undefined;
  }
  if (service === "ssm") {
    return { answers: true, seen: "the instance is Online, which it tells by ssm" };
  }
  const isConnected = await examination.isConnected().catch(() => undefined);
  const { LaunchTime } = await examination.instance();
  return isConnected === undefined || (!isConnected && isStarting(LaunchTime))
    ? undefined
    : {
        answers: isConnected,
        seen: isConnected
          ? "the agent has its channel there"
          : "the instance is Online by ssm, and its agent has no channel to ssmmessages",
      };
}
