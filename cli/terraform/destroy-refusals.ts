import { RECORDINGS_TAG } from "../../modules/facts/names";
import { type SynthesizedStack, addressOf } from "../assembly/stacks";
import { type State, inState } from "./state";

/** The account's preferences for sessions, which everybody's sessions in the Region depend on. */
const PREFERENCES = "aws_ssm_document.logging_account-preferences";

/** The types that hold recordings. */
const RECORDING_TYPES = ["aws_kms_key", "aws_cloudwatch_log_group", "aws_s3_bucket"];

/** Addresses of the resources that Terraform refuses to destroy. */
export function retainedBy({ resources }: SynthesizedStack): string[] {
  return resources
    .filter(({ config }) => (config.lifecycle as { prevent_destroy?: boolean } | undefined)?.prevent_destroy)
    .map(addressOf);
}

/**
 * Why an environment cannot be destroyed yet, a line for each reason. The states decide: they tell what the last deploy has
 * promised of recordings, whatever the settings say since. Terraform itself refuses only when it comes to a resource, with
 * other stacks gone.
 */
export function destroyRefusals(states: ReadonlyMap<SynthesizedStack, State>): string[] {
  return [...states].flatMap(([stack, state]) => [
    ...(recordingsRefusal(stack, state) ?? []),
    ...protectedInstances(stack, state),
  ]);
}

function recordingsRefusal(stack: SynthesizedStack, state: State): string[] | undefined {
  const { name, environment } = stack;
  const retained = inState(state, retainedBy(stack));
  const forgotten = inState(state, stack.removed);
  const others = retained.filter((address) => address !== PREFERENCES);
  if (others.length > 0) {
    return stack.layer === "sessions"
      ? [
          `${name} keeps its recordings, so it cannot be destroyed: set sessions: false and deploy ${environment}, which leaves ` +
            'log group, key and bucket in AWS, then destroy; or set recordings: "delete", deploy, then destroy, which deletes them too',
        ]
      : [
          `${name} has prevent_destroy on ${others.join(", ")}, so it cannot be destroyed: take that out of the code first`,
        ];
  }
  if (retained.length > 0) {
    return [
      `${name} keeps the account's preferences, so it cannot be destroyed: remove adoptAccountPreferences and deploy ` +
        `${environment}, which leaves them in AWS, then destroy`,
    ];
  }
  if (forgotten.length > 0) {
    return [
      `${name} would be destroyed with what is to stay in AWS (${forgotten.join(", ")}): deploy ${environment} first, which ` +
        "has Terraform forget it, then destroy",
    ];
  }
  const recordings = stack.layer === "sessions" ? keptRecordings(state) : [];
  if (recordings.length > 0) {
    return [
      `${name} was deployed to keep its recordings (${recordings.join(", ")}), and recordings: "delete" was not deployed since: ` +
        `deploy ${environment} first, then destroy, which deletes them`,
    ];
  }
  const full = unemptied(state);
  return full.length === 0
    ? undefined
    : [
        `${name} would be destroyed but for what AWS does not delete while it is full (${full.join(", ")}): deploy ` +
          `${environment} first, which lets it be emptied, then destroy`,
      ];
}

/** Addresses of what holds recordings and was not deployed to be deleted. */
function keptRecordings({ resources }: State): string[] {
  return resources
    .filter(({ type }) => RECORDING_TYPES.includes(type))
    .filter(({ attributes }) =>
      attributes.some(({ tags }) => (tags as Tags | null | undefined)?.[RECORDINGS_TAG] !== "delete"),
    )
    .map(addressOf);
}

type Tags = Readonly<Record<string, string>>;

/** Addresses of the buckets that a destroy does not empty. */
function unemptied({ resources }: State): string[] {
  return resources
    .filter(({ attributes }) => attributes.some(({ force_destroy: empties }) => empties === false))
    .filter(({ type }) => type === "aws_s3_bucket")
    .map(addressOf);
}

/** AWS refuses to terminate an instance that is protected, when the others are gone already. */
function protectedInstances({ name, environment }: SynthesizedStack, { resources }: State): string[] {
  const instances = resources
    .filter(({ type }) => type === "aws_instance")
    .filter(({ attributes }) => attributes.some((one) => one.disable_api_termination === true));
  return instances.length === 0
    ? []
    : [
        `${name} protects ${instances.map(addressOf).join(", ")} from termination, so it cannot be destroyed: take ` +
          `terminationProtection out of the settings and deploy ${environment}, then destroy`,
      ];
}
