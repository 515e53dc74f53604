import { RECORDINGS_TAG } from "../../modules/facts/names";
import { ADDRESSES } from "../../stacks/contract";
import { type SynthesizedStack, addressOf } from "../assembly/stacks";
import { type StackStates, type State, inState } from "./state";

const RECORDING_TYPES = ["aws_kms_key", "aws_cloudwatch_log_group", "aws_s3_bucket"];

/** Addresses of the resources that Terraform refuses to destroy. */
export function retainedBy({ resources }: SynthesizedStack): string[] {
  return resources
    .filter(({ config }) => (config.lifecycle as { prevent_destroy?: boolean } | undefined)?.prevent_destroy)
    .map(addressOf);
}

/** Why an environment cannot be destroyed yet, a line each. Terraform would refuse only when other stacks are gone. */
export function destroyRefusals(states: StackStates): string[] {
  return [...states].flatMap(([stack, state]) =>
    [recordingsRefusal(stack, state), protectionRefusal(stack, state)].filter((one) => one !== undefined),
  );
}

function recordingsRefusal(stack: SynthesizedStack, state: State): string | undefined {
  const { name, environment } = stack;
  const retained = inState(state, retainedBy(stack));
  const others = retained.filter((address) => address !== ADDRESSES.accountPreferences);
  if (others.length > 0 && stack.layer === "sessions") {
    return (
      `${name} keeps its recordings, so it cannot be destroyed: set sessions: false and deploy ${environment}, which leaves ` +
      'log group, key and bucket in AWS, then destroy; or set recordings: "delete", deploy, then destroy, which deletes them too'
    );
  }
  if (others.length > 0) {
    return `${name} has prevent_destroy on ${others.join(", ")}, so it cannot be destroyed: take that out of the code first`;
  }
  if (retained.length > 0) {
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
  // The state has what the last deploy promised, whatever the settings say since.
  const kept = addresses(
    state,
    RECORDING_TYPES,
    ({ tags }) => (tags as Tags)?.[RECORDINGS_TAG] !== "delete",
  ).filter((address) => address !== ADDRESSES.watchLog);
  if (kept.length > 0 && stack.layer === "sessions") {
    return (
      `${name} was deployed to keep its recordings (${kept.join(", ")}), and recordings: "delete" was not deployed since: ` +
      `deploy ${environment} first, then destroy, which deletes them`
    );
  }
  const full = addresses(state, ["aws_s3_bucket"], (bucket) => bucket.force_destroy === false);
  return full.length === 0
    ? undefined
    : `${name} would be destroyed but for what AWS does not delete while it is full (${full.join(", ")}): deploy ` +
        `${environment} first, which lets it be emptied, then destroy`;
}

/** AWS refuses to terminate a protected instance, and would do so when the rest is gone already. */
function protectionRefusal({ name, environment }: SynthesizedStack, state: State): string | undefined {
  const instances = addresses(state, ["aws_instance"], (one) => one.disable_api_termination === true);
  return instances.length === 0
    ? undefined
    : `${name} protects ${instances.join(", ")} from termination, so it cannot be destroyed: take ` +
        `terminationProtection out of the settings and deploy ${environment}, then destroy`;
}

type Tags = Readonly<Record<string, string>> | null | undefined;

/** Addresses of the resources of these types that have an instance with such attributes. */
function addresses(
  { resources }: State,
  types: readonly string[],
  matches: (attributes: Readonly<Record<string, unknown>>) => boolean,
): string[] {
  return resources
    .filter(({ type, attributes }) => types.includes(type) && attributes.some(matches))
    .map(addressOf);
}
