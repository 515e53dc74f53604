import type { EC2Client, Filter, Instance } from "@aws-sdk/client-ec2";
import { ACCESS_TAG } from "../../modules/facts/names";
import { type DeployedOutputs, STACK_TAG } from "../../stacks/contract";
import { attempt } from "../aws/errors";
import type { ChosenInstance } from "../assembly/choose";
import type { SynthesizedInstance } from "../assembly/environments";
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

/** Tags that tell an instance of before stacks had identities. Settings may have their keys in any case. */
const TELLING = [ACCESS_TAG, "Environment"].map((key) => key.toLowerCase());

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
    const ids = outputs?.instance_ids ?? {};
    id = ids[instance.name] ?? ids[instance.renamedFrom ?? ""];
    stateUnread =
      id === undefined ? `the state of ${instancesStack.name} has no ${instance.name}` : undefined;
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error;
    }
    stateUnread = error.message;
  }
  const { DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
  const describe = async (Filters: Filter[]): Promise<Instance[]> => {
    const { Reservations = [] } = await attempt(what, () =>
      ec2.send(new DescribeInstancesCommand({ Filters })),
    );
    return Reservations.flatMap(({ Instances = [] }) => Instances).filter(({ State }) =>
      ALIVE.includes(State?.Name ?? ""),
    );
  };
  const found =
    id === undefined
      ? await findByTags(instance, describe)
      : await describe([{ Name: "instance-id", Values: [id] }]);
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

/** What the Name tag of an instance may be: a rename that is not deployed yet has not changed it. */
function nameTags({ name, renamedFrom, tags: { Name = name } }: SynthesizedInstance): string[] {
  const isCalculated = renamedFrom !== undefined && Name.endsWith(`-${name}`);
  return isCalculated ? [Name, `${Name.slice(0, -name.length)}${renamedFrom}`] : [Name];
}

/**
 * Finds an instance by its name and its stack's identity: every other tag may have been changed by a setting since the
 * deploy, and be carried by others as well. What was deployed before there was an identity is told by the other tags.
 */
async function findByTags(
  instance: SynthesizedInstance,
  describe: (filters: Filter[]) => Promise<Instance[]>,
): Promise<Instance[]> {
  const { tags } = instance;
  const carried = ({ Tags }: Instance): string | undefined =>
    Tags?.find(({ Key }) => Key === STACK_TAG)?.Value;
  const named = [tagFilter("Name", ...nameTags(instance)), { Name: "instance-state-name", Values: ALIVE }];
  const own = (await describe(named)).filter(
    (one) => tags[STACK_TAG] !== undefined && carried(one) === tags[STACK_TAG],
  );
  if (own.length > 0) {
    return own;
  }
  const telling = Object.entries(tags).filter(([key]) => TELLING.includes(key.toLowerCase()));
  const alike = await describe([...named, ...telling.map(([key, value]) => tagFilter(key, value))]);
  return alike.filter((one) => carried(one) === undefined);
}

function tagFilter(key: string, ...values: string[]): Filter {
  return { Name: `tag:${key}`, Values: values.map((value) => value.replace(/[*?\\]/g, "\\$&")) };
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
