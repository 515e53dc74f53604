import { PORT } from "../../modules/facts/port";
import { named } from "../assembly/choose";
import type { ForwardTarget } from "../assembly/environments";
import { freePort, openingProblem } from "../process/ports";
import { Failure } from "../terminal/failure";

/** A target, and the port of this machine that leads to it. */
export interface LocalPort {
  readonly target: ForwardTarget;
  readonly port: number;
}

/**
 * The ports that targets such as `db` or `db:15432` are reached at: the one that is given; else the target's own, where
 * it is free; else any that is.
 *
 * @param where the environment's name
 * @throws where a target is unknown, or a port that is given cannot be had.
 */
export async function localPorts(
  wanted: readonly string[],
  targets: readonly ForwardTarget[],
  where: string,
): Promise<LocalPort[]> {
  const asked = wanted.map((text) => {
    const [name = "", ...rest] = text.split(":");
    return {
      target: named(targets, name, "forward target", where),
      port: rest.length === 0 ? undefined : portOf(text, rest.join(":")),
    };
  });
  refuseTwice(asked.map(({ target }) => target.name));
  const given = asked.flatMap(({ port }) => port ?? []);
  refuseTwice(given.map((port) => `port ${port}`));
  for (const { target, port } of asked) {
    const problem = port === undefined ? undefined : await openingProblem(port);
    if (problem !== undefined) {
      throw new Failure(`${target.name}:${port}: ${problem}: give another, or none`);
    }
  }
  const taken = new Set(given);
  const ports: LocalPort[] = [];
  for (const { target, port: own } of asked) {
    const port = own ?? (await freePort(target.port, taken));
    taken.add(port);
    ports.push({ target, port });
  }
  return ports;
}

function portOf(text: string, port: string): number {
  if (!/^[1-9]\d*$/.test(port) || PORT.problem(Number(port)) !== undefined) {
    throw new Failure(`${text}: got port ${port || "without a number"}; allowed: ${PORT.min} to ${PORT.max}`);
  }
  return Number(port);
}

function refuseTwice(things: readonly string[]): void {
  const twice = things.find((thing, index) => things.indexOf(thing) !== index);
  if (twice !== undefined) {
    throw new Failure(`${twice} is given twice: give each once`);
  }
}
