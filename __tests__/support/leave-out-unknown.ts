import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withoutUnknown } from "../../cli/rehearsal/emulator-gaps";

/** Takes out of all JSON in a folder what no emulator keeps, and an older provider than the pinned one does not know. */
export function leaveOutUnknown(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".tf.json") && !name.includes(".terraform"))) {
    const path = join(folder, file);
    writeFileSync(path, withoutUnknown(readFileSync(path, "utf8")));
  }
}
