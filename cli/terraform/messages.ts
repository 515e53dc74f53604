import { relative } from "node:path";
import type { SynthesizedStack } from "../assembly/stacks";
import { INSTALL_PAGE, requiredVersion, terraformName } from "./program";

/** Where Terraform keeps a state that its backend did not take. */
export const ERRORED_STATE = "errored.tfstate";

/** Lines that point into JSON which nobody has written by hand. */
const SOURCE = /^(with .+,$|on .+ line \d+|in .+:$|\d+: )/;

/** What Terraform's messages come to: their text without frame, headings and colours, in one line. */
export function terraformReason(output: string): string {
  const lines = plainLines(output);
  // The first error of init only says that there are others.
  const start = lines.findIndex((line) => /^Error: (?!Terraform encountered problems)/.test(line));
  return (start < 0 ? lines : lines.slice(start))
    .filter((line) => line !== "" && !SOURCE.test(line))
    .slice(0, 6)
    .join(" ")
    .replace(/^Error: /, "");
}

/** What Terraform says in `-json` form, as a person reads it; whatever is no such line stays as it is. */
export function readableLine(line: string): string {
  const message = parseMessage(line);
  if (message === undefined) {
    return line;
  }
  const { summary, detail, severity } = message.diagnostic ?? {};
  if (summary === undefined) {
    return message["@message"];
  }
  const heading = `${severity === "warning" ? "Warning" : "Error"}: ${summary}`;
  return detail ? `${heading}\n\n${detail}` : heading;
}

/** A line of Terraform's `-json` output: https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
export interface TerraformMessage {
  /** What it says, as a sentence. */
  readonly "@message": string;
  /** What it tells of, such as `planned_change`. */
  readonly type?: string;
  /** An error or a warning. */
  readonly diagnostic?: { readonly severity?: string; readonly summary?: string; readonly detail?: string };
  readonly [key: string]: unknown;
}

/** Reads a line of `-json` output; undefined where it is another line. */
export function parseMessage(line: string): TerraformMessage | undefined {
  if (!line.startsWith("{")) {
    return undefined;
  }
  try {
    const message = JSON.parse(line) as Partial<TerraformMessage>;
    return typeof message["@message"] === "string" ? (message as TerraformMessage) : undefined;
  } catch {
    return undefined;
  }
}

/** Why Terraform did not do something with a stack, and what helps, in one line. */
export function whyFailed(stack: SynthesizedStack, output: string): string {
  const folder = relative("", stack.folder);
  const lock = terraformLock(output);
  // A state that is damaged cannot be locked either, and nobody has locked it.
  if (lock !== undefined && told(plainLines(output), "Who") !== undefined) {
    const unlock = `${terraformName()} -chdir=${folder} force-unlock ${told(plainLines(output), "ID") ?? "<ID>"}`;
    return `${lock}: try again when that has ended; if it was killed and has left its lock, ${unlock}`;
  }
  const reason = terraformReason(output);
  const [, found] = /does not support (?:Terraform|OpenTofu) version (\d+(?:\.\d+)*)/.exec(reason) ?? [];
  if (found !== undefined) {
    return `${terraformName()} is ${found}, and this needs ${requiredVersion([stack])}: ${INSTALL_PAGE}`;
  }
  if (/Backend (configuration changed|initialization required)/.test(reason)) {
    return (
      "its state is kept elsewhere than the settings now say: to take it there, " +
      `${terraformName()} -chdir=${folder} init -migrate-state (docs/state.md)`
    );
  }
  if (/Failed to (query available provider packages|install provider)|no available releases/.test(reason)) {
    return (
      `${terraformName()} cannot get the AWS provider: ${reason}: let it reach its registry, or give it a mirror ` +
      "(https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation)"
    );
  }
  if (reason.includes("Failed to save state")) {
    return `${reason} ${saveAdvice(stack)}`;
  }
  const [, unmade] =
    /Resource (\S+) has lifecycle\.prevent_destroy set, but the plan calls/.exec(reason) ?? [];
  if (unmade !== undefined) {
    return (
      `${unmade} would be replaced or destroyed, and holds recordings. If a deploy broke off while it was made, keep it: ` +
      `${terraformName()} -chdir=${folder} untaint ${unmade} (docs/recovery.md, step 4)`
    );
  }
  return /AlreadyExists|already exists/i.test(reason)
    ? `${reason} It was made by a deploy that was interrupted, its state is elsewhere, or recordings were kept when they were ` +
        "switched off: docs/recovery.md, steps 3 and 7, and docs/recording.md"
    : reason;
}

/** What to do where a run could not save its state, and has left it beside the stack's JSON. */
export function saveAdvice({ folder }: SynthesizedStack): string {
  const here = relative("", folder);
  return (
    `What was done is in ${here}/${ERRORED_STATE}: ${terraformName()} -chdir=${here} state push ${ERRORED_STATE} && ` +
    `rm ${here}/${ERRORED_STATE} (docs/recovery.md, step 5)`
  );
}

/** Who keeps Terraform from a state, in one line; undefined where its messages name no lock. */
export function terraformLock(output: string): string | undefined {
  const lines = plainLines(output);
  if (!lines.includes("Error: Error acquiring the state lock")) {
    return undefined;
  }
  const since = told(lines, "Created")?.replace(/\.\d+ .*/, " UTC");
  const operation = told(lines, "Operation")?.replace("OperationType", "").toLowerCase();
  return (
    `its state is locked by ${told(lines, "Who") ?? "somebody"}` +
    (since === undefined ? "" : ` since ${since}`) +
    (operation === undefined ? "" : ` (${operation})`)
  );
}

/** What Terraform tells of a lock under a label. */
function told(lines: readonly string[], label: string): string | undefined {
  return lines
    .find((line) => line.startsWith(`${label}: `))
    ?.slice(label.length + 1)
    .trim();
}

function plainLines(output: string): string[] {
  return (
    output
      // eslint-disable-next-line no-control-regex -- colours begin with the escape character
      .replace(/\u001b\[[0-9;]*m/g, "")
      .split("\n")
      .map((line) => line.replace(/^[│╷╵|\s]+/, "").trim())
  );
}
