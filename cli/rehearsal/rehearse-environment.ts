import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type SynthesizedEnvironment, stackOf } from "../assembly/environments";
import { type EndSignal, exitStatus, whileHandling } from "../process/signals";
import { Failure } from "../terminal/failure";
import { print, tell } from "../terminal/output";
import { progress } from "../terminal/progress";
import { type Emulator, startEmulator, useEmulator } from "./emulator";
import { rehearse } from "./rehearsal";
import { rehearsalTable } from "./report";

/** How an environment is rehearsed. */
export interface RehearseOptions {
  /** URL of a server that is there already; one is started where there is none. */
  readonly endpoint?: string;
  /** Whether nothing is destroyed, and the server kept until Ctrl-C. */
  readonly keep?: boolean;
  /** Whether JSON is printed in place of a table. */
  readonly json?: boolean;
}

/** Where rehearsals take place. */
const FOLDER = ".rehearsal";

/**
 * Rehearses an environment and prints what came of it: the exit status.
 *
 * @throws where it uses what others made, or there is no server to rehearse on.
 */
export async function rehearseEnvironment(
  environment: SynthesizedEnvironment,
  options: RehearseOptions,
): Promise<number> {
  refuseExisting(environment);
  mkdirSync(FOLDER, { recursive: true });
  const root = mkdtempSync(join(FOLDER, `${environment.name}-`));
  // Kept with all that was said, unless it passes or is broken off.
  let done = false;
  process.once("exit", () => {
    if (done || readdirSync(root).length === 0) {
      rmSync(root, { recursive: true, force: true });
    }
  });
  const emulator = await progress("starting moto", (say) =>
    options.endpoint === undefined
      ? startEmulator(join(root, "moto.log"), say)
      : useEmulator(options.endpoint),
  );
  let ended: EndSignal | undefined;
  // Terraform hears Ctrl-C itself, and ends: what it works on is thrown away when it has.
  const note = (signal: EndSignal): void => {
    ended ??= signal;
  };
  const { keep = false } = options;
  const steps = await whileHandling(note, () =>
    rehearse(environment.stacks, {
      root,
      emulator,
      keep,
      watch: (title, work) => progress(title, work),
      goOn: () => ended === undefined,
    }),
  );
  const passed = ended === undefined && steps.every((step) => step.passed);
  print(
    options.json
      ? JSON.stringify({ environment: environment.name, passed, steps }, undefined, 2)
      : rehearsalTable(steps),
  );
  done = passed || ended !== undefined;
  if (passed && keep) {
    await lookAround(emulator, environment, options.endpoint === undefined);
  }
  emulator.end();
  if (!done) {
    tell(`${root} has what Terraform was given, and what it said`);
  }
  if (options.endpoint !== undefined) {
    tell(`what is still on ${emulator.url} stays there until: curl -X POST ${emulator.url}/moto-api/reset`);
  }
  return ended === undefined ? Number(!passed) : exitStatus(ended);
}

/** What others made is not on a server that has just been started. */
function refuseExisting(environment: SynthesizedEnvironment): void {
  if (stackOf(environment, "networking")?.data.some(({ type }) => type === "aws_vpc")) {
    throw new Failure(
      `${environment.name} uses an existing network, which no emulator has: rehearse an environment that makes its own`,
    );
  }
}

async function lookAround(
  { url }: Emulator,
  { region }: SynthesizedEnvironment,
  own: boolean,
): Promise<void> {
  tell(`
export AWS_ENDPOINT_URL=${url} AWS_REGION=${region} AWS_ACCESS_KEY_ID=rehearsal AWS_SECRET_ACCESS_KEY=rehearsal
aws ec2 describe-instances
`);
  if (!own) {
    return;
  }
  tell("Ctrl-C ends it, and all that is in it.");
  await new Promise<void>((done) => {
    const alive = setInterval(() => undefined, 60_000);
    void whileHandling(
      () => {
        clearInterval(alive);
        done();
      },
      () => new Promise(() => undefined),
    );
  });
}
