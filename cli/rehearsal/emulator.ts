import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { type ClientConfig, clientConfig } from "../aws/client";
import type { Credentials } from "../aws/credentials";
import { Failure } from "../terminal/failure";
import { listenOnce } from "../process/ports";
import { capture, findProgram } from "../process/run";
import { pause } from "../terminal/times";

/** A server that answers as AWS does. */
export interface Emulator {
  /** Where it is, such as `http://127.0.0.1:5000`. */
  readonly url: string;
  /** Version of moto: what it forgets is known. One that was there already does not tell, and is taken for the same. */
  readonly version: string;
  /** Ends it, where it was started here. */
  readonly end: () => void;
}

/** How clients of an emulator are made: it takes any credentials, but those of a role are of the role's account. */
export function emulatedConfig(
  url: string,
  region = "eu-central-1",
  credentials: Credentials = { accessKeyId: "rehearsal", secretAccessKey: "rehearsal" },
): ClientConfig & { endpoint: string; credentials: Credentials } {
  return { ...clientConfig(region), endpoint: url, credentials };
}

/** Where moto is installed, if it is nowhere yet. */
const ENVIRONMENT = ".rehearsal/python";

/** Serves until its standard input closes: with the process that started it, however that ends. */
const SERVE = `
import os, sys, threading
def end():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=end, daemon=True).start()
from moto.server import main
main(sys.argv[1:])
`;

/** The version of moto that is started. */
const VERSION = "5.2.5";

/** Seconds that moto may take to answer. */
const PATIENCE = 60;

/**
 * Starts moto on a free port of this machine, and has it installed first where it is not.
 *
 * @param log file that gets what it says
 * @throws where there is no Python, or moto cannot be installed or does not start.
 */
export async function startEmulator(log: string, say: (text: string) => void): Promise<Emulator> {
  const python = await pythonWithMoto(say);
  const port = await listenOnce(0);
  const url = `http://127.0.0.1:${port}`;
  say(`starting moto ${VERSION}`);
  const output = openSync(log, "w");
  const child = spawn(python, ["-c", SERVE, "-H", "127.0.0.1", "-p", `${port}`], {
    stdio: ["pipe", output, output],
    // A terminal's Ctrl-C is for us: the emulator is needed until Terraform has ended.
    detached: true,
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: "true" },
  });
  closeSync(output);
  child.unref();
  const end = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", end);
  await answering(url, child, log);
  return { url, version: VERSION, end };
}

/**
 * An emulator that is there already.
 *
 * @throws where nothing of the kind answers.
 */
export async function useEmulator(address: string): Promise<Emulator> {
  const url = address.replace(/\/$/, "");
  const told = await fetch(`${url}/moto-api/`).then(
    (response) => response.text(),
    () => "",
  );
  if (!/moto/i.test(told)) {
    throw new Failure(
      `no moto server answers at ${url}: start one, or leave --endpoint out to have one started`,
    );
  }
  return { url, version: VERSION, end: () => undefined };
}

/** A Python that has moto: the project's own, the system's, or one that is made for it. */
async function pythonWithMoto(say: (text: string) => void): Promise<string> {
  const system = findProgram("python3");
  const own = resolve(ENVIRONMENT, "bin/python");
  for (const python of [resolve(".venv/bin/python"), system, own]) {
    if (python !== undefined && existsSync(python) && (await hasMoto(python))) {
      return python;
    }
  }
  if (system === undefined) {
    throw new Failure(
      "no python3 on the PATH: moto, which answers in place of AWS, is written in Python 3: install it " +
        "(https://www.python.org/downloads), or name a server with --endpoint",
    );
  }
  const requirement = `moto[server]==${VERSION}`;
  say(`installing ${requirement} in ${ENVIRONMENT}, once`);
  mkdirSync(ENVIRONMENT, { recursive: true });
  const made = await capture(system, ["-m", "venv", ENVIRONMENT]);
  const installed =
    made.status === 0
      ? await capture(own, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement])
      : made;
  if (installed.status !== 0) {
    const said = `${installed.stdout}${installed.stderr}`.trim();
    const [reason = ""] = said.split("\n").slice(-1);
    // Debian and its kin leave it out of Python, and say so many lines before they end.
    const advice = /ensurepip is not/.test(said)
      ? `python3 lacks venv: ${/\bapt\S* install \S+/.exec(said)?.[0] ?? "install python3-venv"}`
      : `${reason}: install it yourself`;
    throw new Failure(`${requirement} could not be installed: ${advice}, or name a server with --endpoint`);
  }
  return own;
}

/** Another version forgets other things. */
async function hasMoto(python: string): Promise<boolean> {
  const { status, stdout } = await capture(python, ["-c", "import flask, moto; print(moto.__version__)"]);
  return status === 0 && stdout.trim() === VERSION;
}

async function answering(url: string, child: ChildProcess, log: string): Promise<void> {
  const end = Date.now() + PATIENCE * 1000;
  while (Date.now() < end && child.exitCode === null) {
    try {
      await fetch(`${url}/moto-api/`);
      return;
    } catch {
      await pause(100);
    }
  }
  throw new Failure(`moto does not start: ${log} has what it said`);
}
