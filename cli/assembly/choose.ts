import { likelyName } from "../../stacks/settings/likely-name";
import type { SynthesizedEnvironment, SynthesizedInstance } from "./environments";
import { Failure } from "../terminal/failure";
import { mayBeDeployed } from "../terraform/outputs";
import { isInteractive } from "../terminal/output";

/** An instance, and where it belongs. */
export interface ChosenInstance {
  /** Its environment. */
  readonly environment: SynthesizedEnvironment;
  /** The instance. */
  readonly instance: SynthesizedInstance;
}

/**
 * The environment that a command is for: the one that is named; else the only one, or the only one that is deployed;
 * else a person is asked.
 *
 * @throws where there is none of that name, or several and nobody to ask.
 */
export async function chooseEnvironment(
  environments: readonly SynthesizedEnvironment[],
  wanted: string | undefined,
): Promise<SynthesizedEnvironment> {
  if (wanted !== undefined) {
    return named(environments, wanted, "environment", "cdktf.out");
  }
  const deployed = environments.filter(({ instancesStack }) => mayBeDeployed(instancesStack));
  const candidates = deployed.length > 0 ? deployed : environments;
  return pick(candidates, "environment", "--environment");
}

/**
 * The name of an environment that may be given as an argument or as an option.
 *
 * @throws where both are given and differ: neither is then surely meant.
 */
export function environmentName(
  argument: string | undefined,
  option: string | undefined,
): string | undefined {
  if (argument !== undefined && option !== undefined && argument !== option) {
    throw new Failure(`two environments, ${argument} and --environment ${option}: give one`);
  }
  return argument ?? option;
}

/**
 * The instance that a command is for: the one that is named, or the only one; else a person is asked. A name that is
 * in one environment alone needs no environment.
 *
 * @throws where there is none of that name, or several and nobody to ask.
 */
export async function chooseInstance(
  environments: readonly SynthesizedEnvironment[],
  wanted: { readonly environment?: string; readonly instance?: string },
): Promise<ChosenInstance> {
  const { instance: name } = wanted;
  const holders =
    name === undefined || wanted.environment !== undefined
      ? environments
      : environments.filter(({ instances }) => instances.some((one) => one.name === name));
  // In no environment: told with the names of all.
  const within = holders.length > 0 ? holders : environments;
  if (holders.length === 0) {
    const all = within.flatMap(({ instances }) => instances);
    named(all, name as string, "instance", within.map((one) => one.name).join(", "));
  }
  const environment = await chooseEnvironment(within, wanted.environment);
  const instance =
    name === undefined
      ? await pick(environment.instances, "instance", "<instance>")
      : named(environment.instances, name, "instance", environment.name);
  return { environment, instance };
}

/**
 * The one thing of a name.
 *
 * @throws where there is none, with the name that was probably meant.
 */
export function named<T extends { readonly name: string }>(
  things: readonly T[],
  name: string,
  what: string,
  where: string,
): T {
  const found = things.find((thing) => thing.name === name);
  if (found === undefined) {
    const names = [...new Set(things.map((thing) => thing.name))];
    const meant = likelyName(name, names);
    throw new Failure(
      `no ${what} ${name} in ${where}: there is ${names.join(", ") || "none"}` +
        (meant === undefined ? "" : `; did you mean ${meant}?`),
    );
  }
  return found;
}

async function pick<T extends { readonly name: string }>(
  things: readonly T[],
  what: string,
  option: string,
): Promise<T> {
  const [first] = things;
  if (first === undefined) {
    throw new Failure(`there is no ${what} in cdktf.out: run npm start first`);
  }
  if (things.length === 1) {
    return first;
  }
  if (!isInteractive()) {
    throw new Failure(
      `several ${what}s, ${things.map(({ name }) => name).join(", ")}: say which with ${option}`,
    );
  }
  const { select } = await import("@inquirer/prompts");
  return select(
    { message: `Which ${what}?`, choices: things.map((value) => ({ name: value.name, value })) },
    { output: process.stderr },
  );
}
