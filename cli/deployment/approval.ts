import { Option } from "commander";
import { Failure } from "../terminal/failure";
import { isInteractive, tell } from "../terminal/output";
import { pause } from "../terminal/times";
import { type Loss, lossText } from "../terraform/losses";
import { Interrupted, type TerraformRun } from "../terraform/run";

/** What was agreed to before a question is asked. */
export interface Approval {
  /** Whether nobody is asked. */
  readonly autoApprove?: boolean;
  /** Addresses of what may be replaced or destroyed. */
  readonly replace?: readonly string[];
}

/** The option that names what may be replaced or destroyed. */
export function replaceOption(): Option {
  return new Option(
    "--replace <address>",
    "lets this be replaced or destroyed, where a plan does so to what holds data or people's access; any number of times",
  )
    .default([], "none")
    .argParser((address: string, before: string[]) => [...before, address]);
}

/** Throws if nobody has agreed and there is nobody to ask. */
export function refuseUnasked(command: string, environment: string, { autoApprove = false }: Approval): void {
  if (!autoApprove && !isInteractive()) {
    throw new Failure(
      `nobody can approve here, as this is no terminal: npm run ${command} -- ${environment} --auto-approve`,
    );
  }
}

/** Asks a question with yes and no for its answers. */
export async function confirmed(run: TerraformRun, message: string): Promise<boolean> {
  const { confirm } = await import("@inquirer/prompts");
  return answer(run, (context) => confirm({ message, default: false }, context));
}

/** Asks a person to type a text, and returns whether it was the wanted one. */
export async function typed(run: TerraformRun, message: string, wanted: string): Promise<boolean> {
  const { input } = await import("@inquirer/prompts");
  return (await answer(run, (context) => input({ message }, context))).trim() === wanted;
}

/** Whether every loss was named, in the options or when asked; `again` is the command that a failure completes with the names. */
export async function lossesNamed(
  run: TerraformRun,
  losses: readonly Loss[],
  { replace = [] }: Approval,
  again: string,
): Promise<boolean> {
  const unnamed = losses.filter(({ address }) => !replace.includes(address));
  if (unnamed.length === 0) {
    return true;
  }
  if (!isInteractive()) {
    const options = replaceOptions([...replace, ...unnamed.map(({ address }) => address)]);
    const advice = `this is applied only where each is named: ${again}${options}`;
    throw new Failure([...unnamed.map(lossText), advice].join("\n"));
  }
  for (const loss of unnamed) {
    tell(lossText(loss));
    if (!(await typed(run, `Type ${loss.address} to have it ${loss.how}:`, loss.address))) {
      return false;
    }
  }
  return true;
}

/** The options that name these addresses, quoted for a shell. */
export function replaceOptions(addresses: readonly string[]): string {
  return addresses
    .map((address) => ` --replace ${/^[\w.-]+$/.test(address) ? address : `'${address}'`}`)
    .join("");
}

/** How long it takes, in milliseconds, until what was typed before a question has arrived. */
const TYPED_AHEAD = 50;

/** Drops what was typed before the question was shown, since it cannot be an answer to it. */
async function dropTypedAhead(): Promise<void> {
  const { stdin } = process;
  const drop = (keys: Buffer): void => {
    // In raw mode Ctrl-C is a key.
    if (keys.includes(3)) {
      process.kill(process.pid, "SIGINT");
    }
  };
  stdin.setRawMode(true);
  stdin.on("data", drop);
  await pause(TYPED_AHEAD);
  stdin.off("data", drop);
  stdin.pause();
  stdin.setRawMode(false);
}

/** Asks; Ctrl-C, and whatever else ends the command, ends the question. */
async function answer<T>(
  run: TerraformRun,
  ask: (context: { output: NodeJS.WritableStream; signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  run.refuseEnded();
  await dropTypedAhead();
  try {
    return await ask({ output: process.stderr, signal: run.aborted.signal });
  } catch (error) {
    if (["ExitPromptError", "AbortPromptError"].includes((error as Error).name)) {
      run.interrupt(run.signal ?? "SIGINT");
      throw new Interrupted();
    }
    throw error;
  }
}
