import { connect, createServer } from "node:net";

/** How far to look for a port that is free before taking any. */
const NEARBY = 100;

/** The preferred port where it can be had, else the first after it that can, and is not taken. */
export async function freePort(preferred: number, taken: ReadonlySet<number>): Promise<number> {
  for (let port = preferred; port < preferred + NEARBY; port += 1) {
    if (!taken.has(port) && (await openingProblem(port)) === undefined) {
      return port;
    }
  }
  return listenOnce(0);
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
