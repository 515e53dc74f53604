import type { EC2Client, Filter, Instance } from "@aws-sdk/client-ec2";
import { type DeployedOutputs, STACK_TAG } from "../../stacks/contract";
import { attempt } from "../aws/errors";
import type { ChosenInstance } from "../assembly/choose";
import { Failure } from "../terminal/failure";
import { readOutputs } from "../terraform/outputs";
import type { SynthesizedStack } from "../assembly/stacks";

/** An instance that is there. */
export interface FoundInstance {
  readonly id: string;
  readonly described: Instance;
  /** Why it was looked up by its tags; undefined where the state named it. */
  readonly stateUnread: string | undefined;
  /** What the state publishes; undefined where it did not name the instance. */
  readonly outputs: DeployedOutputs | undefined;
}

/** Tags that tell an instance from others, and seldom change. */
const TELLING = ["Name", "SessionAccess", "Environment"];

/** States of an instance that is not gone. */
const ALIVE = ["pending", "running", "stopping", "stopped"];

/**
 * Finds a deployed instance: by the id in the state, or, for those who cannot read it, by the tags that its JSON gives it.
 *
 * @param policy the policy that allows it
 * @throws where it is not deployed, is gone, or cannot be told from another.
 */
export async function findInstance(
  { environment, instance }: ChosenInstance,
  ec2: EC2Client,
  policy = environment.recording?.policies.shell,
): Promise<FoundInstance> {
  const { instancesStack, region } = environment;
  const what = {
    action: "ec2:DescribeInstances",
    region,
    allowedBy: policy && `the policy ${policy}`,
  };
  let stateUnread: string | undefined;
  let id: string | undefined;
  let outputs: DeployedOutputs | undefined;
  try {
    outputs = await outputsOnce(instancesStack);
    id = outputs?.instance_ids?.[instance.name];
    stateUnread =
      id === undefined ? `the state of ${instancesStack.name} has no ${instance.name}` : undefined;
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error;
    }
    stateUnread = error.message;
  }
  const filters: Filter[] =
    id === undefined
      ? [
          ...Object.entries(instance.tags)
            .filter(([key]) => TELLING.includes(key))
            .map(([key, value]) => ({ Name: `tag:${key}`, Values: [value.replace(/[*?\\]/g, "\\$&")] })),
          { Name: "instance-state-name", Values: ALIVE },
        ]
      : [{ Name: "instance-id", Values: [id] }];
  const { DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
  const { Reservations = [] } = await attempt(what, () =>
    ec2.send(new DescribeInstancesCommand({ Filters: filters })),
  );
  const alive = Reservations.flatMap(({ Instances = [] }) => Instances).filter(({ State }) =>
    ALIVE.includes(State?.Name ?? ""),
  );
  const identity = instance.tags[STACK_TAG];
  const found = id === undefined && identity !== undefined ? ownOf(alive, identity) : alive;
  const [described, another] = found;
  if (described?.InstanceId === undefined) {
    throw new Failure(
      id === undefined
        ? `${instance.name} is not deployed, or in another account than your credentials (${stateUnread}): npm run deploy -- ${environment.name}`
        : `${instance.name} (${id}), which the state names, is gone, or in another account than your credentials: ` +
            `npm run deploy -- ${environment.name}`,
    );
  }
  if (another !== undefined) {
    throw new Failure(
      `${instance.name} is not to be told from others: ${found.map(({ InstanceId }) => InstanceId).join(", ")} ` +
        `carry its tags, and ${stateUnread}: whoever may read that state can tell which it is`,
    );
  }
  return { id: described.InstanceId, described, stateUnread, outputs };
}

/**
 * Of instances that carry the same tags, those of this environment: others may have the tags that their organization
 * prescribes, but not the stack's identity. What was deployed before there was an identity has none.
 */
function ownOf(instances: readonly Instance[], identity: string): readonly Instance[] {
  const carried = ({ Tags }: Instance): string | undefined =>
    Tags?.find(({ Key }) => Key === STACK_TAG)?.Value;
  const own = instances.filter((one) => carried(one) === identity);
  return own.length > 0 ? own : instances.filter((one) => carried(one) === undefined);
}

const READ = new WeakMap<SynthesizedStack, Promise<DeployedOutputs | undefined>>();

/**
 * What a stack publishes, read once: many instances share a state.
 *
 * @throws where the state cannot be read.
 */
export function outputsOnce(stack: SynthesizedStack): Promise<DeployedOutputs | undefined> {
  const read = READ.get(stack) ?? readOutputs(stack);
  READ.set(stack, read);
  return read;
}
