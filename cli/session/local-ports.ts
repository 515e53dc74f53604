import { connect, createServer } from "node:net";
import { named } from "../assembly/choose";
import type { ForwardTarget } from "../assembly/environments";
import { Failure } from "../terminal/failure";

/** A target, and the port of this machine that leads to it. */
export interface LocalPort {
  /** The target. */
  readonly target: ForwardTarget;
  /** The port. */
  readonly port: number;
}

/** Ports below this are not for everybody to open. */
const FIRST_FREE_FOR_ALL = 1024;

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
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65535) {
    throw new Failure(`${text}: got port ${port || "without a number"}; allowed: 1 to 65535`);
  }
  return Number(port);
}

function refuseTwice(things: readonly string[]): void {
  const twice = things.find((thing, index) => things.indexOf(thing) !== index);
  if (twice !== undefined) {
    throw new Failure(`${twice} is given twice: give each once`);
  }
}

async function freePort(preferred: number, taken: ReadonlySet<number>): Promise<number> {
  const usable = preferred >= FIRST_FREE_FOR_ALL && !taken.has(preferred);
  if (usable && (await openingProblem(preferred)) === undefined) {
    return preferred;
  }
  for (;;) {
    const port = await listenOnce(0);
    if (!taken.has(port)) {
      return port;
    }
  }
}

/** What keeps a port from being opened; undefined where nothing does. */
export async function openingProblem(port: number): Promise<string | undefined> {
  const inUse = `port ${port} is in use by another program`;
  try {
    await listenOnce(port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EADDRINUSE" ? inUse : `port ${port} cannot be opened (${code})`;
  }
  // One that listens on ::1, or on all addresses at once, leaves 127.0.0.1 free on some systems, and answers to localhost.
  const answered = await Promise.all(["127.0.0.1", "::1"].map((host) => answers(host, port)));
  return answered.includes(true) ? inUse : undefined;
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}

/** Listens on a port of this machine, any for 0, and stops at once: the port it was. */
export function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const { port: opened } = server.address() as { readonly port: number };
      server.close(() => resolve(opened));
    });
  });
}
