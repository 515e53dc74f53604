import { parseArn } from "../../modules/facts/arn";
import { instancesName, sessionDocumentName } from "../../modules/facts/names";
import { problem } from "../../modules/facts/refusal";
import { instanceRoleName, LAYERS, stackName } from "../contract";
import { stateAddress } from "../state-backend";
import { neededServices } from "../features";
import type { EnvironmentSettings } from "./environment";
import { isExisting, originOf } from "./network";

/** Something that an environment shares with an earlier one, and must not. */
export interface Collision {
  /** Name of the environment. */
  readonly environment: string;
  /** The setting to change. */
  readonly path: string;
  /** What is shared with whom, what is allowed and what to do. */
  readonly message: string;
}

/**
 * Two environments must share neither a state, or each would destroy what the other made, nor the name of a role, a
 * profile or operators' policies, which are unique in an account whatever the Region, nor that of a security group in one
 * VPC, nor make the same endpoint there, whose private names AWS gives once.
 */
export function collisions(environments: readonly EnvironmentSettings[]): Collision[] {
  return environments.flatMap((environment, index) =>
    environments.slice(0, index).flatMap((earlier) => collisionsOf(environment, earlier)),
  );
}

function collisionsOf(environment: EnvironmentSettings, earlier: EnvironmentSettings): Collision[] {
  const report = (path: string, given: string, what: string, advice: string): Collision => ({
    environment: environment.name,
    path,
    message: `got ${JSON.stringify(given)}, the ${what} of ${earlier.name}.ts too; ${advice}`,
  });
  const found: Collision[] = [];
  const taken = new Set(states(earlier).map((state) => state.toLowerCase()));
  for (const state of states(environment).filter((one) => taken.has(one.toLowerCase()))) {
    const advice = problem(
      "a state of its own for every stack",
      "give it another workspacePrefix, or rename the file",
    );
    found.push(report("state", state, "state", advice));
  }
  const made = new Set(createdEndpoints(earlier));
  for (const endpoint of createdEndpoints(environment).filter((one) => made.has(one))) {
    const advice = problem(
      "an endpoint that one environment makes",
      'write "existing" for it in network.endpoints.services here, and deploy this one second',
    );
    found.push(report("network.endpoints.services", endpoint, "endpoint", advice));
  }
  if (mayBeOneAccount(environment, earlier)) {
    const advice = problem(
      "names of its own for every environment of an account",
      "give it another namePrefix, role or profile name, or allowedAccountIds that differ; adopt preferences once",
    );
    const theirs = accountNames(earlier);
    const isOnePrefix = environment.namePrefix.toLowerCase() === earlier.namePrefix.toLowerCase();
    for (const [what, names] of Object.entries<string[]>({ ...accountNames(environment) })) {
      // Where all documents are called alike, so are the policies.
      if (what === "Session document" && isOnePrefix) {
        continue;
      }
      const others = theirs[what as keyof AccountNames].map((name) => name.toLowerCase());
      for (const name of names.filter((one) => others.includes(one.toLowerCase()))) {
        found.push(report("namePrefix and iam", name, what, advice));
      }
    }
  }
  return found;
}

function states({ name, state }: EnvironmentSettings): string[] {
  return LAYERS.map((layer) => stateAddress(state, stackName(name, layer)));
}

/** The endpoints made in a VPC that is shared with others: by VPC, and the gateway by the subnets whose routes it is in. */
function createdEndpoints(settings: EnvironmentSettings): string[] {
  const { network } = settings;
  if (!isExisting(network)) {
    return [];
  }
  return neededServices(settings)
    .filter((service) => originOf(network, service) === "create")
    .flatMap((service) =>
      (service === "s3" ? Object.values(network.subnetIds) : [network.vpcId]).map(
        (place) => `${service} in ${place}`,
      ),
    );
}

/** Whether two environments may be deployed to one account: before a deploy, credentials may be those of any. */
function mayBeOneAccount(one: EnvironmentSettings, other: EnvironmentSettings): boolean {
  const [accounts, others] = [accountsOf(one), accountsOf(other)];
  return (
    accounts === undefined || others === undefined || accounts.some((account) => others.includes(account))
  );
}

/** The accounts that an environment can be deployed to; undefined for any. */
function accountsOf({ assumeRoleArn, allowedAccountIds }: EnvironmentSettings) {
  const assumed = assumeRoleArn && parseArn(assumeRoleArn)?.account;
  return assumed ? [assumed] : allowedAccountIds;
}

interface AccountNames {
  readonly role: string[];
  readonly profile: string[];
  readonly "operators' policies": string[];
  readonly "Session document": string[];
  readonly "security group": string[];
  readonly "account's preferences": string[];
}

/** What is unique in an account, or in a Region of it. */
function accountNames(settings: EnvironmentSettings): AccountNames {
  const { iam, namePrefix, region, network, sessions } = settings;
  return {
    role: [
      instanceRoleName(settings),
      ...(!isExisting(network) && network.flowLogs ? [`${namePrefix}-flow-logs-${region}`] : []),
    ],
    profile: [iam.instanceProfileName ?? instancesName(namePrefix)],
    // In every Region. The log group and whatever else records sessions begin so too, and are shared no sooner.
    "operators' policies": sessions ? [`${namePrefix}-session-*`] : [],
    // A tunnel's document is called as an environment's own may be.
    "Session document": sessions
      ? [undefined, ...Object.keys(sessions.forward)].map(
          (target) => `${sessionDocumentName(namePrefix, target)} in ${region}`,
        )
      : [],
    "security group": isExisting(network) ? [`${instancesName(namePrefix)} in ${network.vpcId}`] : [],
    "account's preferences":
      sessions && sessions.adoptAccountPreferences ? [`SSM-SessionManagerRunShell in ${region}`] : [],
  };
}
