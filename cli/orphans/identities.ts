import { instancesName } from "../../modules/facts/names";
import { STACK_TAG, isIdentityOf } from "../../stacks/contract";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { type SynthesizedStack, addressOf, referenced } from "../assembly/stacks";
import type { State } from "../terraform/state";

/** States of stacks, by the stacks' names. */
export type States = ReadonlyMap<string, State>;

/**
 * The identities that things of an environment carry, each with the name of its stack: those that its JSON gives, and
 * those that its states know, since the instances' role may have had another name at the last deploy.
 *
 * @throws where the JSON is of a version of the project that gave none.
 */
export function identitiesOf(environment: SynthesizedEnvironment, states: States): Map<string, string> {
  if (environment.instancesStack.defaultTags[STACK_TAG] === undefined) {
    throw new Failure(
      `${environment.instancesStack.name} was synthesized without the tag ${STACK_TAG}: run npm start first`,
    );
  }
  return new Map(
    environment.stacks.flatMap((stack) =>
      [stack.defaultTags[STACK_TAG], ...deployedTags(stack, states).map((tags) => tags[STACK_TAG])]
        .filter((identity) => identity !== undefined && isIdentityOf(stack.name, identity))
        .map((identity) => [String(identity), stack.name] as const),
    ),
  );
}

/** How many resources a stack's state has with tags, and how many of those are without the stack's identity. */
export function countIdentified(
  stack: SynthesizedStack,
  states: States,
): { tagged: number; without: number } {
  // A stack of code of one's own need not have one.
  const all = stack.defaultTags[STACK_TAG] === undefined ? [] : deployedTags(stack, states);
  return {
    tagged: all.length,
    without: all.filter((tags) => !isIdentityOf(stack.name, tags[STACK_TAG])).length,
  };
}

/** Whether a state has nothing, or is not there. */
export function isEmpty({ name }: SynthesizedStack, states: States): boolean {
  return (states.get(name)?.resources ?? []).length === 0;
}

/** The beginning of an environment's names: that of its instances' security group, which every environment has. */
export function namePrefixOf({ instancesStack }: SynthesizedEnvironment): string | undefined {
  const name = referenced(instancesStack, instancesStack.outputs.security_group_id)?.resource.config.name;
  const end = instancesName("");
  return typeof name === "string" && name.endsWith(end) ? name.slice(0, -end.length) : undefined;
}

/** All tags of everything that a state has and that has any, where the stack's own provider has given them. */
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
