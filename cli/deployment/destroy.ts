import type { SynthesizedEnvironment } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { progress } from "../terminal/progress";
import { type SynthesizedStack, addressOf } from "../assembly/stacks";
import { paint, plural, print } from "../terminal/output";
import { applyAll } from "./apply-stacks";
import { type Approval, refuseUnasked, typed } from "./approval";
import { destroyRefusals } from "../terraform/destroy-refusals";
import { refuseMissingStates } from "./missing-states";
import { stackName } from "../../stacks/contract";
import { whyFailed } from "../terraform/messages";
import { readOutputs } from "../terraform/outputs";
import type { Outcome } from "./outcome";
import { prepareToChange } from "./prepare-to-change";
import { type TerraformRun, sideBySide } from "../terraform/run";
import { draftFolder, planFile } from "../terraform/saved-plans";
import type { State } from "../terraform/state";
import { waves } from "./waves";

/** What destroying an environment came to. */
export type Destroyed = "all" | "nothing was there" | "not agreed" | "not all";

/**
 * Destroys an environment. Everything is judged and planned before anything is touched: what is retained, what the last
 * deploy has promised, and whether the states are those of what AWS has.
 *
 * @throws where something speaks against it, or nobody is there to agree.
 */
export async function destroyEnvironment(
  run: TerraformRun,
  environment: SynthesizedEnvironment,
  approval: Approval,
  outcome: Outcome,
): Promise<Destroyed> {
  const { name } = environment;
  const { states } = await prepareToChange(run, environment);
  const refusals = destroyRefusals(states);
  if (refusals.length > 0) {
    throw new Failure([...refusals, "nothing was destroyed"].join("\n"));
  }
  await refuseLeftStack(environment);
  await run.orEnd(refuseMissingStates(environment, states));
  const deployed = environment.stacks.filter((stack) => addressesOf(states.get(stack)).length > 0);
  environment.stacks.filter((stack) => !deployed.includes(stack)).forEach((one) => outcome.note(one, "done"));
  if (deployed.length === 0) {
    return "nothing was there";
  }
  [...deployed].reverse().forEach((stack) => destroyLines(stack, states.get(stack)).forEach(print));
  stayLines(environment, states).forEach(print);
  refuseUnasked("destroy", name, approval);
  const folder = draftFolder();
  await progress(`${deployed.map((stack) => stack.name).join(", ")}: planning`, () =>
    planAll(run, deployed, folder),
  );
  if (approval.autoApprove !== true && !(await typed(run, `Type ${name} to destroy all of this:`, name))) {
    return "not agreed";
  }
  for (const wave of waves(environment.stacks).reverse()) {
    const due = wave.filter((stack) => deployed.includes(stack));
    const applied = await applyAll(run, due, outcome, "destroying", (stack) => ({
      file: planFile(folder, stack.name),
      count: addressesOf(states.get(stack)).length,
    }));
    if ([...applied.values()].some(({ state }) => state !== "done")) {
      return "not all";
    }
  }
  return "all";
}

/**
 * Refuses where a stack is deployed that the settings no longer have: it would be left behind without a word.
 *
 * @throws then.
 */
async function refuseLeftStack({ name, stacks }: SynthesizedEnvironment): Promise<void> {
  const [sibling] = stacks;
  const wanted = stackName(name, "sessions");
  // Reading a workspace of HCP Terraform that is not there would make one.
  if (sibling === undefined || stacks.some((stack) => stack.name === wanted) || sibling.terraform.cloud) {
    return;
  }
  const terraform = JSON.parse(
    JSON.stringify(sibling.terraform).replaceAll(sibling.name, wanted),
  ) as SynthesizedStack["terraform"];
  if ((await readOutputs({ ...sibling, name: wanted, terraform })) !== undefined) {
    throw new Failure(
      `${wanted} is deployed, and the settings no longer have sessions: set sessions: false, which leaves recordings in AWS, ` +
        `or sessions: { recordings: "delete" }, deploy ${name}, then destroy\nnothing was destroyed`,
    );
  }
}

/**
 * Plans the end of every stack.
 *
 * @throws where one cannot be planned: all that is wrong.
 */
async function planAll(
  run: TerraformRun,
  stacks: readonly SynthesizedStack[],
  folder: string,
): Promise<void> {
  const problems = await sideBySide(
    stacks.map(async (stack) => {
      const out = `-out=${planFile(folder, stack.name)}`;
      const args = ["plan", "-destroy", "-input=false", "-no-color", out];
      const { status, stdout, stderr } = await run.terraform(stack, args);
      return status === 0 ? [] : [`${stack.name}: ${whyFailed(stack, stderr || stdout)}`];
    }),
  );
  if (problems.flat().length > 0) {
    throw new Failure([...problems.flat(), "nothing was destroyed"].join("\n"));
  }
}

/** Addresses of what a state has, in their order. */
function addressesOf(state: State | undefined): string[] {
  return (state?.resources ?? []).map(addressOf).sort();
}

function destroyLines({ name, layer }: SynthesizedStack, state: State | undefined): string[] {
  const addresses = addressesOf(state);
  return [
    `${paint.bold(name)}  ${plural(addresses.length, "resource")} to destroy`,
    ...addresses.map((address) => `  ${paint.red("-")} ${address}`),
    ...(layer === "sessions" && addresses.some((address) => address.startsWith("aws_cloudwatch_log_group."))
      ? [`  ${paint.red("!!")} ${paint.red("all recordings are deleted with it")}`]
      : []),
  ];
}

/** What a destroy leaves in AWS, as far as the project knows. */
function stayLines(
  { stacks }: SynthesizedEnvironment,
  states: ReadonlyMap<SynthesizedStack, State>,
): string[] {
  const networks = stacks
    .flatMap(({ data }) => data)
    .filter(({ type }) => type === "aws_vpc")
    .map(({ config }) => `the network ${String(config.id)}, which this project did not make`);
  const forgotten = stacks.some(({ layer, removed }) => layer === "sessions" && removed.length > 1);
  const keys = [...states.values()].some(({ resources }) =>
    resources.some(({ type }) => type === "aws_kms_key"),
  );
  const stays = [
    ...networks,
    ...(forgotten ? ["log group, key and bucket of recordings, where an earlier deploy has left them"] : []),
    ...(keys ? ["the key for 30 days, in which aws kms cancel-key-deletion brings it back"] : []),
  ];
  return stays.length === 0 ? [] : [`stays in AWS: ${stays.join("; ")}`];
}
