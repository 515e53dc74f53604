import { clientConfig } from "../aws/client";
import { attempt } from "../aws/errors";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { STACK_TAG } from "../../stacks/contract";
import { type StackStates, stacksOfEmptyStates } from "../terraform/state";
import { stateLocation } from "../terraform/state-location";

/** Throws if a stack with an empty state is deployed already, by a colleague or a pipeline: it would be made a second time. */
export async function refuseDuplicates(
  { name, region, instancesStack }: SynthesizedEnvironment,
  states: StackStates,
): Promise<void> {
  const empty = stacksOfEmptyStates(states);
  const identities = empty
    .map(({ defaultTags }) => defaultTags[STACK_TAG])
    .filter((one) => one !== undefined);
  // Runs in HCP Terraform have credentials of their own, and workspaces of fixed names.
  if (identities.length === 0 || instancesStack.terraform.cloud !== undefined) {
    return;
  }
  const found = await groupIdentities(region, instancesStack.assumedRole, identities);
  const there = empty.filter(({ defaultTags }) => found.has(defaultTags[STACK_TAG] ?? ""));
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
}

/** Which of these identities security groups carry: every environment has a security group. */
async function groupIdentities(
  region: string,
  role: string | undefined,
  identities: string[],
): Promise<Set<string | undefined>> {
  // The clients take a while to load.
  const [{ DescribeSecurityGroupsCommand, EC2Client }, { inRole }] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("../aws/assume-role"),
  ]);
  const client = new EC2Client(await inRole(clientConfig(region), role));
  const Filters = [{ Name: `tag:${STACK_TAG}`, Values: identities }];
  const { SecurityGroups = [] } = await attempt({ action: "ec2:DescribeSecurityGroups", region }, () =>
    client.send(new DescribeSecurityGroupsCommand({ Filters })),
  );
  client.destroy();
  const tags = SecurityGroups.flatMap(({ Tags = [] }) => Tags);
  return new Set(tags.filter(({ Key }) => Key === STACK_TAG).map(({ Value }) => Value));
}
