import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { type ClientConfig, clientConfig } from "../aws/client";
import type { Credentials } from "../aws/credentials";
import { Failure } from "../terminal/failure";
import { listenOnce } from "../process/ports";
import { findProgram, whyNotFound } from "../process/find-program";
import { capture } from "../process/run";
import { pause } from "../terminal/times";

/** A server that answers as AWS does. */
export interface Emulator {
  readonly url: string;
  /** Version of moto. A server that was there already does not say it, and is taken for the same. */
  readonly version: string;
  /** Ends it, where it was started here. */
  readonly end: () => void;
}

/** How clients of an emulator are made. It takes any credentials; those of a role belong to the role's account. */
export function emulatedConfig(
  url: string,
  region = "eu-central-1",
  credentials: Credentials = { accessKeyId: "rehearsal", secretAccessKey: "rehearsal" },
): ClientConfig & { endpoint: string; credentials: Credentials } {
  return { ...clientConfig(region), endpoint: url, credentials };
}

/** Where moto is installed, if no Python has it yet. */
const ENVIRONMENT = ".rehearsal/python";

/**
 * Serves until its standard input closes, which it does when the process that started it ends. Of two calls that Terraform
 * makes for a state machine moto knows nothing: it finds nothing wrong with a definition, and no versions.
 */
const SERVE = `
import os, sys, threading
from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse
StepFunctionResponse.validate_state_machine_definition = lambda self: ActionResult({"result": "OK", "diagnostics": []})
StepFunctionResponse.list_state_machine_versions = lambda self: ActionResult({"stateMachineVersions": []})
def end():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=end, daemon=True).start()
from moto.server import main
main(sys.argv[1:])
`;

const VERSION = "5.2.5";

/** Milliseconds that moto may take to answer. */
const PATIENCE = 60_000;

/** Starts moto, whose output goes to a file, on a free port; installs it first where it is missing. */
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
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  await waitForAnswer(url, child, log);
  return { url, version: VERSION, end };
}

/** An emulator that is there already; throws where no moto answers. */
export async function useEmulator(address: string): Promise<Emulator> {
  const url = address.replace(/\/$/, "");
  const page = await fetch(`${url}/moto-api/`)
    .then((response) => response.text())
    .catch(() => "");
  if (!/moto/i.test(page)) {
    throw new Failure(
      `no moto server answers at ${url}: start one, or leave --endpoint out to have one started`,
    );
  }
  return { url, version: VERSION, end: () => undefined };
}

/** A Python that has moto: the project's own, the system's, or one that is installed for it. */
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
      `${whyNotFound("python3")}: moto, which answers in place of AWS, is written in Python 3: install it ` +
        "(https://www.python.org/downloads), or name a server with --endpoint",
    );
  }
  const requirement = `moto[server]==${VERSION}`;
  say(`installing ${requirement} in ${ENVIRONMENT}, once`);
  mkdirSync(ENVIRONMENT, { recursive: true });
  let result = await capture(system, ["-m", "venv", ENVIRONMENT]);
  if (result.status === 0) {
    const options = ["--quiet", "--disable-pip-version-check"];
    result = await capture(own, ["-m", "pip", "install", ...options, requirement]);
  }
  if (result.status !== 0) {
    const said = `${result.stdout}${result.stderr}`.trim();
    const reason = said.split("\n").at(-1) ?? "";
    // Debian and its kin leave venv out of Python, and say so many lines before the last.
    const advice = /ensurepip is not/.test(said)
      ? `python3 lacks venv: ${/\bapt\S* install \S+/.exec(said)?.[0] ?? "install python3-venv"}`
      : `${reason}: install it yourself`;
    throw new Failure(`${requirement} could not be installed: ${advice}, or name a server with --endpoint`);
  }
  return own;
}

/** Whether a Python has this very version: others forget other things. */
async function hasMoto(python: string): Promise<boolean> {
  const { status, stdout } = await capture(python, ["-c", "import flask, moto; print(moto.__version__)"]);
  return status === 0 && stdout.trim() === VERSION;
}

async function waitForAnswer(url: string, child: ChildProcess, log: string): Promise<void> {
  const end = Date.now() + PATIENCE;
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
