import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type SynthesizedEnvironment, stackOf } from "../assembly/environments";
import { type EndSignal, exitStatus, whileHandling } from "../process/signals";
import { Failure } from "../terminal/failure";
import { print, tell } from "../terminal/output";
import { progress } from "../terminal/progress";
import { pause } from "../terminal/times";
import { startEmulator, useEmulator } from "./emulator";
import { rehearse } from "./rehearsal";
import { rehearsalTable } from "./report";

/** How an environment is rehearsed. */
export interface RehearseOptions {
  /** URL of a server that is there already; undefined where one is to be started. */
  readonly endpoint?: string;
  /** Whether nothing is destroyed, and the server kept until Ctrl-C. */
  readonly keep?: boolean;
  readonly json?: boolean;
}

const FOLDER = ".rehearsal";

/** Rehearses an environment and prints the result: the exit status. */
export async function rehearseEnvironment(
  environment: SynthesizedEnvironment,
  options: RehearseOptions,
): Promise<number> {
  refuseExisting(environment);
  mkdirSync(FOLDER, { recursive: true });
  const root = mkdtempSync(join(FOLDER, `${environment.name}-`));
  // The folder is kept with all output, unless the rehearsal passes or is interrupted.
  let done = false;
  process.once("exit", () => {
    if (done || readdirSync(root).length === 0) {
      rmSync(root, { recursive: true, force: true });
    }
  });
  const { endpoint, keep = false } = options;
  const emulator = await progress("starting moto", (say) =>
    endpoint === undefined ? startEmulator(join(root, "moto.log"), say) : useEmulator(endpoint),
  );
  let ended: EndSignal | undefined;
  // Terraform hears Ctrl-C itself, and ends: what it works on is thrown away after that.
  const note = (signal: EndSignal): void => {
    ended ??= signal;
  };
  const goOn = (): boolean => ended === undefined;
  const steps = await whileHandling(note, () =>
    rehearse(environment.stacks, { root, emulator, keep, watch: progress, goOn }),
  );
  const passed = ended === undefined && steps.every((step) => step.passed);
  const report = { environment: environment.name, passed, steps };
  print(options.json ? JSON.stringify(report, undefined, 2) : rehearsalTable(steps));
  done = passed || ended !== undefined;
  if (passed && keep) {
    await lookAround(emulator.url, environment.region, endpoint === undefined);
  }
  emulator.end();
  if (!done) {
    tell(`${root} has what Terraform was given, and what it said`);
  }
  if (endpoint !== undefined) {
    tell(`what is still on ${emulator.url} stays there until: curl -X POST ${emulator.url}/moto-api/reset`);
  }
  return ended === undefined ? Number(!passed) : exitStatus(ended);
}

/** A server that has just been started has nothing that others made. */
function refuseExisting(environment: SynthesizedEnvironment): void {
  if (stackOf(environment, "networking")?.data.some(({ type }) => type === "aws_vpc")) {
    throw new Failure(
      `${environment.name} uses an existing network, which no emulator has: rehearse an environment that makes its own`,
    );
  }
  if (stackOf(environment, "sessions")?.data.some(({ type }) => type === "aws_s3_bucket")) {
    throw new Failure(
      `${environment.name} keeps copies in a bucket of yours, which no emulator has: rehearse it without sessions.archive.bucketName`,
    );
  }
}

async function lookAround(url: string, region: string, own: boolean): Promise<void> {
  tell(`
export AWS_ENDPOINT_URL=${url} AWS_REGION=${region} AWS_ACCESS_KEY_ID=rehearsal AWS_SECRET_ACCESS_KEY=rehearsal
aws ec2 describe-instances
`);
  let looking = own;
  const stop = (): void => {
    looking = false;
  };
  if (own) {
    tell("Ctrl-C ends it, and all that is in it.");
  }
  await whileHandling(stop, async () => {
    while (looking) {
      await pause(100);
    }
  });
}
