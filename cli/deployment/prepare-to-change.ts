import type { SynthesizedEnvironment } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { progress } from "../terminal/progress";
import { accountsOf, placeProblems } from "./moved-away";
import { type Preparation, prepare, refuseUnprepared } from "../terraform/prepare";
import type { TerraformRun } from "../terraform/run";

/** Makes the stacks of an environment ready to be planned, as far as they can be. */
export function prepareAll(
  run: TerraformRun,
  { name, stacks }: SynthesizedEnvironment,
): Promise<Preparation> {
  // The first time here, Terraform downloads its provider.
  return progress(`${name}: initializing, reading states`, () => prepare(run, stacks));
}

/**
 * Makes the stacks of an environment ready to be changed.
 *
 * @throws where one cannot be, and where what is deployed is not where the settings say, which no plan would tell.
 */
export async function prepareToChange(
  run: TerraformRun,
  environment: SynthesizedEnvironment,
): Promise<Preparation> {
  const prepared = await prepareAll(run, environment);
  refuseUnprepared(prepared);
  await run.orEnd(refuseMoved(environment, prepared));
  return prepared;
}

/**
 * Makes sure that what is deployed is where the settings say.
 *
 * @throws where it is in another Region or account, or under another prefix.
 */
export async function refuseMoved(
  environment: SynthesizedEnvironment,
  { states }: Preparation,
): Promise<void> {
  const isDeployed = accountsOf([...states.values()]).length > 0;
  const account = isDeployed ? await accountOf(environment) : undefined;
  const problems = placeProblems(environment.name, states, account);
  if (problems.length > 0) {
    throw new Failure([...problems, "nothing was done"].join("\n"));
  }
}

/** Id of the account of the credentials; undefined where runs in HCP Terraform may have others than this machine. */
async function accountOf(environment: SynthesizedEnvironment): Promise<string | undefined> {
  if (environment.stacks.some(({ terraform }) => terraform.cloud !== undefined)) {
    return undefined;
  }
  // The clients take a while to load, and a first deploy needs none.
  const { deployingAccount } = await import("../aws/deploying-account");
  return (await deployingAccount(environment)).account;
}
