import { PORT } from "../../modules/facts/port";
import { shortHash } from "../../modules/facts/short-hash";
import { named } from "../assembly/choose";
import type { ForwardTarget } from "../assembly/environments";
import { freePort, openingProblem } from "../process/ports";
import { Failure } from "../terminal/failure";

/**
 * The ports that targets have by themselves: none needs rights, and systems hand none of them out to programs, which Linux
 * does from 32768 and others from 49152.
 */
const OWN_PORTS = { first: 20_000, count: 10_000 };

/** A target, and the port of this machine that leads to it. */
export interface LocalPort {
  readonly target: ForwardTarget;
  readonly port: number;
  /** Whether another program has the port that would be its own. */
  readonly isReplaced: boolean;
}

/**
 * The ports that targets such as `db` or `db:15432` are reached at: the one that is given; else the one that is the target's
 * own on every machine, so that what was once told to a client stays right; else the next that is free.
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
  const own = ownPorts(targets, where);
  const taken = new Set(given);
  const ports: LocalPort[] = [];
  for (const { target, port: wish } of asked) {
    const preferred = wish ?? (own.get(target.name) as number);
    const port = wish ?? (await freePort(preferred, taken));
    taken.add(port);
    ports.push({ target, port, isReplaced: port !== preferred });
  }
  return ports;
}

/** Each target's own port, by the names of environment and target: the same on every machine, whatever else is opened. */
function ownPorts(targets: readonly ForwardTarget[], environment: string): Map<string, number> {
  const ports = new Map<string, number>();
  const taken = new Set<number>();
  for (const name of targets.map((target) => target.name).sort()) {
    let offset = Number.parseInt(shortHash(`${environment}/${name}`), 16) % OWN_PORTS.count;
    while (taken.has(offset)) {
      offset = (offset + 1) % OWN_PORTS.count;
    }
    taken.add(offset);
    ports.set(name, OWN_PORTS.first + offset);
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
