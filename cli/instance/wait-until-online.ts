import type { InstanceInformation, SSMClient } from "@aws-sdk/client-ssm";
import { type Patience, askUntil, endOf } from "../aws/ask-until";
import { clientConfig } from "../aws/client";
import { type Attempt, attempt, awsFailure, isDenied } from "../aws/errors";
import type { ChosenInstance } from "../assembly/choose";
import { Failure } from "../terminal/failure";
import { findInstance } from "./find";
import { progress } from "../terminal/progress";
import { tell } from "../terminal/output";

/** What it is between being Online and taking sessions. */
const NOT_YET = "Online, but takes no sessions";

/**
 * Finds an instance, and waits until Systems Manager can open sessions on it: its id.
 *
 * @param policy the policy that allows these questions; undefined where there is none
 * @throws where it is not deployed, not running, or not Online in time.
 */
export async function reachable(
  chosen: ChosenInstance,
  waiting: Patience,
  policy: string | undefined,
): Promise<string> {
  const { region } = chosen.environment;
  const { name } = chosen.instance;
  const [{ EC2Client }, { SSMClient }] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("@aws-sdk/client-ssm"),
  ]);
  let stateUnread: string | undefined;
  const found = await progress(`looking for ${name} in ${region}`, async (say) => {
    const instance = await findInstance(chosen, new EC2Client(clientConfig(region)), policy);
    stateUnread = instance.stateUnread;
    refuseStopped(name, region, instance.id, instance.described.State?.Name);
    const allowedBy = policy && `the policy ${policy}`;
    const what = { action: "ssm:DescribeInstanceInformation", region, allowedBy };
    await waitUntilOnline(new SSMClient(clientConfig(region)), { name, id: instance.id }, what, waiting, say);
    return instance.id;
  });
  if (stateUnread !== undefined) {
    tell(`${name} is ${found}, found by its tags: ${stateUnread}`);
  }
  return found;
}

/**
 * Waits until an instance is Online in Systems Manager, and its agent takes sessions, which it does somewhat later.
 *
 * @throws where it is not in time.
 */
export async function waitUntilOnline(
  ssm: Pick<SSMClient, "send">,
  target: { readonly name: string; readonly id: string },
  what: Attempt,
  waiting: Patience,
  say: (text: string) => void,
): Promise<void> {
  const { name, id } = target;
  const end = endOf(waiting);
  const late = (is: string): Failure =>
    new Failure(`${name} (${id}) is ${is} after ${waiting.seconds} s: npm run doctor -- ${name} tells why`);
  const status = (await askUntilOnline(ssm, target, what, waiting, say, end))?.PingStatus;
  if (status !== "Online") {
    throw late(`${standing(status)} in Systems Manager`);
  }
  const taken = await askUntil(
    () => takesSessions(ssm, id, what),
    (takes) => takes,
    () => `${name} (${id}) is ${NOT_YET}`,
    waiting,
    say,
    end,
  );
  if (!taken) {
    throw late(NOT_YET);
  }
}

/** What Systems Manager knows of an instance, once it is Online or time is up; undefined where it is not registered. */
export async function askUntilOnline(
  ssm: Pick<SSMClient, "send">,
  { name, id }: { readonly name: string; readonly id: string },
  what: Attempt,
  waiting: Patience,
  say: (text: string) => void,
  end = endOf(waiting),
): Promise<InstanceInformation | undefined> {
  const { DescribeInstanceInformationCommand } = await import("@aws-sdk/client-ssm");
  const command = new DescribeInstanceInformationCommand({ Filters: [{ Key: "InstanceIds", Values: [id] }] });
  return askUntil(
    async () => (await attempt(what, () => ssm.send(command))).InstanceInformationList?.[0],
    (information) => information?.PingStatus === "Online",
    (information) => `${name} (${id}) is ${standing(information?.PingStatus)} in Systems Manager`,
    waiting,
    say,
    end,
  );
}

/** Whether an instance's agent has the channel on which sessions come. */
export async function isConnected(ssm: Pick<SSMClient, "send">, id: string): Promise<boolean> {
  const { GetConnectionStatusCommand } = await import("@aws-sdk/client-ssm");
  return (await ssm.send(new GetConnectionStatusCommand({ Target: id }))).Status === "connected";
}

async function takesSessions(ssm: Pick<SSMClient, "send">, id: string, what: Attempt): Promise<boolean> {
  try {
    return await isConnected(ssm, id);
  } catch (error) {
    // Who may open sessions need not be allowed to ask this: the session itself will tell.
    if (isDenied(error)) {
      return true;
    }
    throw awsFailure(error, { ...what, action: "ssm:GetConnectionStatus" });
  }
}

function standing(status: string | undefined): string {
  return status === undefined ? "not registered" : `registered, but ${status}`;
}

function refuseStopped(name: string, region: string, id: string, state: string | undefined): void {
  if (state === "stopped" || state === "stopping") {
    const start = `aws ec2 start-instances --region ${region} --instance-ids ${id}`;
    throw new Failure(
      `${name} (${id}) is ${state}: ${state === "stopped" ? start : `once it is stopped, ${start}`}`,
    );
  }
}
