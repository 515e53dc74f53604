import { ADDRESSES } from "../../stacks/contract";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { type SynthesizedStack, addressOf, resourcesOf } from "../assembly/stacks";
import { Failure } from "../terminal/failure";
import { type StackStates, type State, attributesAt } from "../terraform/state";

/**
 * Throws if a setting has changed that is part of what is deployed, and that neither Terraform nor AWS carries over: a plan
 * would look good, and its apply stop halfway.
 */
export function refuseChangedIdentities({ name }: SynthesizedEnvironment, states: StackStates): void {
  const problems = identityProblems(name, states);
  if (problems.length > 0) {
    throw new Failure([...problems, "nothing was planned"].join("\n"));
  }
}

/** Says what has changed so, a line each. */
export function identityProblems(environment: string, states: StackStates): string[] {
  const file = `environments/${environment}.ts`;
  return [
    ...vpcProblem(file, states),
    ...[...states].flatMap(([stack, state]) => [
      ...zonesProblem(file, stack, state),
      ...renameProblems(file, stack, state),
      ...groupProblems(stack, state),
    ]),
  ];
}

/** Instances and their security group stay in the VPC that they were made in. */
function vpcProblem(file: string, states: StackStates): string[] {
  const [network, networkState] = ofLayer(states, "networking");
  const [, instancesState] = ofLayer(states, "instances");
  const there = instancesState && attributesAt(instancesState, ADDRESSES.instancesGroup)?.vpc_id;
  if (network === undefined || networkState === undefined || typeof there !== "string") {
    return [];
  }
  const named = network.data.find(({ type }) => type === "aws_vpc")?.config.id;
  const isNamed = typeof named === "string" && !named.includes("${");
  const isOthers = attributesAt(networkState, ADDRESSES.network) === undefined;
  const isMade = network.resources.some((one) => addressOf(one) === ADDRESSES.network);
  const now =
    isNamed && named !== there
      ? `network.vpcId in ${file} is "${named}"`
      : isMade && isOthers && networkState.resources.length > 0
        ? `network in ${file} asks for a new one`
        : undefined;
  return now === undefined
    ? []
    : [
        `deployed in ${there}, and ${now}: neither an instance nor its security group can change its VPC. Set it back; to ` +
          "move, deploy a copy of the file under another name",
      ];
}

/** A zone that was counted has the block of one that is named: AWS refuses the new subnet while the old one is there. */
function zonesProblem(file: string, stack: SynthesizedStack, state: State): string[] {
  const zonesOf = (subnets: readonly { readonly type: string; readonly name: string }[]): string[] =>
    subnets.flatMap(({ type, name }) =>
      type === "aws_subnet" && name.startsWith("network_") ? [name.slice("network_".length)] : [],
    );
  const [before, now] = [zonesOf(state.resources).sort(), zonesOf(stack.resources)];
  const isCounted = (zone: string): boolean => /^zone-\d$/.test(zone);
  if (before.length === 0 || now.length === 0 || before.some(isCounted) === now.some(isCounted)) {
    return [];
  }
  const back = before.some(isCounted) ? String(before.length) : JSON.stringify(before);
  return [
    `${stack.name}: deployed in ${before.join(", ")}, and network.availabilityZones in ${file} asks for ` +
      `${now.join(", ")}: whether zones are counted or named is chosen once, as both have the same blocks. Set it back to ` +
      `${back}; to change it, deploy a copy of the file under another name`,
  ];
}

/** Terraform moves nothing to where something is, and destroys it then. */
function renameProblems(file: string, stack: SynthesizedStack, state: State): string[] {
  const there = new Set(state.resources.map(addressOf));
  return Object.entries(stack.moved)
    .filter(([from, to]) => from.startsWith("aws_instance.") && there.has(from) && there.has(to))
    .map(([from, to]) => {
      const [before, name] = [from, to].map((address) => address.slice("aws_instance.".length));
      return (
        `${stack.name}: instances.${name} in ${file} has renamedFrom: "${before}", and both are deployed: ${before} would ` +
        "be destroyed, not renamed. Remove renamedFrom, and keep both; an instance that is to go is taken out of the file alone"
      );
    });
}

/** AWS renames no security group: the one of a renamed instance has the name that a new instance's would get. */
function groupProblems(stack: SynthesizedStack, state: State): string[] {
  const own = resourcesOf(stack, "aws_security_group").filter((one) => one.name.endsWith("_egress"));
  const kept = new Map(own.map((one) => [addressOf(one), one.config.name]));
  const addressNow = (address: string): string => stack.moved[address] ?? address;
  const groups = state.resources.filter(({ type }) => type === "aws_security_group");
  const there = new Set(groups.map((one) => addressNow(addressOf(one))));
  return [...kept]
    .filter(([address]) => !there.has(address))
    .flatMap(([address, name]) => {
      const owner = groups.find(
        (one) => one.attributes[0]?.name === name && kept.has(addressNow(addressOf(one))),
      );
      return owner === undefined
        ? []
        : [
            `${stack.name}: ${address} would be called "${String(name)}", as ${addressNow(addressOf(owner))} is since before its ` +
              "instance was renamed, and AWS gives a name once in a VPC: give the new instance another name",
          ];
    });
}

function ofLayer(
  states: StackStates,
  layer: string,
): readonly [SynthesizedStack, State] | readonly [undefined, undefined] {
  return [...states].find(([stack]) => stack.layer === layer) ?? [undefined, undefined];
}
