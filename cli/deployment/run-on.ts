import { likelyName } from "../../stacks/settings/likely-name";
import { environmentName } from "../assembly/choose";
import { type SynthesizedEnvironment, readEnvironments } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { exitStatus } from "../process/signals";
import { synthesize } from "../assembly/synthesize";
import { tell } from "../terminal/output";
import { terraformProgram } from "../terraform/program";
import { Interrupted, TerraformRun } from "../terraform/run";
import { Outcome } from "./outcome";

/** What a command that changes AWS works with. */
export interface Work {
  /** Runs Terraform. */
  readonly run: TerraformRun;
  /** The environment that was named. */
  readonly environment: SynthesizedEnvironment;
  /** Is told how far the work has come with every stack. */
  readonly outcome: Outcome;
}

/**
 * Synthesizes, finds the environment, and has a command do its work on it. However that ends, the last lines say what was
 * done, what was not begun, and how to go on.
 *
 * @param work tells whether everything was done
 */
export async function runOn(
  command: "deploy" | "destroy",
  argument: string | undefined,
  options: { readonly environment?: string },
  work: (work: Work) => Promise<boolean>,
): Promise<void> {
  terraformProgram();
  if (!synthesize("aloud")) {
    return;
  }
  const environments = readEnvironments();
  const environment = chosen(command, environments, environmentName(argument, options.environment));
  const { name, stacks } = environment;
  terraformProgram(stacks);
  const outcome = new Outcome(command === "deploy" ? stacks : [...stacks].reverse());
  await TerraformRun.during(name, command, async (run) => {
    let isDone = false;
    let isRefused = false;
    try {
      isDone = await work({ run, environment, outcome });
    } catch (error) {
      if (error instanceof Failure) {
        isRefused = true;
        tell(error.message);
      } else if (!(error instanceof Interrupted)) {
        throw error;
      }
    }
    if (isDone) {
      if (run.signal !== undefined) {
        tell(`interrupted (${run.signal}), when there was nothing left to stop: all of it is done`);
      }
      process.exitCode = run.signal === undefined ? 0 : exitStatus(run.signal);
    } else {
      const isAnswered = isRefused && run.signal === undefined;
      tellEnd(run, outcome, isAnswered ? undefined : `npm run ${command} -- ${name}`);
    }
  });
}

/** The environment of a name: nobody guesses what is to be changed. */
function chosen(
  command: string,
  environments: readonly SynthesizedEnvironment[],
  wanted: string | undefined,
): SynthesizedEnvironment {
  const environment = environments.find(({ name }) => name === wanted);
  if (environment === undefined) {
    const names = environments.map(({ name }) => name);
    const meant = wanted === undefined ? undefined : likelyName(wanted, names);
    throw new Failure(
      `${wanted === undefined ? "no environment given" : `no environment ${wanted}`}: there is ${names.join(", ")}; ` +
        (meant === undefined
          ? `npm run ${command} -- <environment>`
          : `did you mean npm run ${command} -- ${meant}?`),
    );
  }
  return environment;
}

/**
 * Tells how a command ended that has not done everything, and sets its exit status.
 *
 * @param again the command to go on with; undefined where a refusal has said what to do
 */
export function tellEnd(run: TerraformRun, outcome: Outcome, again: string | undefined): void {
  const { signal } = run;
  const isBegun = outcome.names("done").length + outcome.names("in part").length > 0;
  if (isBegun || signal !== undefined || again !== undefined) {
    tell(`${signal === undefined ? "" : `interrupted (${signal}); `}${outcome.text()}`);
  }
  if (run.isLogNeeded) {
    tell(`all that Terraform said is in ${run.logPath}`);
  }
  if (again !== undefined) {
    tell(`to go on: ${again}`);
  }
  process.exitCode = signal === undefined ? 1 : exitStatus(signal);
}
