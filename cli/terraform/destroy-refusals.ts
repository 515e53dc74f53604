import { type State, inState, readState } from "./state";
import { type SynthesizedStack, addressOf } from "../synthesized";

/** The account's preferences for sessions, which everybody's sessions in the Region depend on. */
const PREFERENCES = "aws_ssm_document.logging_account-preferences";

/** Addresses of the resources that Terraform refuses to destroy. */
export function retainedBy({ resources }: SynthesizedStack): string[] {
  return resources
    .filter(({ config }) => (config.lifecycle as { prevent_destroy?: boolean } | undefined)?.prevent_destroy)
    .map(addressOf);
}

/**
 * Why an environment cannot be destroyed yet, a line for each stack: Terraform refuses what is retained only when it comes to
 * it, with other stacks gone, and goes by the last apply where settings have changed since.
 *
 * @throws where a state cannot be read.
 */
export async function destroyRefusals(stacks: readonly SynthesizedStack[]): Promise<string[]> {
  const concerned = stacks.filter(
    (stack) => retainedBy(stack).length + stack.removed.length + emptiedBy(stack).length > 0,
  );
  const lines = await Promise.all(concerned.map(async (stack) => refusal(stack, await readState(stack))));
  return lines.filter((line) => line !== undefined);
}

function refusal(stack: SynthesizedStack, state: State): string | undefined {
  const { name, environment, layer } = stack;
  const kept = inState(state, retainedBy(stack));
  const others = kept.filter((address) => address !== PREFERENCES);
  if (others.length > 0) {
    return layer === "sessions"
      ? `${name} keeps its recordings, so it cannot be destroyed: set sessions: false and deploy ${environment}, which leaves ` +
          'log group, key and bucket in AWS, then destroy; or set recordings: "delete", deploy, then destroy, which deletes them too'
      : `${name} has prevent_destroy on ${others.join(", ")}, so it cannot be destroyed: take that out of the code first`;
  }
  if (kept.length > 0) {
    return (
      `${name} keeps the account's preferences, so it cannot be destroyed: remove adoptAccountPreferences and deploy ` +
      `${environment}, which leaves them in AWS, then destroy`
    );
  }
  const forgotten = inState(state, stack.removed);
  if (forgotten.length > 0) {
    return (
      `${name} would be destroyed with what is to stay in AWS (${forgotten.join(", ")}): deploy ${environment} first, which ` +
      "has Terraform forget it, then destroy"
    );
  }
  const full = emptiedBy(stack).filter((address) => state.unemptied.includes(address));
  return full.length === 0
    ? undefined
    : `${name} would be destroyed but for what AWS does not delete while it is full (${full.join(", ")}): deploy ` +
        `${environment} first, which lets it be emptied, then destroy`;
}

/** Addresses of the buckets that a destroy empties. */
function emptiedBy({ resources }: SynthesizedStack): string[] {
  return resources.filter(({ config }) => config.force_destroy === true).map(addressOf);
}
