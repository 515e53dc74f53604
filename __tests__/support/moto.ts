import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { resolve } from "node:path";

/** A server that answers as AWS does, for the tests of one file. */
export interface Moto {
  /** Where it is: for AWS_ENDPOINT_URL. */
  readonly url: string;
}

/** `describe` with a moto server of its own where there is one; elsewhere a skip, with a notice. */
export function describeMoto(name: string, tests: (moto: Moto) => void): void {
  const own = resolve(__dirname, "../../.venv/bin/moto_server");
  const program = existsSync(own) ? own : "moto_server";
  // It takes a second to say so much, in each file of tests: of the project's own it is known.
  if (program !== own && spawnSync(program, ["--help"]).status !== 0) {
    process.stderr.write(`skipped: ${name}: no moto_server: .venv/bin/pip install -r requirements-dev.txt\n`);
    describe.skip(name, () => tests({ url: "" }));
    return;
  }
  describe(name, () => {
    // On its first call of a kind, moto loads what it needs for seconds.
    jest.setTimeout(60_000);
    const moto = { url: "" };
    let server: ChildProcess;
    beforeAll(async () => {
      const port = await freePort();
      server = spawn(program, ["-H", "127.0.0.1", "-p", `${port}`], {
        stdio: "ignore",
        env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: "true" },
      });
      moto.url = `http://127.0.0.1:${port}`;
      await answers(moto.url, server);
    });
    afterAll(async () => {
      const ended = once(server, "exit");
      // Nothing of it is kept, and it takes its time to end in good order.
      if (server.kill("SIGKILL")) {
        await ended;
      }
    });
    tests(moto);
  });
}

/** A port of this machine that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  while (server.exitCode === null) {
    try {
      await fetch(`${url}/moto-api/`);
      return;
    } catch {
      await new Promise((again) => setTimeout(again, 100));
    }
  }
  throw new Error("moto_server does not start");
}
