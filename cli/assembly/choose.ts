import { likelyName } from "../../stacks/settings/likely-name";
import type { SynthesizedEnvironment, SynthesizedInstance } from "./environments";
import { Failure } from "../terminal/failure";
import { mayBeDeployed } from "./local-state";
import { isInteractive } from "../terminal/output";

interface Named {
  readonly name: string;
}

/** An instance, and where it belongs. */
export interface ChosenInstance {
  readonly environment: SynthesizedEnvironment;
  readonly instance: SynthesizedInstance;
}

/** The environment of that name; else the only one, or the only one that is deployed; else a person is asked. */
export async function chooseEnvironment(
  environments: readonly SynthesizedEnvironment[],
  wanted?: string,
): Promise<SynthesizedEnvironment> {
  if (wanted !== undefined) {
    return named(environments, wanted, "environment", "cdktf.out");
  }
  const deployed = environments.filter(({ instancesStack }) => mayBeDeployed(instancesStack));
  return pick(deployed.length > 0 ? deployed : environments, "environment", "--environment");
}

/** The name of an environment that is given as an argument or as an option; throws where both differ. */
export function environmentName(argument?: string, option?: string): string | undefined {
  if (argument !== undefined && option !== undefined && argument !== option) {
    throw new Failure(`two environments, ${argument} and --environment ${option}: give one`);
  }
  return argument ?? option;
}

/** The instance of that name, in whichever environment has it; else the only one; else a person is asked. */
export async function chooseInstance(
  environments: readonly SynthesizedEnvironment[],
  wanted: { readonly environment?: string; readonly instance?: string },
): Promise<ChosenInstance> {
  const { instance: name } = wanted;
  let candidates = environments;
  if (name !== undefined && wanted.environment === undefined) {
    candidates = environments.filter(({ instances }) => instances.some((one) => one.name === name));
    if (candidates.length === 0) {
      // Refused, with the names of all.
      const all = environments.flatMap(({ instances }) => instances);
      namedInstance(all, name, environments.map((one) => one.name).join(", "));
    }
  }
  const environment = await chooseEnvironment(candidates, wanted.environment);
  const instance =
    name === undefined
      ? await pick(environment.instances, "instance", "<instance>")
      : namedInstance(environment.instances, name, environment.name);
  return { environment, instance };
}

/** The instance of that name; throws where there is none, and says what one that had the name is called now. */
function namedInstance(
  instances: readonly SynthesizedInstance[],
  name: string,
  where: string,
): SynthesizedInstance {
  const isThere = instances.some((one) => one.name === name);
  const now = isThere ? undefined : instances.find(({ renamedFrom }) => renamedFrom === name)?.name;
  if (now !== undefined) {
    throw new Failure(`no instance ${name} in ${where}: ${name} is named ${now} now`);
  }
  return named(instances, name, "instance", where);
}

/** The thing of that name; throws where there is none, and says which name was probably meant. */
export function named<T extends Named>(things: readonly T[], name: string, what: string, where: string): T {
  const found = things.find((thing) => thing.name === name);
  if (found !== undefined) {
    return found;
  }
  const names = [...new Set(things.map((thing) => thing.name))];
  const meant = likelyName(name, names);
  const question = meant === undefined ? "" : `; did you mean ${meant}?`;
  throw new Failure(`no ${what} ${name} in ${where}: there is ${names.join(", ") || "none"}${question}`);
}

async function pick<T extends Named>(things: readonly T[], what: string, option: string): Promise<T> {
  const [first, second] = things;
  if (first === undefined) {
    throw new Failure(`there is no ${what} in cdktf.out: run npm start first`);
  }
  if (second === undefined) {
    return first;
  }
  if (!isInteractive()) {
    const names = things.map(({ name }) => name).join(", ");
    throw new Failure(`several ${what}s, ${names}: say which with ${option}`);
  }
  const { select } = await import("@inquirer/prompts");
  const choices = things.map((value) => ({ name: value.name, value }));
  return select({ message: `Which ${what}?`, choices }, { output: process.stderr });
}
