import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { instancesName } from "../../modules/facts/names";
import { LAYERS, STACK_TAG, stackName } from "../../stacks/contract";
import { type SynthesizedEnvironment, readEnvironments } from "../assembly/environments";
import { localState } from "../assembly/local-state";
import type { SynthesizedStack } from "../assembly/stacks";
import { namePrefixOf } from "../orphans/identities";
import { Failure } from "../terminal/failure";
import { readOutputs } from "../terraform/outputs";
import { backendOf } from "../terraform/state-location";

/** The security group of an environment's instances, as AWS has it. */
export interface InstancesGroup {
  readonly id: string;
  readonly name: string;
  /** The value of its tag that tells the stack. */
  readonly identity: string;
}

/** The identities of stacks of instances, as a filter of EC2 has them: of all, or of those with the role of one. */
export function instancesIdentity(sameRole: SynthesizedStack | undefined): string {
  return `*-instances-${sameRole?.defaultTags[STACK_TAG]?.slice(-DIGITS) ?? "?".repeat(DIGITS)}`;
}

/** As many digits as stand for the name of a role, which AWS has once in an account. */
const DIGITS = 8;

/**
 * Says which environment runs already that this one probably is, as it was called before. Files name environments, and
 * states are called after them, so that Terraform would make all of a renamed one anew. Undefined where there is none.
 *
 * @param empty its stacks of which nothing is deployed
 * @param groups those of AWS that no state of it knows
 */
export async function renamedFileProblem(
  environment: SynthesizedEnvironment,
  empty: readonly SynthesizedStack[],
  groups: readonly InstancesGroup[],
): Promise<string | undefined> {
  const { name, region, instancesStack } = environment;
  const described = describedEnvironments(instancesStack);
  for (const group of groups) {
    const [, before, digits] = /^(.+)-instances-([0-9a-f]+)$/.exec(group.identity) ?? [];
    const isSame = instancesStack.defaultTags[STACK_TAG]?.slice(-DIGITS) === digits;
    if (
      before !== undefined &&
      before !== name &&
      (isSame || (!described.has(before) && (await hasState(instancesStack, before))))
    ) {
      return [
        `${empty.map((stack) => stack.name).join(", ")}: the states here have nothing, and ${region} has ${before}, which ` +
          (isSame
            ? "has the same role"
            : `this project has deployed, and environments/${before}.ts is no more`) +
          `. If environments/${name}.ts was ${before}.ts, call it so again, or carry ${before} over, by all of:`,
        ...steps(environment, empty, before, group.name),
        isSame
          ? "If it is another environment, give it another namePrefix or role name"
          : `If it is another environment, put ${before}.ts back, and destroy it where it is to go: npm run destroy -- ${before}`,
        "nothing was planned",
      ].join("\n");
    }
  }
  return undefined;
}

/** What carries an environment over to a file of another name: the names in AWS stay, and the states are called anew. */
function steps(
  environment: SynthesizedEnvironment,
  empty: readonly SynthesizedStack[],
  before: string,
  groupName: string,
): string[] {
  const end = instancesName("");
  const prefix = groupName.endsWith(end) ? groupName.slice(0, -end.length) : before;
  return [
    ...(prefix === namePrefixOf(environment)
      ? []
      : [`  write namePrefix: ${JSON.stringify(prefix)} in environments/${environment.name}.ts`]),
    ...empty.flatMap((stack) => moveCommand(stack, before) ?? []).map((command) => `  ${command}`),
  ];
}

function moveCommand(stack: SynthesizedStack, before: string): string | undefined {
  const path = localState(stack);
  if (path !== undefined) {
    const from = renamedPath(path, stack, before);
    return existsSync(from) ? `mv ${relative("", from)} ${relative("", path)}` : undefined;
  }
  const { bucket, key = "" } = backendOf(stack).config;
  return `aws s3 mv s3://${bucket}/${renamedPath(key, stack, before)} s3://${bucket}/${key}`;
}

/** Where the state of the stack of that layer is that another environment has. */
function renamedPath(path: string, { layer }: SynthesizedStack, environment: string): string {
  const layerOf = LAYERS.find((one) => one === layer);
  return layerOf === undefined
    ? path
    : join(dirname(path), basename(path).replace(/^.*(?=\.tfstate$)/, stackName(environment, layerOf)));
}

/** Whether this project's states have one of an environment's instances. */
async function hasState(stack: SynthesizedStack, environment: string): Promise<boolean> {
  const { terraform } = stack;
  const { type, config } = backendOf(stack);
  const place = type === "local" ? "path" : "key";
  const path = config[place];
  if (path === undefined) {
    return false;
  }
  const backend = { [type]: { ...config, [place]: renamedPath(path, stack, environment) } };
  const name = stackName(environment, "instances");
  try {
    return (await readOutputs({ ...stack, name, terraform: { ...terraform, backend } })) !== undefined;
  } catch (error) {
    // Whoever may not read it has not deployed it.
    if (error instanceof Failure) {
      return false;
    }
    throw error;
  }
}

/** The environments that have a file here, or are synthesized. */
function describedEnvironments({ folder }: SynthesizedStack): { has: (name: string) => boolean } {
  const synthesized = resolve(folder, "../..");
  const names = new Set(readEnvironments(synthesized).map((one) => one.name));
  return { has: (name) => names.has(name) || existsSync(join(synthesized, `../environments/${name}.ts`)) };
}
