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

/** Synthesizes, lets a command do its work, which returns whether everything was done, and says how to go on if not. */
export async function runOn(
  command: "deploy" | "destroy",
  argument: string | undefined,
  options: { readonly environment?: string },
  work: (given: {
    run: TerraformRun;
    environment: SynthesizedEnvironment;
    outcome: Outcome;
  }) => Promise<boolean>,
): Promise<void> {
  terraformProgram();
  if (!synthesize("aloud")) {
    return;
  }
  const environments = readEnvironments();
  const environment = environmentNamed(command, environments, environmentName(argument, options.environment));
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
    if (!isDone) {
      const hasAdvice = isRefused && run.signal === undefined;
      tellEnd(run, outcome, hasAdvice ? undefined : `npm run ${command} -- ${name}`);
    } else if (run.signal === undefined) {
      process.exitCode = 0;
    } else {
      tell(`interrupted (${run.signal}), when there was nothing left to stop: all of it is done`);
      process.exitCode = exitStatus(run.signal);
    }
  });
}

/** The environment of a name; nobody guesses what is to be changed. */
function environmentNamed(
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

/** Says how far a command has come, and how to go on unless a refusal has said that, and sets the exit status. */
export function tellEnd(run: TerraformRun, outcome: Outcome, again: string | undefined): void {
  const { signal } = run;
  const isBegun = outcome.names("done").length + outcome.names("in part").length > 0;
  if (isBegun || signal !== undefined || again !== undefined) {
    tell(`${signal === undefined ? "" : `interrupted (${signal}); `}${outcome.text()}`);
  }
  run.tellLog();
  if (again !== undefined) {
    tell(`to go on: ${again}`);
  }
  process.exitCode = signal === undefined ? 1 : exitStatus(signal);
}
