import { Command, Option } from "commander";
import { Failure } from "../terminal/failure";

/** What can open a session: AWS's plugin, or the client of this project. */
export type SessionClientName = "plugin" | "builtin";

/** What every command that opens sessions can be told. */
export interface SessionOptions {
  readonly environment?: string;
  /** Seconds to wait for Systems Manager. */
  readonly timeout: number;
  readonly reason?: string;
  /** @default - the plugin, where there is one */
  readonly client?: SessionClientName;
  readonly json?: boolean;
}

/** A command with the {@link SessionOptions}. */
export function sessionCommand(json: string): Command {
  return new Command()
    .option("--environment <name>", "name of the environment, where the names are in several")
    .option("--timeout <seconds>", "how long to wait for Systems Manager", timeoutSeconds, 300)
    .option("--reason <text>", "why: AWS keeps it with the session", sessionReason)
    .addOption(
      new Option("--client <name>", "what opens it; by default AWS's plugin, where there is one").choices([
        "plugin",
        "builtin",
      ]),
    )
    .option("--json", json);
}

/**
 * The seconds that a person allows.
 *
 * @throws where it is no number of them.
 */
export function timeoutSeconds(text: string): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) > 3600) {
    throw new Failure(`--timeout: got ${text}; allowed: 0 to 3600 seconds; 0 asks once`);
  }
  return Number(text);
}

/**
 * Why a session is opened, as a person wrote it.
 *
 * @throws where AWS would not keep it.
 */
export function sessionReason(text: string): string {
  if (!/^.{1,256}$/.test(text)) {
    throw new Failure(`--reason: got ${text.length} characters; allowed: one line of 1 to 256 characters`);
  }
  return text;
}
