import { type SynthesizedEnvironment, stackOf } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import type { SynthesizedStack } from "../assembly/stacks";
import { terraformIn } from "../terraform/program";
import { type State, isEmpty, knownBy, readState } from "../terraform/state";
import { stateLocation } from "../terraform/state-location";
import { type AwsThing, type ThingsInAws, listThings } from "./aws-things";
import { type States, countIdentified } from "./identities";
import { DELETIONS } from "./kinds";

/** Something that AWS has of an environment and that no state knows. */
export interface Orphan extends Pick<AwsThing, "id" | "what" | "since" | "running"> {
  /** The command that deletes it, or imports it if it must not be lost; undefined if people have to decide. */
  readonly command: string | undefined;
}

/** A stack whose state has nothing, although AWS has things that are or may be the stack's. */
export interface LostState {
  readonly stack: SynthesizedStack;
  /** Where its state was looked for. */
  readonly place: string;
  readonly things: readonly AwsThing[];
}

/** What was found, and what could not be looked at. */
export interface OrphanSearch extends Omit<ThingsInAws, "things"> {
  /** In the order in which they can be deleted. Undefined if they may be in use: a state is lost, or identities are missing. */
  readonly orphans: readonly Orphan[] | undefined;
  readonly lost: readonly LostState[];
  /** How many resources in the states have tags, and how many of those lack their stack's identity. */
  readonly identified: { readonly tagged: number; readonly without: number };
  /** Why states of other environments could not be read. */
  readonly unread: readonly string[];
}

/** Looks for what AWS has of an environment and no state of any environment knows. */
export async function findOrphans(
  environment: SynthesizedEnvironment,
  environments: readonly SynthesizedEnvironment[],
  { say, stateIsLost = false }: { say: (text: string) => void; stateIsLost?: boolean },
): Promise<OrphanSearch> {
  say("reading states");
  let states = await readStates(environment);
  let others: State[] = [];
  let unread: string[] = [];
  say("asking EC2 and KMS");
  const listed = await listThings(environment, states);
  refuseOtherAccount(environment, states, listed);
  const isKnownBefore = knownBy(states.values());
  if (![...listed.things, ...listed.perhaps].every(({ id }) => isKnownBefore(id))) {
    say("reading states again");
    // By now they know what a deploy that is under way has made in between.
    states = await readStates(environment);
    const otherEnvironments = environments.filter(({ name }) => name !== environment.name);
    ({ states: others, unread } = await readOthers(otherEnvironments, say));
  }
  const isKnown = knownBy([...others, ...states.values()]);
  const unknown = listed.things.filter(({ id }) => !isKnown(id));
  // The rules of a security group are deleted with it.
  const things = unknown.filter(({ group }) => !unknown.some(({ id }) => id === group));
  const perhaps = listed.perhaps.filter(({ id }) => !isKnown(id));
  const lost = lostStates(environment, states, things, perhaps);
  const identified = countAll(environment, states);
  const isUnsure = identified.without > 0 || (lost.length > 0 && !stateIsLost);
  const orphans = isUnsure ? undefined : things.map((thing) => toOrphan(thing, environment, states));
  const { account, role, hiddenKeys } = listed;
  return { account, role, orphans, lost, identified, perhaps, hiddenKeys, unread };
}

async function readStates({ stacks }: SynthesizedEnvironment): Promise<States> {
  const states = new Map<string, State>();
  // One after the other, here and below: some may have to be initialized, and Terraform's cache of providers is not made for
  // several at once.
  for (const stack of stacks) {
    states.set(stack.name, await readState(stack));
  }
  return states;
}

async function readOthers(
  environments: readonly SynthesizedEnvironment[],
  say: (text: string) => void,
): Promise<{ states: State[]; unread: string[] }> {
  if (environments.length > 0) {
    say(`reading states of ${environments.map(({ name }) => name).join(", ")}`);
  }
  const states: State[] = [];
  const unread: string[] = [];
  const stacks = environments.flatMap((environment) => environment.stacks);
  for (const stack of stacks) {
    try {
      states.push(await readState(stack));
    } catch (error) {
      if (!(error instanceof Failure)) {
        throw error;
      }
      unread.push(error.message);
    }
  }
  return { states, unread: unread.sort() };
}

/** Every environment makes one of these. */
const OF_EC2 = ["aws_vpc", "aws_vpc_endpoint", "aws_security_group"];

/** Throws if the account has nothing of what the states know: then it is not the one that was deployed to. */
function refuseOtherAccount(
  environment: SynthesizedEnvironment,
  states: States,
  { things, perhaps }: ThingsInAws,
): void {
  const resources = [...states.values()].flatMap((state) => state.resources);
  const isDeployed = resources.some(({ type }) => OF_EC2.includes(type));
  const isKnown = knownBy(states.values());
  const found = [...things, ...perhaps];
  // What has no identity is found by its names, which may have changed since.
  const isTelling = found.length > 0 || countAll(environment, states).without === 0;
  if (isDeployed && isTelling && !found.some(({ id }) => isKnown(id))) {
    throw new Failure(
      `AWS has nothing in ${environment.region} of what the states know: are these the credentials of the account, and is that the Region, that it was deployed to?`,
    );
  }
}

function lostStates(
  { stacks }: SynthesizedEnvironment,
  states: States,
  things: readonly AwsThing[],
  perhaps: readonly AwsThing[],
): LostState[] {
  return stacks
    .filter((stack) => isEmpty(states.get(stack.name)))
    .map((stack) => ({
      stack,
      place: stateLocation(stack),
      things: things.filter((thing) => thing.stack === stack.name),
    }))
    .filter((one) => one.things.length > 0 || (perhaps.length > 0 && one.stack.resources.length > 0));
}

function toOrphan(thing: AwsThing, environment: SynthesizedEnvironment, states: States): Orphan {
  const { id, what, kind, since, running, group = "" } = thing;
  const deletion = DELETIONS[kind]
    .map((command) => `aws ec2 ${command.replace("<group>", group)} ${id} --region ${environment.region}`)
    .join(" && ");
  const command = kind === "key" ? keyCommand(id, environment, states) : deletion;
  return { id, what, since, running, command };
}

/** Imports a key: without it nobody can read a recording any more, and nobody can see which key a recording needs. */
function keyCommand(id: string, environment: SynthesizedEnvironment, states: States): string | undefined {
  const sessions = stackOf(environment, "sessions");
  const key = sessions?.resources.find(({ type }) => type === "aws_kms_key");
  const known = [...states.values()].flatMap((state) => state.resources);
  return sessions === undefined || key === undefined || known.some(({ type }) => type === "aws_kms_key")
    ? undefined
    : `${terraformIn(sessions)} import aws_kms_key.${key.name} ${id}`;
}

function countAll({ stacks }: SynthesizedEnvironment, states: States): OrphanSearch["identified"] {
  const total = { tagged: 0, without: 0 };
  for (const stack of stacks) {
    const { tagged, without } = countIdentified(stack, states);
    total.tagged += tagged;
    total.without += without;
  }
  return total;
}
