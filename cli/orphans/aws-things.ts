import { EC2Client, type Filter } from "@aws-sdk/client-ec2";
import { STACK_TAG } from "../../stacks/contract";
import { type ClientConfig } from "../aws/client";
import { attempt } from "../aws/errors";
import { deployingAccount } from "../aws/deploying-account";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { type States, countIdentified, identitiesOf, isEmpty, namePrefixOf } from "./identities";
import { listKeys } from "./keys";
import { DELETION_ORDER, type Found, LISTINGS, type Listing, RULES, type ThingKind } from "./kinds";

/** Something that AWS has, and that is an environment's, or may be. */
export interface AwsThing {
  /** Id, such as `vpce-0123456789abcdef0`. */
  readonly id: string;
  /** Its kind. */
  readonly kind: ThingKind;
  /** What it is, with its name where it has one: as AWS has it, so not for a terminal as it is. */
  readonly what: string;
  /** Name of the stack whose identity it carries; undefined where it carries none. */
  readonly stack: string | undefined;
  /** When it was made; undefined where AWS does not tell. */
  readonly since: Date | undefined;
  /** Whether it is an instance that runs, or is about to. */
  readonly running: boolean;
  /** Id of the security group that a rule is of; undefined for all else. */
  readonly group: string | undefined;
}

/** What AWS has of an environment. */
export interface ThingsInAws {
  /** Id of the account that was asked. */
  readonly account: string;
  /** ARN of the role that it was asked in; undefined for the caller's own. */
  readonly role: string | undefined;
  /** How clients are made that ask the same account. */
  readonly config: ClientConfig;
  /** What carries the identity of one of its stacks, known to a state or not, in the order in which AWS deletes it. */
  readonly things: readonly AwsThing[];
  /**
   * What carries no identity, but the environment's tags and the beginning of its names. It may be of a deploy by a
   * version of the project that gave none, so it is looked for only where there may have been one: where a state has
   * something without an identity, or has nothing.
   */
  readonly perhaps: readonly AwsThing[];
  /** How many keys do not show their tags to who asks. */
  readonly hiddenKeys: number;
}

/** The tags of which settings may change values and the case of keys: they tell nothing surely. */
const TOLD_TAGS = ["environment", "managedby"];

/**
 * Lists what AWS has of an environment: things of EC2, and keys where there are recordings. Whatever else it has bears a
 * fixed name, so that AWS refuses a second one.
 *
 * @param states the states of its stacks, by their names
 * @throws where the account is not one that the environment allows, and where AWS does not answer or denies it.
 */
export async function listThings(environment: SynthesizedEnvironment, states: States): Promise<ThingsInAws> {
  const owners = identitiesOf(environment, states);
  const { config, account } = await deployingAccount(environment);
  const ownerOf = ({ [STACK_TAG]: identity }: Found["tags"]): string | undefined =>
    identity === undefined ? undefined : owners.get(identity);
  const isKnown = (id: string): boolean => [...states.values()].some(({ text }) => text.includes(`"${id}"`));
  const own = [{ Name: `tag:${STACK_TAG}`, Values: [...owners.keys()] }];
  const alike = mayBeOlder(environment, states) ? likeOwn(environment) : undefined;
  const [found, { keys, hidden }, likely] = await Promise.all([
    listAll(config, [...LISTINGS, RULES], own),
    hasKeys(environment, states)
      ? listKeys(config, (tags) => ownerOf(tags) !== undefined, isKnown)
      : { keys: [], hidden: 0 },
    alike === undefined ? [] : listAll(config, LISTINGS, alike),
  ]);
  return {
    account,
    role: environment.instancesStack.assumedRole,
    config,
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
  const place = ({ kind }: Found): number => DELETION_ORDER.indexOf(kind);
  return lists.flat().sort((one, other) => place(one) - place(other));
}

/** Filters for what has the environment's tags and the beginning of its names; undefined where the JSON does not tell. */
function likeOwn(environment: SynthesizedEnvironment): Filter[] | undefined {
  const prefix = namePrefixOf(environment);
  const told = Object.entries(environment.instancesStack.defaultTags).filter(([key]) =>
    TOLD_TAGS.includes(key.toLowerCase()),
  );
  return prefix === undefined || told.length === 0
    ? undefined
    : [
        ...told.map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
        { Name: "tag:Name", Values: [prefix, `${prefix}-*`] },
      ];
}

/** Whether a version of the project may have deployed it that gave no identity. */
function mayBeOlder({ stacks }: SynthesizedEnvironment, states: States): boolean {
  return stacks.some(
    (stack) =>
      countIdentified(stack, states).without > 0 || (stack.resources.length > 0 && isEmpty(stack, states)),
  );
}

/** Keys are asked one by one, so only where there can be one. */
function hasKeys({ stacks }: SynthesizedEnvironment, states: States): boolean {
  return [...stacks, ...states.values()].some(({ resources }) =>
    resources.some(({ type }) => type === "aws_kms_key"),
  );
}

function toThing({ id, kind, name, since, running, group }: Found, stack: string | undefined): AwsThing {
  return { id, kind, what: name === undefined ? kind : `${kind} ${name}`, stack, since, running, group };
}
