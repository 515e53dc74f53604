import { thingsText } from "../orphans/words";
import { AwsFailure } from "../aws/errors";
import type { SynthesizedEnvironment } from "../assembly/environments";
import { STACK_TAG } from "../../stacks/contract";
import { Failure } from "../terminal/failure";
import { tell } from "../terminal/output";
import { type StackStates, knownBy, stacksOfEmptyStates } from "../terraform/state";
import { stateLocation } from "../terraform/state-location";

/** Throws if AWS has something of a stack whose state is empty, since that state is then probably the wrong one. */
export async function refuseMissingStates(
  environment: SynthesizedEnvironment,
  states: StackStates,
): Promise<void> {
  const empty = stacksOfEmptyStates(states);
  if (empty.length === 0) {
    return;
  }
  const names = empty.map(({ name }) => name);
  // The clients take a while to load.
  const { listThings } = await import("../orphans/aws-things");
  const byName = new Map([...states].map(([{ name }, state]) => [name, state]));
  const found = await listThings(environment, byName).catch((error: unknown) => {
    // Runs in HCP Terraform have credentials of their own, and workspaces of fixed names.
    if (environment.stacks.some(({ terraform }) => terraform.cloud !== undefined)) {
      return undefined;
    }
    if (!(error instanceof AwsFailure)) {
      throw error;
    }
    throw new Failure(
      `the states of ${names.join(", ")} have nothing, and whether AWS has something of them cannot be told: ${error.message}`,
    );
  });
  if (found === undefined) {
    return;
  }
  const { account, things, perhaps } = found;
  const isKnown = knownBy(states.values());
  const missed = things.filter(({ stack }) => stack !== undefined && names.includes(stack));
  const keys = missed.filter(({ kind }) => kind === "key");
  // What carries no identity can be this environment's only if an older version has deployed it.
  const alike = isKnown(STACK_TAG) ? [] : perhaps.filter(({ id }) => !isKnown(id));
  // A key alone was kept when recording was switched off, or AWS has still to delete it.
  if (keys.length === missed.length && alike.length === 0) {
    thingsText(keys).forEach((line) => tell(`stays in AWS, as no state knows it: ${line}`));
    return;
  }
  throw new Failure(
    [
      `the states of ${names.join(", ")} have nothing, but account ${account} has in ${environment.region}:`,
      ...thingsText(missed).map((line) => `  ${line}`),
      ...thingsText(alike).map((line) => `  ${line} (by its names and tags: it may be another's)`),
      "looked for the states in:",
      ...empty.map((stack) => `  ${stateLocation(stack)}`),
      "Get the states from where this was deployed: a colleague's clone, the pipeline, or the backend that state in the settings " +
        "named then. docs/recovery.md, step 7, says how, and what to do where a state is lost.",
      "nothing was destroyed",
    ].join("\n"),
  );
}
