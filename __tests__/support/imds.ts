import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type RequestListener, createServer } from "node:http";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** Metadata services of this machine, started as they are asked for, and ended together. */
export class MetadataServices {
  private readonly ends: (() => void)[] = [];

  /** A service that nobody here wrote; with `tokens` it demands them. */
  public async emulator(tokens: "required" | "optional"): Promise<string> {
    const child: ChildProcess = spawn(python(), [join(__dirname, "imds.py")], {
      env: { ...process.env, MINISTACK_IMDS_V2_REQUIRED: tokens === "required" ? "1" : "0" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.ends.push(() => child.stdin?.end());
    const [port] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    return `http://127.0.0.1:${port.toString().trim()}`;
  }

  /** A service that answers as a test says. */
  public async answering(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, "127.0.0.1");
    this.ends.push(() => {
      server.close();
      server.closeAllConnections();
    });
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  /** Ends them. */
  public end(): void {
    this.ends.splice(0).forEach((end) => end());
  }
}

/** `describe` where the emulator is there; elsewhere a skip, with a notice. */
export function describeImds(name: string, tests: () => void): void {
  if (spawnSync(python(), ["-c", "import ministack"]).status === 0) {
    describe(name, tests);
  } else {
    process.stderr.write(`skipped: ${name}: no ministack: .venv/bin/pip install -r requirements-dev.txt\n`);
    describe.skip(name, tests);
  }
}

function python(): string {
  const own = resolve(__dirname, "../../.venv/bin/python");
  return existsSync(own) ? own : "python3";
}
