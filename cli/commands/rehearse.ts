import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { chooseEnvironment, environmentName } from "../assembly/choose";
import { type SynthesizedEnvironment, readEnvironments, stackOf } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { progress } from "../terminal/progress";
import { type Emulator, startEmulator, useEmulator } from "../rehearsal/emulator";
import { type RehearsalStep, rehearse as rehearseStacks } from "../rehearsal/rehearsal";
import { type EndSignal, exitStatus, whileHandling } from "../process/signals";
import { synthesize } from "../assembly/synthesize";
import { paint, print, table, tell } from "../terminal/output";
import { terraformProgram } from "../terraform/program";

interface Options {
  readonly environment?: string;
  readonly endpoint?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** Where rehearsals take place. */
const FOLDER = ".rehearsal";

/** `npm run rehearse`: deploys and destroys an environment on a server that answers as AWS does. */
export const rehearse = new Command()
  .description(
    "Deploys an environment with Terraform on moto, a server on this machine that answers as AWS does, plans again, " +
      "takes inventory and destroys. Needs no AWS account, and reaches none.",
  )
  .argument("[environment]", "name of the environment")
  .option("--environment <name>", "the same, as an option")
  .option("--endpoint <url>", "a moto server that is there already, in place of one that is started")
  .option("--keep", "destroys nothing, and keeps the server until Ctrl-C, to look around with the AWS CLI")
  .option("--json", "prints JSON in place of a table")
  .action(async (argument: string | undefined, options: Options) => {
    terraformProgram();
    // What is said is not what was asked for.
    const status = synthesize(["inherit", 2, 2]);
    if (status !== 0) {
      process.exitCode = status;
      return;
    }
    const environment = await chooseEnvironment(
      readEnvironments(),
      environmentName(argument, options.environment),
    );
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
      rehearseStacks(environment.stacks, {
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
    process.exitCode = ended === undefined ? Number(!passed) : exitStatus(ended);
  });

/** Steps as a table, with the time of all. */
export function rehearsalTable(steps: readonly RehearsalStep[]): string {
  const rows = steps.map(({ stack, step, passed, seconds, seen }) => [
    stack,
    step,
    passed ? "pass" : "FAIL",
    `${seconds.toFixed(1)} s`,
    seen,
  ]);
  const [head = "", ...lines] = table(["stack", "step", "result", "time", "seen"], rows).split("\n");
  const coloured = lines.map((line, index) => (steps[index]?.passed ? paint.green : paint.red)(line));
  const total = steps.reduce((sum, { seconds }) => sum + seconds, 0);
  return [head, ...coloured, "", `${total.toFixed(1)} s`].join("\n");
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
