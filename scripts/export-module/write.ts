import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ORIGIN } from "./module-stack";

/** What became of the files of an export, a line each; or what keeps all of them from being written. */
export type Written = { readonly done: readonly string[] } | { readonly problems: readonly string[] };

/** Where a module is in its folder. */
const MODULE_FILE = "main.tf.json";

/**
 * Writes an export: all of its files or none. Modules of an earlier export are replaced, or removed where this one has them
 * no more; what others wrote is left alone.
 *
 * @param files texts by path below the folder
 * @param modules every module that an export can have
 */
export function writeExport(
  folder: string,
  files: Readonly<Record<string, string>>,
  modules: readonly string[],
): Written {
  const isModule = (path: string): boolean => path.endsWith(MODULE_FILE);
  const problems = Object.keys(files)
    .filter((path) => isModule(path) && isOfOthers(join(folder, path)))
    .map(
      (path) =>
        `${join(folder, path)} was not written by an export, and is left as it is: name another folder, or move the file`,
    );
  if (problems.length > 0) {
    return { problems };
  }
  const fresh = Object.entries(files).filter(([path, text]) => {
    const file = join(folder, path);
    return isModule(path) || !existsSync(file) || readFileSync(file, "utf8") === text;
  });
  const drafts: (readonly [draft: string, file: string])[] = [];
  let file = folder;
  try {
    for (const [path, text] of fresh) {
      file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      const draft = `${file}.draft`;
      drafts.push([draft, file]);
      writeFileSync(draft, text);
    }
    for (const [draft, target] of drafts) {
      file = target;
      renameSync(draft, target);
    }
  } catch (error) {
    drafts.forEach(([draft]) => rmSync(draft, { force: true }));
    return { problems: [`${file} cannot be written: ${(error as Error).message}`] };
  }
  const stale = modules
    .map((name) => `${name}/${MODULE_FILE}`)
    .filter((path) => !(path in files) && existsSync(join(folder, path)) && !isOfOthers(join(folder, path)));
  stale.forEach((path) => rmSync(join(folder, path)));
  const kept = Object.keys(files).filter((path) => !fresh.some(([one]) => one === path));
  return {
    done: [
      ...fresh.map(([path]) => join(folder, path)),
      ...kept.map(
        (path) => `kept ${join(folder, path)}, as it may be yours by now: remove it to have a new one`,
      ),
      ...stale.map((path) => `removed ${join(folder, path)}, which the environment has no more`),
    ],
  };
}

/** Whether there is a file that no export wrote. */
function isOfOthers(file: string): boolean {
  if (!existsSync(file)) {
    return false;
  }
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { "//"?: unknown })["//"] !== ORIGIN;
  } catch {
    return true;
  }
}
