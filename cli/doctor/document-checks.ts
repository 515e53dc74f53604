import type { SynthesizedResource } from "../assembly/stacks";
import { MAKE_SESSION_USER, SESSION_USER, SESSION_USER_MARK } from "../../modules/facts/sessions";
import { AwsFailure } from "../aws/errors";
import { Failure } from "../terminal/failure";
import { deployedKey, deployedText, made } from "./deployed";
import type { Examination } from "./examination";
import { type Finding, fail, pass, unknown } from "./finding";

/** What fields of a document are called; the others by their own names. Those that recording hangs on come first. */
const FIELDS: Readonly<Record<string, (is: string, deployed: string) => string>> = {
  "inputs.runAsEnabled": (is) =>
    is === "true" ? "runs as a user who must be there" : "lets SSM Agent make its user, with sudo",
  "inputs.runAsDefaultUser": (is, deployed) => `runs as ${is}, not as ${deployed}`,
  "inputs.cloudWatchLogGroupName": (is, deployed) => `records to ${is}, not to ${deployed}`,
  "inputs.cloudWatchStreamingEnabled": onOff("streaming"),
  "inputs.cloudWatchEncryptionEnabled": onOff("the demand for an encrypted log group"),
  "inputs.kmsKeyId": (is, deployed) => `encrypts with ${is}, not with ${deployed}`,
  "inputs.shellProfile.linux": (is) => `types ${is}, not what was deployed`,
  "inputs.s3BucketName": (is, deployed) => `copies to ${is}, not to ${deployed}`,
  "inputs.s3EncryptionEnabled": onOff("the demand for an encrypted bucket"),
  "inputs.idleSessionTimeout": (is, deployed) => `idle minutes ${is}, not ${deployed}`,
  "inputs.maxSessionDuration": (is, deployed) => `longest duration ${is}, not ${deployed}`,
  "properties.host": (is, deployed) => `leads to ${is}, not to ${deployed}`,
  "properties.portNumber": (is, deployed) => `leads to port ${is}, not ${deployed}`,
};

/** Fields that people read, and nothing else does. */
const WORDS = /(^|\.)description$/;

/** The documents that sessions of an environment are started with, each with what its check is called. */
export function sessionDocuments(
  examination: Examination,
): { check: string; document: SynthesizedResource }[] {
  const { documentName, root, forward = [] } = examination.environment.recording ?? {};
  const checkOf = (name: unknown): string => {
    if (name === documentName) {
      return "session document";
    }
    if (name === root?.documentName) {
      return "root shell's document";
    }
    const target = forward.find((one) => one.documentName === name);
    return target === undefined ? "account preferences" : `tunnel ${target.name}`;
  };
  return made(examination, "aws_ssm_document").map((document) => ({
    check: checkOf(document.config.name),
    document,
  }));
}

/** Whether a document is there, and every field of its default version is as it was deployed. */
export async function documentAsDeployed(
  examination: Examination,
  { config }: SynthesizedResource,
): Promise<Finding> {
  const name = String(config.name);
  const found = await examination.documentNamed(name);
  if (found === undefined) {
    return fail(`${name} is not there`, examination.deploy);
  }
  if (found.Status !== "Active") {
    const fix = found.Status === "Failed" ? examination.deploy : "look again when it is Active, in a minute";
    return fail(`${name} is ${found.Status}`, fix);
  }
  const live = flatten(parse(found.Content ?? "", examination, name));
  const written = flatten(parse(String(config.content), examination, name));
  const differing: string[] = [];
  const uncompared: string[] = [];
  for (const field of inOrder([...written.keys(), ...live.keys()])) {
    const given = written.get(field);
    const deployed = typeof given === "string" ? await deployedValue(examination, field, given) : given;
    if (given !== undefined && deployed === undefined) {
      uncompared.push(field.split(".").at(-1) ?? field);
    } else if ((live.get(field) ?? "") !== (deployed ?? "")) {
      differing.push(say(field, live.get(field), deployed));
    }
  }
  if (differing.length > 0) {
    return fail(`${name} is not as deployed: ${differing.join("; ")}`, examination.deploy);
  }
  const newer = await newerVersion(examination, name, found.DocumentVersion);
  const recorded = live.get("inputs.cloudWatchLogGroupName");
  const target = live.get("properties.host");
  const seen =
    (recorded !== undefined
      ? `${name} records to ${String(recorded)}`
      : `${name} leads to ${String(target)}, port ${String(live.get("properties.portNumber"))}`) +
    `, every field as deployed${newer}`;
  return uncompared.length === 0
    ? pass(seen)
    : unknown(
        `${seen} but ${uncompared.join(" and ")}, which cannot be compared without the state of ${examination.environment.name}-sessions`,
        "whoever may read that state can tell",
      );
}

/** Whether sessions run as a user without sudo, as far as the document, the first boot and Run Command tell. */
export async function sessionUser(examination: Examination): Promise<Finding> {
  const { InstanceId: id, Platform } = await examination.instance();
  if ((await examination.document()) === undefined) {
    throw new Failure("not asked, since the document is not there");
  }
  const { runAsEnabled, runAsDefaultUser: user = "" } = await examination.recordingInputs();
  if (Platform?.toLowerCase() === "windows") {
    return unknown(
      `Windows: sessions run as ${SESSION_USER}, an administrator, and may stop being recorded without a word`,
      "choose Linux for what has to be recorded",
    );
  }
  if (runAsEnabled !== true) {
    return fail(`the document lets SSM Agent make ${SESSION_USER}, with sudo`, examination.deploy);
  }
  const deployed = deployedUser(examination);
  if (deployed !== undefined && user !== deployed) {
    return fail(`the document has sessions run as ${user}, not as ${deployed}`, examination.deploy);
  }
  if (user !== SESSION_USER) {
    return pass(`sessions run as ${user}, whom the image must bring: without, they are refused`);
  }
  if ((await examination.account.userData(id)).includes(SESSION_USER_MARK)) {
    return pass(`sessions run as ${user}, made at boot without sudo`);
  }
  const madeAt = await examination.account.ranOn(id, MAKE_SESSION_USER).catch((error: unknown) => {
    if (error instanceof AwsFailure) {
      return undefined;
    }
    throw error;
  });
  if (madeAt !== undefined) {
    return pass(`sessions run as ${user}, made without sudo by Run Command at ${madeAt.toISOString()}`);
  }
  const commands = JSON.stringify({ commands: MAKE_SESSION_USER });
  const make = examination.aws(
    `ssm send-command --document-name AWS-RunShellScript --targets Key=InstanceIds,Values=${id} --parameters '${commands}'`,
  );
  return unknown(
    `booted before ${user} was made at boot: it has sudo where an earlier session made it, and sessions are refused ` +
      "where none did; Run Command, which remembers 30 days, knows of nothing that made it",
    `${make}, which does no harm where it was done before, or replace the instance`,
  );
}

/** The user that the synthesized document has sessions run as. */
function deployedUser(examination: Examination): string | undefined {
  const own = sessionDocuments(examination).find(({ check }) => check === "session document");
  const { inputs } = JSON.parse(String(own?.document.config.content ?? "{}")) as {
    inputs?: { runAsDefaultUser?: string };
  };
  return inputs?.runAsDefaultUser;
}

/** What a field is once it is deployed; the key can be told without the state, by its alias. */
async function deployedValue(
  examination: Examination,
  field: string,
  given: string,
): Promise<string | undefined> {
  const text = await deployedText(examination, "sessions", given);
  return text === undefined && field === "inputs.kmsKeyId" ? deployedKey(examination) : text;
}

/** What is said of a version that sessions do not use; nothing where there is none, or nobody may see it. */
async function newerVersion({ account }: Examination, name: string, used = ""): Promise<string> {
  const latest = await account.document(name, "$LATEST").catch(() => undefined);
  const version = latest?.DocumentVersion ?? used;
  return version === used ? "" : `; version ${version} is newer, and not the default, so no session uses it`;
}

function parse(content: string, { deploy }: Examination, name: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new Failure(`${name} is not JSON: ${deploy}`);
  }
}

/** Every value by its path; what people read is left out. */
function flatten(value: unknown, path = ""): Map<string, unknown> {
  if (typeof value !== "object" || value === null) {
    return new Map(WORDS.test(path) ? [] : [[path, value]]);
  }
  return new Map(
    Object.entries(value).flatMap(([key, one]) => [...flatten(one, path === "" ? key : `${path}.${key}`)]),
  );
}

function inOrder(fields: readonly string[]): string[] {
  const known = Object.keys(FIELDS);
  const place = (field: string): number => (known.includes(field) ? known.indexOf(field) : known.length);
  return [...new Set(fields)].sort((one, other) => place(one) - place(other));
}

function say(field: string, is: unknown, deployed: unknown): string {
  const text = (value: unknown): string => {
    if (value === undefined || value === "") {
      return "nothing";
    }
    return /\s/.test(String(value)) ? JSON.stringify(value) : String(value);
  };
  const words = FIELDS[field] ?? ((live: string, own: string) => `${field} is ${live}, not ${own}`);
  return words(text(is), text(deployed));
}

function onOff(what: string): (is: string) => string {
  return (is) => `${what} ${is === "true" ? "on" : "off"}`;
}
