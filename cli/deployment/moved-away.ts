import { type SynthesizedStack, addressOf } from "../assembly/stacks";
import type { State } from "../terraform/state";

/** What a state tells of where its stack is deployed. */
interface Place {
  /** Regions. */
  readonly regions: ReadonlySet<string>;
  /** Ids of accounts. */
  readonly accounts: ReadonlySet<string>;
}

/** Names that begin with the prefix of an environment, or end with it, with what is around it: each stack has one. */
const NAMES: readonly { readonly address: string; readonly before: string; readonly after: string }[] = [
  { address: "aws_security_group.instance_access_security-group", before: "", after: "-instances" },
  { address: "aws_security_group.endpoints", before: "", after: "-endpoints" },
  { address: "aws_ssm_document.logging_document", before: "SessionManager-", after: "" },
];

/**
 * Why what is deployed is not where or what the settings now say, a line each: in another Region or account, or under another
 * prefix. A plan would not tell. It makes everything anew, and what is there is forgotten or replaced.
 *
 * @param account id of the account of the credentials; undefined where that cannot be told
 */
export function placeProblems(
  environment: string,
  states: ReadonlyMap<SynthesizedStack, State>,
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
  return [
    ...(regions.size > 0 && stack.region !== "" && !regions.has(stack.region)
      ? [
          `in ${[...regions].join(", ")}, and region in ${file} is "${stack.region}": what runs there would be forgotten, ` +
            "and made anew. Set region back; to move, destroy first, or deploy a copy of the file under another name",
        ]
      : []),
    ...(accounts.size > 0 && account !== undefined && !accounts.has(account)
      ? [
          `to account ${[...accounts].join(", ")}, and these are credentials of ${account}: what runs there would be ` +
            "forgotten, and made anew. Use credentials of that account",
        ]
      : []),
    ...(prefix === undefined
      ? []
      : [
          `with namePrefix "${prefix.before}", and it is "${prefix.now}" in ${file}: AWS renames nothing, so that all would ` +
            "be replaced, instances included. Set it back; to rename, destroy first, or deploy a copy of the file under another name",
        ]),
  ];
}

/** Ids of the accounts that states tell of. */
export function accountsOf(states: readonly State[]): string[] {
  return [...new Set(states.flatMap((state) => [...placeOf(state).accounts]))];
}

function placeOf({ resources }: State): Place {
  const arns = resources
    .filter(({ type }) => type.startsWith("aws_"))
    .flatMap(({ attributes }) => attributes.map(({ arn }) => String(arn ?? "").split(":")))
    .filter(([prefix]) => prefix === "arn");
  return {
    regions: new Set(arns.map(([, , , region = ""]) => region).filter(Boolean)),
    accounts: new Set(arns.map(([, , , , id = ""]) => id).filter((id) => /^\d{12}$/.test(id))),
  };
}

function changedPrefix(
  { resources }: SynthesizedStack,
  state: State,
): { readonly before: string; readonly now: string } | undefined {
  for (const { address, before, after } of NAMES) {
    const prefixOf = (name: unknown): string | undefined =>
      typeof name === "string" && name.startsWith(before) && name.endsWith(after)
        ? name.slice(before.length, name.length - after.length)
        : undefined;
    const now = prefixOf(resources.find((one) => addressOf(one) === address)?.config.name);
    const there = prefixOf(state.resources.find((one) => addressOf(one) === address)?.attributes[0]?.name);
    if (now !== undefined && there !== undefined && now !== there) {
      return { before: there, now };
    }
  }
  return undefined;
}
