import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../terminal/failure";

const FOLDERS = new Set<string>();

/** A folder for as long as this process lives, which may hold what nobody else should read. */
export function scratchFolder(parent = tmpdir()): string {
  const folder = makeIn(parent);
  if (FOLDERS.size === 0) {
    process.once("exit", () => {
      FOLDERS.forEach(remove);
      FOLDERS.clear();
    });
  }
  FOLDERS.add(folder);
  return folder;
}

function makeIn(parent: string): string {
  try {
    return mkdtempSync(join(parent, "session-manager-"));
  } catch (error) {
    if (parent !== tmpdir()) {
      throw error;
    }
    const variable = process.platform === "win32" ? "TEMP" : "TMPDIR";
    throw new Failure(
      `no folder for temporary files can be made in ${parent} (${(error as NodeJS.ErrnoException).code}): ` +
        `make room there, or set ${variable} to a folder that you can write to`,
    );
  }
}

/** Does something in such a folder, which is gone when it is done. */
export async function inScratchFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = scratchFolder();
  try {
    return await work(folder);
  } finally {
    remove(folder);
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
