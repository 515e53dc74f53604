import { relative } from "node:path";
import { type SynthesizedEnvironment, stackOf } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import type { SynthesizedStack } from "../assembly/stacks";
import { terraformName } from "../terraform/program";
import { type State, readState } from "../terraform/state";
import { stateLocation } from "../terraform/state-location";
import { type AwsThing, type ThingsInAws, listThings } from "./aws-things";
import { type States, countIdentified, isEmpty } from "./identities";
import { deletionOf } from "./kinds";

/** Something that AWS has of an environment and that no state knows. */
export interface Orphan extends Pick<AwsThing, "id" | "what" | "since" | "running"> {
  /** The command that deletes it, or takes it into the state where it must not get lost; undefined where people decide. */
  readonly command: string | undefined;
}

/** A stack whose state has nothing, although AWS has things of it, or what may be. */
export interface LostState {
  /** The stack. */
  readonly stack: SynthesizedStack;
  /** Where its state was looked for. */
  readonly place: string;
  /** What AWS has of it. */
  readonly things: readonly AwsThing[];
}

/** What was found, and what could not be looked at. */
export interface OrphanSearch {
  /** Id of the account that was looked at. */
  readonly account: string;
  /** ARN of the role that it was looked at in; undefined for the caller's own. */
  readonly role: string | undefined;
  /** In the order in which they can be deleted; keys at the end. Undefined where none is told from what is in use. */
  readonly orphans: readonly Orphan[] | undefined;
  /** Stacks whose state is empty, though it should not be. */
  readonly lost: readonly LostState[];
  /** How many resources the states have with tags, and how many of these are without their stack's identity. */
  readonly identified: { readonly tagged: number; readonly without: number };
  /** What carries no identity, and may be of an earlier deploy. */
  readonly perhaps: readonly AwsThing[];
  /** How many keys do not show their tags to who asks. */
  readonly hiddenKeys: number;
  /** Why states of other environments could not be read. */
  readonly unread: readonly string[];
}

/** How orphans are looked for. */
export interface SearchOptions {
  /** Whether nobody has the states any more that are empty. */
  readonly stateIsLost?: boolean;
  /** Gets what goes on. */
  readonly say: (text: string) => void;
}

/**
 * Looks for what AWS has of an environment and no state knows. Nothing is taken for left over where it may be in use:
 * where a state is empty that should not be, or where the environment's things cannot be told from those of others.
 *
 * @param environments all of the project: what one of their states knows is never listed
 * @throws where a state cannot be read, as all it knows would be taken for unknown, and where the account is not one that
 * the environment allows, or has nothing of what the states know: it is then another than was deployed to.
 */
export async function findOrphans(
  environment: SynthesizedEnvironment,
  environments: readonly SynthesizedEnvironment[],
  { say, stateIsLost = false }: SearchOptions,
): Promise<OrphanSearch> {
  say("reading states");
  const before = await readStates(environment);
  say("asking EC2 and KMS");
  const listed = await listThings(environment, before);
  refuseOtherAccount(environment, before, listed);
  const { account, role, hiddenKeys } = listed;
  const found = [...listed.things, ...listed.perhaps];
  let [now, unread, isKnown]: [States, string[], (id: string) => boolean] = [before, [], knownBy(before)];
  if (!found.every(({ id }) => isKnown(id))) {
    say("reading states again");
    // What a deploy that is under way has made in between is known by now.
    now = await readStates(environment);
    const others = await readOthers(
      environments.filter(({ name }) => name !== environment.name),
      say,
    );
    unread = others.unread;
    isKnown = knownBy(new Map([...others.states, ...now]));
  }
  const isUnknown = ({ id }: AwsThing): boolean => !isKnown(id);
  const things = withoutRulesOf(listed.things.filter(isUnknown));
  const perhaps = listed.perhaps.filter(isUnknown);
  const lost = lostStates(environment, now, things, perhaps);
  const identified = countAll(environment.stacks, now);
  const isUnsure = identified.without > 0 || (lost.length > 0 && !stateIsLost);
  const orphans = isUnsure ? undefined : things.map((thing) => toOrphan(thing, environment, now));
  return { account, role, orphans, lost, identified, perhaps, hiddenKeys, unread };
}

async function readStates({ stacks }: SynthesizedEnvironment): Promise<States> {
  const states = new Map<string, State>();
  for (const stack of stacks) {
    // One after the other: some may have to be initialized, and Terraform's cache of providers is not made for several at once.
    states.set(stack.name, await readState(stack));
  }
  return states;
}

/** The states of other environments, as far as they can be read. */
async function readOthers(
  environments: readonly SynthesizedEnvironment[],
  say: (text: string) => void,
): Promise<{ readonly states: States; readonly unread: string[] }> {
  if (environments.length > 0) {
    say(`reading states of ${environments.map(({ name }) => name).join(", ")}`);
  }
  const states = new Map<string, State>();
  const unread: string[] = [];
  await Promise.all(
    environments.flatMap(({ stacks }) =>
      stacks.map(async (stack) => {
        try {
          states.set(stack.name, await readState(stack));
        } catch (error) {
          if (!(error instanceof Failure)) {
            throw error;
          }
          unread.push(error.message);
        }
      }),
    ),
  );
  return { states, unread: unread.sort() };
}

function knownBy(states: States): (id: string) => boolean {
  const text = [...states.values()].map((state) => state.text).join("\n");
  return (id) => text.includes(`"${id}"`);
}

/** Every environment makes some of these. */
const OF_EC2 = ["aws_vpc", "aws_vpc_endpoint", "aws_security_group"];

function refuseOtherAccount(
  { region, stacks }: SynthesizedEnvironment,
  states: States,
  { things, perhaps }: ThingsInAws,
): void {
  const resources = [...states.values()].flatMap((state) => state.resources);
  const isKnown = knownBy(states);
  const found = [...things, ...perhaps];
  // What has no identity is found by its names, which may have changed since.
  const isTelling = found.length > 0 || countAll(stacks, states).without === 0;
  if (
    isTelling &&
    resources.some(({ type }) => OF_EC2.includes(type)) &&
    !found.some(({ id }) => isKnown(id))
  ) {
    throw new Failure(
      `AWS has nothing in ${region} of what the states know: are these the credentials of the account, and is that the Region, that it was deployed to?`,
    );
  }
}

/** Things without the rules of groups that are among them: those go with their group. */
function withoutRulesOf(things: readonly AwsThing[]): AwsThing[] {
  const ids = new Set(things.map(({ id }) => id));
  return things.filter(({ group }) => group === undefined || !ids.has(group));
}

function lostStates(
  { stacks }: SynthesizedEnvironment,
  states: States,
  things: readonly AwsThing[],
  perhaps: readonly AwsThing[],
): LostState[] {
  return stacks
    .filter((stack) => isEmpty(stack, states))
    .map((stack) => ({
      stack,
      place: stateLocation(stack),
      things: things.filter((thing) => thing.stack === stack.name),
    }))
    .filter((one) => one.things.length > 0 || (perhaps.length > 0 && one.stack.resources.length > 0));
}

function toOrphan(thing: AwsThing, environment: SynthesizedEnvironment, states: States): Orphan {
  const { id, what, since, running } = thing;
  const command =
    thing.kind === "key" ? keyCommand(id, environment, states) : deletionCommand(thing, environment.region);
  return { id, what, since, running, command };
}

function deletionCommand({ id, kind, group }: AwsThing, region: string): string {
  if (group !== undefined) {
    const command = `aws ec2 revoke-security-group-${kind === "egress rule" ? "egress" : "ingress"}`;
    return `${command} --group-id ${group} --security-group-rule-ids ${id} --region ${region}`;
  }
  const { deleteWith, wait } = deletionOf(kind) ?? {};
  return [deleteWith, ...(wait === undefined ? [] : [`wait ${wait}`])]
    .map((command) => `aws ec2 ${command} ${id} --region ${region}`)
    .join(" && ");
}

/** Without its key nobody can read a recording any more, and which one a recording needs is not to be seen. */
function keyCommand(id: string, environment: SynthesizedEnvironment, states: States): string | undefined {
  const sessions = stackOf(environment, "sessions");
  const key = sessions?.resources.find(({ type }) => type === "aws_kms_key");
  const known = [...states.values()].flatMap((state) => state.resources);
  return sessions === undefined || key === undefined || known.some(({ type }) => type === "aws_kms_key")
    ? undefined
    : `${terraformName()} -chdir=${relative("", sessions.folder)} import aws_kms_key.${key.name} ${id}`;
}

function countAll(stacks: readonly SynthesizedStack[], states: States): OrphanSearch["identified"] {
  const counts = stacks.map((stack) => countIdentified(stack, states));
  const total = (of: "tagged" | "without"): number => counts.reduce((all, count) => all + count[of], 0);
  return { tagged: total("tagged"), without: total("without") };
}
