import type { Instance } from "@aws-sdk/client-ec2";
import type { InstanceInformation, SSMClient } from "@aws-sdk/client-ssm";
import { type Patience, askUntil, endOf } from "../aws/ask-until";
import { clientConfig } from "../aws/client";
import { type Attempt, attempt, awsFailure, isDenied } from "../aws/errors";
import type { ChosenInstance } from "../assembly/choose";
import { Failure } from "../terminal/failure";
import { awayOf, callerOf, questionsForKeeper } from "./elsewhere";
import { findInstance } from "./find";
import { progress } from "../terminal/progress";
import { tell } from "../terminal/output";

/** What it is between being Online and taking sessions. */
const NOT_YET = "Online, but takes no sessions";

/** What it is where that lasts: ssm answers its agent, as being Online proves, and ssmmessages does not. */
const NO_CHANNEL = "Online, but has no channel to ssmmessages, by which sessions come,";

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
    const target = { name, id: instance.id, beyond: beyond(chosen, instance.described) };
    await waitUntilOnline(new SSMClient(clientConfig(region)), target, what, waiting, say);
    return instance.id;
  });
  if (stateUnread !== undefined) {
    tell(`${name} is ${found}, found by its tags: ${stateUnread}`);
  }
  return found;
}

/** What is said of services that no command can see from here; nothing where all answer in the VPC. */
type Beyond = (services: readonly string[]) => string;

function beyond({ environment }: ChosenInstance, described: Instance): Beyond {
  return (services) => {
    const away = awayOf(environment, services);
    return away === undefined ? "" : `; ${questionsForKeeper(away, callerOf(described))}`;
  };
}

/**
 * Waits until an instance is Online in Systems Manager, and its agent takes sessions, which it does somewhat later.
 *
 * @throws where it is not in time.
 */
export async function waitUntilOnline(
  ssm: Pick<SSMClient, "send">,
  target: { readonly name: string; readonly id: string; readonly beyond?: Beyond },
  what: Attempt,
  waiting: Patience,
  say: (text: string) => void,
): Promise<void> {
  const { name, id, beyond = () => "" } = target;
  const end = endOf(waiting);
  const late = (is: string, services: readonly string[]): Failure =>
    new Failure(
      `${name} (${id}) is ${is} after ${waiting.seconds} s: npm run doctor -- ${name} tells why${beyond(services)}`,
    );
  const status = (await askUntilOnline(ssm, target, what, waiting, say, end))?.PingStatus;
  if (status !== "Online") {
    throw late(`${standing(status)} in Systems Manager`, ["ssm", "ssmmessages"]);
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
    throw late(NO_CHANNEL, ["ssmmessages"]);
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
