import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { shortHash } from "../../modules/facts/short-hash";
import { ORIGIN } from "./module-stack";

/** What became of the files of an export, a line each; or what keeps all of them from being written. */
export type Written = { readonly done: readonly string[] } | { readonly problems: readonly string[] };

/** Where a module is in its folder. */
const MODULE_FILE = "main.tf.json";

/** The first line of HCL that people go on with, and what it says of the rest. */
const SIGNATURE =
  /^# Written by npm run export-module\. (\w+) tells whether it was changed: it is yours then\.\n\n/;

/** HCL with a first line that tells the next export whether somebody has changed it. */
export function signed(hcl: string): string {
  return `# Written by npm run export-module. ${shortHash(hcl)} tells whether it was changed: it is yours then.\n\n${hcl}`;
}

/**
 * Writes an export: all of its files or none. What an earlier export wrote is replaced, or removed where this one has it no
 * more; what others wrote, or have changed, is left alone.
 *
 * @param files texts by path below the folder
 * @param modules every module that an export can have
 */
export function writeExport(
  folder: string,
  files: Readonly<Record<string, string>>,
  modules: readonly string[],
): Written {
  const moduleFiles = modules.map((name) => `${name}/${MODULE_FILE}`);
  const before = new Map<string, string | undefined>();
  try {
    for (const path of new Set([...Object.keys(files), ...moduleFiles])) {
      before.set(path, existsSync(join(folder, path)) ? readFileSync(join(folder, path), "utf8") : undefined);
    }
  } catch (error) {
    return { problems: [`${folder} cannot be read: ${(error as Error).message}`] };
  }
  const ours = (path: string): boolean => isOurs(before.get(path));
  const foreign = Object.keys(files).filter((path) => moduleFiles.includes(path) && !ours(path));
  if (foreign.length > 0) {
    return {
      problems: foreign.map(
        (path) =>
          `${join(folder, path)} was not written by an export, and is left as it is: name another folder, or move the file`,
      ),
    };
  }
  const fresh = Object.keys(files).filter(ours);
  const kept = Object.keys(files).filter((path) => !ours(path));
  const stale = moduleFiles.filter(
    (path) => !(path in files) && before.get(path) !== undefined && ours(path),
  );
  const failure = replaceAll(folder, fresh, files, before) ?? removeAll(folder, stale);
  if (failure !== undefined) {
    return { problems: [failure] };
  }
  return {
    done: [
      ...fresh.map((path) => join(folder, path)),
      ...kept.map((path) => `kept ${join(folder, path)}, which was changed: remove it to have a new one`),
      ...stale.map((path) => `removed ${join(folder, path)}, which the environment has no more`),
    ],
  };
}

/** Whether a file may be replaced: there is none, or an export wrote it and nobody has changed it. */
function isOurs(text: string | undefined): boolean {
  if (text === undefined) {
    return true;
  }
  const [line, hash] = SIGNATURE.exec(text) ?? [];
  if (line !== undefined) {
    return hash === shortHash(text.slice(line.length));
  }
  try {
    return (JSON.parse(text) as { "//"?: unknown })["//"] === ORIGIN;
  } catch {
    return false;
  }
}

/** Drafts first, which then take the places of files: what kept that from being done, after which all is as before. */
function replaceAll(
  folder: string,
  paths: readonly string[],
  texts: Readonly<Record<string, string>>,
  before: ReadonlyMap<string, string | undefined>,
): string | undefined {
  const draftOf = (path: string): string => join(folder, `${path}.draft`);
  const replaced: string[] = [];
  let current = "";
  try {
    for (const path of paths) {
      current = path;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(draftOf(path), texts[path] ?? "");
    }
    for (const path of paths) {
      current = path;
      renameSync(draftOf(path), join(folder, path));
      replaced.push(path);
    }
    return undefined;
  } catch (error) {
    for (const path of replaced) {
      const text = before.get(path);
      if (text === undefined) {
        rmSync(join(folder, path));
      } else {
        writeFileSync(join(folder, path), text);
      }
    }
    paths.filter((path) => existsSync(draftOf(path))).forEach((path) => rmSync(draftOf(path)));
    return `${join(folder, current)} cannot be written: ${(error as Error).message}`;
  }
}

function removeAll(folder: string, paths: readonly string[]): string | undefined {
  try {
    paths.forEach((path) => rmSync(join(folder, path)));
    return undefined;
  } catch (error) {
    return `the other files are written, but ${(error as Error).message}`;
  }
}
