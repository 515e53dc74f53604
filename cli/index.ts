import { type Command, CommanderError } from "commander";
import { Failure } from "./terminal/failure";
import { installSignals, isBusy } from "./process/signals";
import { lostOptions } from "./terminal/lost-options";
import { systemAdvice } from "./terminal/machine";
import { tell } from "./terminal/output";

/** The commands, by the name of their npm script; each is loaded when it is asked for. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  apply: async () => (await import("./commands/apply")).apply,
  connect: async () => (await import("./commands/connect")).connect,
  cost: async () => (await import("./commands/cost")).cost,
  deploy: async () => (await import("./commands/deploy")).deploy,
  destroy: async () => (await import("./commands/destroy")).destroy,
  diagram: async () => (await import("./commands/diagram")).diagram,
  diff: async () => (await import("./commands/diff")).diff,
  doctor: async () => (await import("./commands/doctor")).doctor,
  env: async () => (await import("./commands/env")).env,
  forward: async () => (await import("./commands/forward")).forward,
  lock: async () => (await import("./commands/lock")).lock,
  logs: async () => (await import("./commands/logs")).logs,
  orphans: async () => (await import("./commands/orphans")).orphans,
  plan: async () => (await import("./commands/plan")).plan,
  rehearse: async () => (await import("./commands/rehearse")).rehearse,
  scan: async () => (await import("./commands/scan")).scan,
  summary: async () => (await import("./commands/summary")).summary,
  "test-alarm-pattern": async () => (await import("./commands/test-alarm-pattern")).testAlarmPattern,
  verify: async () => (await import("./commands/verify")).verify,
};

/**
 * What ends Terraform in good order where it is told to end itself. Windows has no signal for that, and a Terraform that is
 * ended there loses what it has not yet written to its state.
 */
const NOT_ON_WINDOWS: readonly string[] = ["apply", "deploy", "destroy", "diff", "plan", "rehearse"];

/** The names of all commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/**
 * Runs a command to its end, and says all that it has to say.
 *
 * @param args its name, and what it is given
 * @returns the status for the process to end with
 */
export async function main([name = "", ...given]: readonly string[]): Promise<number> {
  // pnpm, and PowerShell's users who write it twice, hand on the mark that npm takes away.
  const args = given[0] === "--" ? given.slice(1) : given;
  const load = COMMANDS[name];
  if (load === undefined) {
    tell(`no command ${name}: there is ${COMMAND_NAMES.join(", ")}; npm run <command> -- --help`);
    return 1;
  }
  if (process.platform === "win32" && NOT_ON_WINDOWS.includes(name)) {
    tell(
      `npm run ${name} does not run on Windows itself, where Terraform could not be ended in good order: run it in WSL ` +
        "(https://learn.microsoft.com/windows/wsl/install), on Linux or on macOS",
    );
    return 1;
  }
  try {
    const command = (await load()).name(`npm run ${name} --`).exitOverride().showSuggestionAfterError();
    const lost = lostOptions(name, command, args, process.env);
    if (lost !== undefined) {
      throw new Failure(lost);
    }
    await command.parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error);
  }
}

/** Tells what went wrong, and says how the process ends. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode;
  }
  if (error instanceof Failure) {
    tell(error.message);
    return 1;
  }
  // Ctrl-C at a question.
  if ((error as Error).name === "ExitPromptError") {
    return 130;
  }
  // A folder or a file that is not ours to read or write, or a full disk: the message has what, why and where.
  const advice = systemAdvice(error as NodeJS.ErrnoException);
  if (advice !== undefined) {
    tell(advice);
    return 1;
  }
  // Ours, not the user's: whoever reports it needs to say where.
  tell((error as Error).stack ?? String(error));
  return 1;
}

/** Has the process end in good order, whatever ends it: a command that a test calls is ended by nothing of this. */
function installEndings(): void {
  installSignals();
  // A reader that has seen enough, such as head, is no mistake, and mends none. Terraform is not left alone for that.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (!isBusy()) {
      process.exit(error.code === "EPIPE" ? process.exitCode : 1);
    }
  });
  // Where nobody reads what goes on, it goes on.
  process.stderr.on("error", () => undefined);
}

if (require.main === module) {
  installEndings();
  void main(process.argv.slice(2)).then((status) => {
    process.exitCode = status;
  });
}
