import { accessSync, constants, statSync } from "node:fs";
import { delimiter, extname, resolve } from "node:path";
import { Failure } from "../terminal/failure";
import { TOO_MANY_FILES } from "../terminal/machine";

/** What Windows starts by itself. The rest of what its shells find are scripts, which need a shell. */
const WINDOWS_ENDINGS = [".exe", ".com"];
const WINDOWS_SCRIPTS = [".cmd", ".bat", ".ps1"];

/** What a person can do about a program that is there and that the system does not start. */
const START_ADVICE: Readonly<Record<string, string>> = {
  ENOENT: "what it needs to run, such as the interpreter of a script, is not there: install it again",
  EACCES: "it may not be run here: look at its rights, and whether its disk is mounted with noexec",
  ENOEXEC: `it is for another kind of machine: install the one for ${process.platform}, ${process.arch}`,
  EMFILE: TOO_MANY_FILES,
  ENOMEM: "there is no memory left: end other programs",
  EAGAIN: "there are too many processes: end other programs",
};

/** Where a program is on the PATH, absolute, as it may be run in another folder; undefined where it is not. */
export function findProgram(name: string): string | undefined {
  return places(name, endingsOf(name)).find(isExecutable);
}

/** Why {@link findProgram} finds none: how a message begins. */
export function whyNotFound(name: string): string {
  const missing = `no ${name} on the PATH`;
  const there = (endings: readonly string[]): string | undefined => places(name, endings).find(isFile);
  if (process.platform === "win32") {
    const script = there(WINDOWS_SCRIPTS);
    return script === undefined
      ? missing
      : `${missing} that can be started (${script} is a script of a shell, and not an .exe)`;
  }
  const unfit = there([""]);
  if (unfit !== undefined) {
    return `${missing} that may be run (chmod +x ${unfit})`;
  }
  const windows = there(WINDOWS_ENDINGS);
  return windows === undefined
    ? missing
    : `${missing} (${windows} is that of Windows: WSL needs one of its own)`;
}

/** What a person is told of a program that is there and that the system does not start. */
export function startFailure(program: string, { code = "", message }: NodeJS.ErrnoException): Failure {
  return new Failure(
    `${program} does not start: ${START_ADVICE[code] ?? `${message}: install it again`}${code && ` (${code})`}`,
  );
}

function endingsOf(name: string): readonly string[] {
  return process.platform === "win32" && !WINDOWS_ENDINGS.includes(extname(name).toLowerCase())
    ? WINDOWS_ENDINGS
    : [""];
}

/** Where a program may be: in each folder of the PATH, unless its name says where. */
function places(name: string, endings: readonly string[]): string[] {
  const isPath = name.includes("/") || (process.platform === "win32" && name.includes("\\"));
  const folders = isPath ? [""] : (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => endings.map((ending) => resolve(folder, name + ending)));
}

function isExecutable(path: string): boolean {
  try {
    // Windows knows no such right, and answers for any file.
    accessSync(path, process.platform === "win32" ? constants.F_OK : constants.X_OK);
    return isFile(path);
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // A PATH may name folders that are not there, that are files, or that one may not look into.
    return false;
  }
}
