import { instancesName } from "../../modules/facts/names";
import { STACK_TAG, isIdentityOf } from "../../stacks/contract";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { type SynthesizedStack, addressOf, referenced } from "../assembly/stacks";
import type { State } from "../terraform/state";

/** States of stacks, by the stacks' names. */
export type States = ReadonlyMap<string, State>;

/**
 * The identities that things of an environment carry, each with the name of its stack. They come from the JSON and from
 * the states, since the instances' role may have had another name at the last deploy.
 */
export function identitiesOf(environment: SynthesizedEnvironment, states: States): Map<string, string> {
  if (environment.instancesStack.defaultTags[STACK_TAG] === undefined) {
    throw new Failure(
      `${environment.instancesStack.name} was synthesized without the tag ${STACK_TAG}: run npm start first`,
    );
  }
  const identities = new Map<string, string>();
  for (const stack of environment.stacks) {
    for (const tags of [stack.defaultTags, ...deployedTags(stack, states)]) {
      const identity = tags[STACK_TAG];
      if (identity !== undefined && isIdentityOf(stack.name, identity)) {
        identities.set(identity, stack.name);
      }
    }
  }
  return identities;
}

/** How many resources in a stack's state have tags, and how many of those lack the stack's identity. */
export function countIdentified(
  stack: SynthesizedStack,
  states: States,
): { tagged: number; without: number } {
  // A stack of code of one's own need not have an identity.
  const all = stack.defaultTags[STACK_TAG] === undefined ? [] : deployedTags(stack, states);
  return {
    tagged: all.length,
    without: all.filter((tags) => !isIdentityOf(stack.name, tags[STACK_TAG])).length,
  };
}

/** The prefix of an environment's names, taken from its instances' security group, which every environment has. */
export function namePrefixOf({ instancesStack }: SynthesizedEnvironment): string | undefined {
  const name = referenced(instancesStack, instancesStack.outputs.security_group_id)?.resource.config.name;
  const end = instancesName("");
  return typeof name === "string" && name.endsWith(end) ? name.slice(0, -end.length) : undefined;
}

/** The tags of each resource in a state that has any from the stack's own provider. */
function deployedTags(stack: SynthesizedStack, states: States): Readonly<Record<string, string>>[] {
  const elsewhere = new Set(
    stack.resources.filter(({ config }) => config.provider !== undefined).map(addressOf),
  );
  return (states.get(stack.name)?.resources ?? [])
    .filter((resource) => !elsewhere.has(addressOf(resource)))
    .flatMap(({ attributes }) => attributes)
    .map(({ tags_all: tags }) => tags)
    .filter((tags): tags is Record<string, string> => typeof tags === "object" && tags !== null);
}
