import { EC2Client, type Filter } from "@aws-sdk/client-ec2";
import { OPEN_TAGS, STACK_TAG } from "../../stacks/contract";
import type { ClientConfig } from "../aws/client";
import { attempt } from "../aws/errors";
import { deployingAccount } from "../aws/deploying-account";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { isEmpty, knownBy } from "../terraform/state";
import { type States, countIdentified, identitiesOf, namePrefixOf } from "./identities";
import { listKeys } from "./keys";
import { DELETIONS, type Found, LISTINGS, type Listing, RULES } from "./kinds";

/** Something in AWS that is an environment's, or may be. */
export interface AwsThing extends Omit<Found, "name" | "tags"> {
  /** Its kind and its name as AWS has it, which is not safe for a terminal. */
  readonly what: string;
  /** The stack whose identity it carries; undefined if it carries none. */
  readonly stack: string | undefined;
}

/** What AWS has of an environment, in the order in which AWS deletes it. */
export interface ThingsInAws {
  readonly account: string;
  /** ARN of the role that it was asked in; undefined for the caller's own. */
  readonly role: string | undefined;
  /** What carries the identity of one of its stacks, whether a state knows it or not. */
  readonly things: readonly AwsThing[];
  /** What carries no identity, but the environment's tags and prefix: an older version may have deployed it. */
  readonly perhaps: readonly AwsThing[];
  /** How many keys do not show their tags. */
  readonly hiddenKeys: number;
}

/** Settings may change the values of other tags, and the case of keys. */
const OWN_TAGS = OPEN_TAGS.map((key): string => key.toLowerCase());

/** Lists things of EC2, and keys if there are recordings. All else has a fixed name, so that AWS refuses a second one. */
export async function listThings(environment: SynthesizedEnvironment, states: States): Promise<ThingsInAws> {
  const owners = identitiesOf(environment, states);
  const { config, account } = await deployingAccount(environment);
  const ownerOf = (tags: Found["tags"]): string | undefined => owners.get(tags[STACK_TAG] ?? "");
  const own = [{ Name: `tag:${STACK_TAG}`, Values: [...owners.keys()] }];
  const alike = mayBeOlder(environment, states) ? likeOwn(environment) : undefined;
  const [found, { keys, hidden }, likely] = await Promise.all([
    listAll(config, [...LISTINGS, RULES], own),
    hasKeys(environment, states)
      ? listKeys(config, (tags) => ownerOf(tags) !== undefined, knownBy(states.values()))
      : { keys: [], hidden: 0 },
    alike === undefined ? [] : listAll(config, LISTINGS, alike),
  ]);
  return {
    account,
    role: environment.instancesStack.assumedRole,
    things: [...found, ...keys].map((one) => toThing(one, ownerOf(one.tags))),
    perhaps: likely.filter(({ tags }) => !(STACK_TAG in tags)).map((one) => toThing(one, undefined)),
    hiddenKeys: hidden,
  };
}

async function listAll(
  config: ClientConfig,
  listings: readonly Listing[],
  filters: readonly Filter[],
): Promise<Found[]> {
  const client = new EC2Client(config);
  const lists = await Promise.all(
    listings.map(({ action, list }) =>
      attempt({ action, region: config.region }, () => list(client, [...filters])),
    ),
  ).finally(() => client.destroy());
  const order = Object.keys(DELETIONS);
  return lists.flat().sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind));
}

/** Filters for the environment's tags and the prefix of its names; undefined if the JSON does not have both. */
function likeOwn(environment: SynthesizedEnvironment): Filter[] | undefined {
  const prefix = namePrefixOf(environment);
  const tags = Object.entries(environment.instancesStack.defaultTags)
    .filter(([key]) => OWN_TAGS.includes(key.toLowerCase()))
    .map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  return prefix === undefined || tags.length === 0
    ? undefined
    : [...tags, { Name: "tag:Name", Values: [prefix, `${prefix}-*`] }];
}

/** Whether it may have been deployed by a version of the project that gave no identity. */
function mayBeOlder({ stacks }: SynthesizedEnvironment, states: States): boolean {
  return stacks.some(
    (stack) =>
      countIdentified(stack, states).without > 0 ||
      (stack.resources.length > 0 && isEmpty(states.get(stack.name))),
  );
}

/** Whether there can be a key: keys are asked one by one, which takes long. */
function hasKeys({ stacks }: SynthesizedEnvironment, states: States): boolean {
  return [...stacks, ...states.values()].some(({ resources }) =>
    resources.some(({ type }) => type === "aws_kms_key"),
  );
}

function toThing({ id, kind, name, since, running, group }: Found, stack: string | undefined): AwsThing {
  return { id, kind, what: name === undefined ? kind : `${kind} ${name}`, stack, since, running, group };
}
