import { relative } from "node:path";
import type { ProcessResult } from "../process/run";
import type { SynthesizedStack } from "../assembly/stacks";
import { machineAdvice } from "../terminal/machine";
import { INSTALL_PAGE, requiredVersion, terraformIn, terraformName } from "./program";

/** The file that Terraform keeps a state in which its backend did not take. */
export const ERRORED_STATE = "errored.tfstate";

/** What Terraform says, before it has done anything, in a folder that is to be initialized, or to be initialized again. */
const INIT_NEEDED =
  /Error: (\S+ )*?(initialization required[,:] please run|Inconsistent dependency lock file|Required plugins are not installed|Missing required provider|Module (not installed|source has changed|version requirements have changed))/;

/** Lines that point into the JSON, which nobody has written by hand. */
const SOURCE = /^(with .+,$|on .+ line \d+|in .+:$|\d+: )/;

/** The text of Terraform's messages in one line, without frame, headings and colours. */
export function terraformReason(output: string): string {
  const lines = plainLines(output);
  // The first error of init only says that there are others.
  const start = lines.findIndex((line) => /^Error: (?!Terraform encountered problems)/.test(line));
  return (
    (start < 0 ? lines : lines.slice(start))
      .filter((line) => line !== "" && !SOURCE.test(line))
      .slice(0, 6)
      .join(" ")
      .replace(/^Error: /, "")
      // What follows is a hint at Terraform's own commands, of which only the beginning is among these lines.
      .replace(/ To see which modules .*$/, "")
  );
}

/** Whether Terraform has done nothing as the folder must be initialized first. */
export function isInitNeeded({ status, stdout, stderr }: ProcessResult): boolean {
  return status === 1 && INIT_NEEDED.test(withoutColours(`${stdout}\n${stderr}`));
}

/** A line of Terraform's `-json` output, in the words that a person reads; any other line stays as it is. */
export function readableLine(line: string): string {
  const message = parseMessage(line);
  if (message === undefined) {
    return line;
  }
  const { summary, detail, severity, address } = message.diagnostic ?? {};
  if (summary === undefined) {
    return message["@message"];
  }
  const heading = `${severity === "warning" ? "Warning" : "Error"}: ${summary}`;
  return [heading, ...(detail ? [detail] : []), ...(address ? [`  with ${address},`] : [])].join("\n\n");
}

/** All that a Terraform has said, its `-json` output as a person reads it. */
export function readableOutput({ stdout, stderr }: ProcessResult): string {
  return `${stdout}\n${stderr}`.split("\n").map(readableLine).join("\n");
}

/** A line of Terraform's `-json` output: https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
interface TerraformMessage {
  /** A sentence. */
  readonly "@message": string;
  readonly diagnostic?: {
    readonly severity?: string;
    readonly summary?: string;
    readonly detail?: string;
    /** Of the resource that it is about. */
    readonly address?: string;
  };
}

/** Reads a line of `-json` output; undefined if it is another line. */
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

/**
 * Whether Terraform has failed with nothing but what others made, and it looked for: an image, a key or a parameter that is
 * gone.
 */
export function isLookupAlone(output: string): boolean {
  const lines = plainLines(output);
  const errors = lines.filter((line) => line.startsWith("Error: ")).length;
  const lookups = lines.filter((line) => /^with data\.(?!terraform_remote_state\.)\S+,$/.test(line)).length;
  return errors > 0 && lookups === errors;
}

/** The images that Terraform has looked for in vain, as they are called in the JSON. */
export function imagesNotFound(output: string): string[] {
  return plainLines(output).flatMap(
    (line) => /^with data\.aws_ami\.image_([\w-]+)(?:\[0\])?,$/.exec(line)?.[1] ?? [],
  );
}

/** Why Terraform failed with a stack, and what helps, in one line. */
export function whyFailed(stack: SynthesizedStack, output: string): string {
  const terraform = terraformIn(stack);
  const lock = terraformLock(output);
  const lines = plainLines(output);
  // A damaged state cannot be locked either, although nobody has locked it.
  if (lock !== undefined && lockField(lines, "Who") !== undefined) {
    const unlock = `${terraform} force-unlock ${lockField(lines, "ID") ?? "<ID>"}`;
    return `${lock}: try again when that has ended; if it was killed and has left its lock, ${unlock}`;
  }
  const reason = terraformReason(output);
  const version = /does not support (?:Terraform|OpenTofu) version (\d+(?:\.\d+)*)/.exec(reason)?.[1];
  if (version !== undefined) {
    return `${terraformName()} is ${version}, and this needs ${requiredVersion([stack])}: ${INSTALL_PAGE}`;
  }
  if (/Backend (configuration changed|initialization required)/.test(reason)) {
    const migrate = `${terraform} init -migrate-state (docs/state.md)`;
    return `its state is kept elsewhere than the settings now say: to take it there, ${migrate}`;
  }
  const advice = machineAdvice(reason);
  if (advice !== undefined) {
    return `${reason}: ${advice}`;
  }
  // What asdf, mise and tfenv say in Terraform's place.
  if (/No version is set for|Version could not be resolved/.test(reason)) {
    return `${reason}: choose a version there, or name the program itself in TERRAFORM_BINARY_NAME`;
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
  const images = imagesNotFound(output);
  if (/query returned no results/.test(reason) && images.length > 0) {
    return (
      `${images.join(", ")} ${images.length === 1 ? "is" : "are"} not there: an AMI id is of one Region, and the image must be ` +
      "shared with the account that deploys. What runs from an image that is gone stays as it is, and nothing can be made from it"
    );
  }
  const kept = /Resource (\S+) has lifecycle\.prevent_destroy set, but the plan calls/.exec(reason)?.[1];
  if (kept !== undefined) {
    return (
      `${kept} would be replaced or destroyed, and holds recordings. If a deploy broke off while it was made, keep it: ` +
      `${terraform} untaint ${kept} (docs/recovery.md, step 4)`
    );
  }
  return /AlreadyExists|already exists/i.test(reason)
    ? `${reason} It was made by a deploy that was interrupted, its state is elsewhere, or recordings were kept when they were ` +
        "switched off: docs/recovery.md, steps 3 and 7, and docs/recording.md"
    : reason;
}

/** What to do with a state that a run could not save and left beside the stack's JSON. */
export function saveAdvice(stack: SynthesizedStack): string {
  const file = `${relative("", stack.folder)}/${ERRORED_STATE}`;
  return (
    `What was done is in ${file}: ${terraformIn(stack)} state push ${ERRORED_STATE} && ` +
    `rm ${file} (docs/recovery.md, step 5)`
  );
}

/** Who has locked a state, in one line; undefined if Terraform's messages name no lock. */
export function terraformLock(output: string): string | undefined {
  const lines = plainLines(output);
  if (!lines.includes("Error: Error acquiring the state lock")) {
    return undefined;
  }
  const since = lockField(lines, "Created")?.replace(/\.\d+ .*/, " UTC");
  const operation = lockField(lines, "Operation")?.replace("OperationType", "").toLowerCase();
  return (
    `its state is locked by ${lockField(lines, "Who") ?? "somebody"}` +
    (since === undefined ? "" : ` since ${since}`) +
    (operation === undefined ? "" : ` (${operation})`)
  );
}

function lockField(lines: readonly string[], label: string): string | undefined {
  return lines
    .find((line) => line.startsWith(`${label}: `))
    ?.slice(label.length + 1)
    .trim();
}

function plainLines(output: string): string[] {
  return withoutColours(output)
    .split("\n")
    .map((line) => line.replace(/^[│╷╵|\s]+/, "").trim());
}

function withoutColours(output: string): string {
  // eslint-disable-next-line no-control-regex -- colours begin with the escape character
  return output.replace(/\u001b\[[0-9;]*m/g, "");
}
