import { DEFAULT_IAM_PATH } from "../../modules/facts/iam-names";
import { ADDRESSES } from "../../stacks/contract";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { type SynthesizedStack, addressOf } from "../assembly/stacks";
import { Failure } from "../terminal/failure";
import { type StackStates, type State, attributesAt } from "../terraform/state";

/** Resources whose names have the prefix of an environment in them: each stack has one. */
const NAMES = [
  { address: ADDRESSES.instancesGroup, before: "", after: "-instances" },
  { address: ADDRESSES.endpointsGroup, before: "", after: "-endpoints" },
  { address: ADDRESSES.sessionDocument, before: "SessionManager-", after: "" },
];

/** Roles whose path is the environment's: each stack that has roles has one. */
const ROLES: readonly string[] = [ADDRESSES.instancesRole, ADDRESSES.watchRole, ADDRESSES.flowLogsRole];

/**
 * Throws if what is deployed is in another Region or account than the settings say, or under another prefix or path. A plan would
 * not say it, but make everything anew, and forget or replace what is there.
 */
export async function refuseMoved(environment: SynthesizedEnvironment, states: StackStates): Promise<void> {
  const isDeployed = accountsOf([...states.values()]).length > 0;
  // Runs in HCP Terraform may have the credentials of another account than this machine.
  const isHere = environment.stacks.every(({ terraform }) => terraform.cloud === undefined);
  const account = isDeployed && isHere ? await accountOf(environment) : undefined;
  const problems = placeProblems(environment.name, states, account);
  if (problems.length > 0) {
    throw new Failure([...problems, "nothing was done"].join("\n"));
  }
}

async function accountOf(environment: SynthesizedEnvironment): Promise<string> {
  // The clients take a while to load, and a first deploy needs none.
  const { deployingAccount } = await import("../aws/deploying-account");
  return (await deployingAccount(environment)).account;
}

/** Says what was moved, a line each; `account` is that of the credentials, or undefined if it is not known. */
export function placeProblems(
  environment: string,
  states: StackStates,
  account: string | undefined,
): string[] {
  const stacksOf = new Map<string, string[]>();
  for (const [stack, state] of states) {
    for (const problem of stackProblems(environment, stack, state, account)) {
      stacksOf.set(problem, [...(stacksOf.get(problem) ?? []), stack.name]);
    }
  }
  return [...stacksOf].map(([problem, names]) => `${names.join(", ")}: deployed ${problem}`);
}

function stackProblems(
  environment: string,
  stack: SynthesizedStack,
  state: State,
  account: string | undefined,
): string[] {
  const file = `environments/${environment}.ts`;
  const { regions, accounts } = placeOf(state);
  const prefix = changedPrefix(stack, state);
  const path = changedPath(stack, state);
  const problems = [
    regions.length > 0 &&
      stack.region !== "" &&
      !regions.includes(stack.region) &&
      `in ${regions.join(", ")}, and region in ${file} is "${stack.region}": what runs there would be forgotten, ` +
        "and made anew. Set region back; to move, destroy first, or deploy a copy of the file under another name",
    accounts.length > 0 &&
      account !== undefined &&
      !accounts.includes(account) &&
      `to account ${accounts.join(", ")}, and these are credentials of ${account}: what runs there would be ` +
        "forgotten, and made anew. Use credentials of that account",
    prefix !== undefined &&
      `with namePrefix "${prefix.before}", and it is "${prefix.now}" in ${file}: AWS renames nothing, so that all would ` +
        "be replaced, instances included. Set it back; to rename, destroy first, or deploy a copy of the file under another name",
    path !== undefined &&
      `with iam.path "${path.before}", and it is "${path.now}" in ${file}: IAM moves nothing, so that roles and policies would ` +
        "be made anew, and what runs would have no credentials. Set it back; to move, destroy first, or deploy a copy of the " +
        "file under another name",
  ];
  return problems.filter((problem) => problem !== false);
}

/** Ids of the accounts that states name. */
export function accountsOf(states: readonly State[]): string[] {
  return [...new Set(states.flatMap((state) => placeOf(state).accounts))];
}

/** The Regions and the accounts in the ARNs of a state. */
function placeOf({ resources }: State): Record<"regions" | "accounts", string[]> {
  const arns = resources
    .filter(({ type }) => type.startsWith("aws_"))
    .flatMap(({ attributes }) => attributes.map(({ arn }) => String(arn ?? "").split(":")))
    .filter(([prefix]) => prefix === "arn");
  const distinct = (part: number): string[] => [...new Set(arns.map((arn) => arn[part] ?? ""))];
  return {
    regions: distinct(3).filter(Boolean),
    accounts: distinct(4).filter((id) => /^\d{12}$/.test(id)),
  };
}

function changedPath(stack: SynthesizedStack, state: State): { before: string; now: string } | undefined {
  const pathOf = ({ path }: Readonly<Record<string, unknown>>): string => String(path ?? DEFAULT_IAM_PATH);
  for (const role of stack.resources.filter((one) => ROLES.includes(addressOf(one)))) {
    const deployed = attributesAt(state, addressOf(role));
    if (deployed !== undefined && pathOf(deployed) !== pathOf(role.config)) {
      return { before: pathOf(deployed), now: pathOf(role.config) };
    }
  }
  return undefined;
}

function changedPrefix(stack: SynthesizedStack, state: State): { before: string; now: string } | undefined {
  for (const { address, before, after } of NAMES) {
    const prefixOf = (name: unknown): string | undefined =>
      typeof name === "string" && name.startsWith(before) && name.endsWith(after)
        ? name.slice(before.length, name.length - after.length)
        : undefined;
    const now = prefixOf(stack.resources.find((one) => addressOf(one) === address)?.config.name);
    const there = prefixOf(attributesAt(state, address)?.name);
    if (now !== undefined && there !== undefined && now !== there) {
      return { before: there, now };
    }
  }
  return undefined;
}
