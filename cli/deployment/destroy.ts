import type { SynthesizedEnvironment } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { progress } from "../terminal/progress";
import { type SynthesizedStack, addressOf } from "../assembly/stacks";
import { paint, plural, print } from "../terminal/output";
import { applyAll } from "./apply-stacks";
import { type Approval, refuseUnasked, typed } from "./approval";
import { destroyRefusals } from "../terraform/destroy-refusals";
import { refuseMissingStates } from "./missing-states";
import { refuseMoved } from "./moved-away";
import { stackName } from "../../stacks/contract";
import { isLookupAlone, whyFailed } from "../terraform/messages";
import { readOutputs } from "../terraform/outputs";
import type { Outcome } from "./outcome";
import { prepare, refuseUnprepared } from "../terraform/prepare";
import { type TerraformRun, sideBySide } from "../terraform/run";
import { runInitialized } from "../terraform/run-initialized";
import { draftFolder, planFile } from "../terraform/saved-plans";
import type { StackStates } from "../terraform/state";
import { waves } from "./waves";

/** Destroys an environment. Everything is checked and planned before anything is touched. */
export async function destroyEnvironment(
  run: TerraformRun,
  environment: SynthesizedEnvironment,
  approval: Approval,
  outcome: Outcome,
): Promise<"all" | "nothing was there" | "not agreed" | "not all"> {
  const { name, stacks } = environment;
  const { states } = refuseUnprepared(await prepare(run, environment));
  await run.orEnd(refuseMoved(environment, states));
  refuseAny(destroyRefusals(states));
  await refuseLeftStack(environment);
  await run.orEnd(refuseMissingStates(environment, states));
  const addresses = (stack: SynthesizedStack): string[] =>
    (states.get(stack)?.resources ?? []).map(addressOf).sort();
  const deployed = stacks.filter((stack) => addresses(stack).length > 0);
  stacks.filter((stack) => !deployed.includes(stack)).forEach((stack) => outcome.note(stack, "done"));
  if (deployed.length === 0) {
    return "nothing was there";
  }
  [...deployed].reverse().forEach((stack) => destroyLines(stack, addresses(stack)).forEach(print));
  stayLines(environment, states).forEach(print);
  refuseUnasked("destroy", name, approval);
  const folder = draftFolder();
  await progress(`${deployed.map((stack) => stack.name).join(", ")}: planning`, () =>
    planAll(run, deployed, folder),
  );
  if (approval.autoApprove !== true && !(await typed(run, `Type ${name} to destroy all of this:`, name))) {
    return "not agreed";
  }
  const countOf = (stack: SynthesizedStack): number => addresses(stack).length;
  for (const wave of waves(stacks).reverse()) {
    const due = wave.filter((stack) => deployed.includes(stack));
    const applied = await applyAll(run, due, { doing: "destroying", folder, outcome, countOf });
    if (applied.some(({ result }) => result.state !== "done")) {
      return "not all";
    }
  }
  return "all";
}

function refuseAny(problems: readonly string[]): void {
  if (problems.length > 0) {
    throw new Failure([...problems, "nothing was destroyed"].join("\n"));
  }
}

/** Throws if sessions are deployed that the settings no longer have: that stack would be left behind silently. */
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
    refuseAny([
      `${wanted} is deployed, and the settings no longer have sessions: set sessions: false, which leaves recordings in AWS, ` +
        `or sessions: { recordings: "delete" }, deploy ${name}, then destroy`,
    ]);
  }
}

/** Plans the destruction of all stacks side by side. */
async function planAll(
  run: TerraformRun,
  stacks: readonly SynthesizedStack[],
  folder: string,
): Promise<void> {
  const problems = await sideBySide(
    stacks.map(async (stack) => {
      const out = `-out=${planFile(folder, stack.name)}`;
      const args = ["plan", "-destroy", "-input=false", "-no-color", out];
      const first = await runInitialized(run, stack, args);
      const lacks = first.status !== 0 && isLookupAlone(first.stderr);
      if (lacks) {
        run.forgetFailure(stack);
        run.tellOnce(
          "what others made is not all there any more, and destroying does without it: nothing is looked up",
        );
      }
      const { status, stdout, stderr } = lacks
        ? await run.terraform(stack, [...args, "-refresh=false"])
        : first;
      return status === 0 ? [] : [`${stack.name}: ${whyFailed(stack, stderr || stdout)}`];
    }),
  );
  refuseAny(problems.flat());
}

function destroyLines({ name, layer }: SynthesizedStack, addresses: readonly string[]): string[] {
  return [
    `${paint.bold(name)}  ${plural(addresses.length, "resource")} to destroy`,
    ...addresses.map((address) => `  ${paint.red("-")} ${address}`),
    ...(layer === "sessions" && addresses.some((address) => address.startsWith("aws_cloudwatch_log_group."))
      ? [`  ${paint.red("!!")} ${paint.red("all recordings are deleted with it")}`]
      : []),
  ];
}

/** Says what a destroy leaves in AWS, as far as the project knows. */
function stayLines({ stacks }: SynthesizedEnvironment, states: StackStates): string[] {
  const stays = stacks
    .flatMap(({ data }) => data)
    .filter(({ type }) => type === "aws_vpc")
    .map(({ config }) => `the network ${String(config.id)}, which this project did not make`);
  if (stacks.some(({ layer, removed }) => layer === "sessions" && removed.length > 1)) {
    stays.push("log group, key and bucket of recordings, where an earlier deploy has left them");
  }
  const resources = [...states.values()].flatMap((state) => state.resources);
  if (resources.some(({ type }) => type === "aws_kms_key")) {
    stays.push("the key for 30 days, in which aws kms cancel-key-deletion brings it back");
  }
  return stays.length === 0 ? [] : [`stays in AWS: ${stays.join("; ")}`];
}
