import { clientConfig } from "../aws/client";
import { attempt } from "../aws/errors";
import type { SynthesizedEnvironment } from "../assembly/environments";
import type { SynthesizedStack } from "../assembly/stacks";
import { Failure } from "../terminal/failure";
import { STACK_TAG } from "../../stacks/contract";
import { type StackStates, isEmpty, knownBy, stacksOfEmptyStates } from "../terraform/state";
import { stateLocation } from "../terraform/state-location";
import { type InstancesGroup, instancesIdentity, renamedFileProblem } from "./renamed-file";

/**
 * Throws if a stack with an empty state is deployed already, by a colleague, a pipeline or a file of another name: it would be
 * made a second time.
 */
export async function refuseDuplicates(
  environment: SynthesizedEnvironment,
  states: StackStates,
): Promise<void> {
  const { name, region, instancesStack } = environment;
  const empty = stacksOfEmptyStates(states);
  const identities = empty.flatMap((stack) => identityOf(stack) ?? []);
  if (identities.length === 0) {
    return;
  }
  const isFirst = [...states.values()].every(isEmpty);
  const wanted = [...identities, instancesIdentity(isFirst ? undefined : instancesStack)];
  const groups = await identifiedGroups(region, instancesStack.assumedRole, wanted);
  const found = new Set(groups.map(({ identity }) => identity));
  const there = empty.filter((stack) => found.has(identityOf(stack) ?? ""));
  if (there.length > 0) {
    throw new Failure(
      [
        `${there.map((stack) => stack.name).join(", ")}: AWS has it in ${region}, and the state here has nothing: a deploy would make ` +
          "all of it a second time. Looked for the states in:",
        ...there.map((stack) => `  ${stateLocation(stack)}`),
        `Get them from where this was deployed: docs/recovery.md, step 7. After a first deploy that was killed, npm run orphans -- ${name} ` +
          "says what it has left",
        "nothing was planned",
      ].join("\n"),
    );
  }
  const isKnown = knownBy(states.values());
  const others = groups.filter(({ id }) => !isKnown(id));
  const problem = await renamedFileProblem(environment, empty, others);
  if (problem !== undefined) {
    throw new Failure(problem);
  }
}

function identityOf({ defaultTags }: SynthesizedStack): string | undefined {
  return defaultTags[STACK_TAG];
}

/** The security groups that carry one of these identities: every environment has a security group. */
async function identifiedGroups(
  region: string,
  role: string | undefined,
  identities: string[],
): Promise<InstancesGroup[]> {
  // The clients take a while to load.
  const [{ EC2Client, paginateDescribeSecurityGroups }, { inRole }] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("../aws/assume-role"),
  ]);
  const client = new EC2Client(await inRole(clientConfig(region), role));
  const Filters = [{ Name: `tag:${STACK_TAG}`, Values: identities }];
  return attempt({ action: "ec2:DescribeSecurityGroups", region }, async () => {
    const groups: InstancesGroup[] = [];
    for await (const { SecurityGroups = [] } of paginateDescribeSecurityGroups({ client }, { Filters })) {
      for (const { GroupId: id = "", GroupName: name = "", Tags = [] } of SecurityGroups) {
        const identity = Tags.find(({ Key }) => Key === STACK_TAG)?.Value ?? "";
        groups.push({ id, name, identity });
      }
    }
    return groups;
  }).finally(() => client.destroy());
}
