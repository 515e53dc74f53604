import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the compiled constructs import, and what takes its place in the entry for CDK Terrain. */
const RENAMED: readonly (readonly [from: RegExp, to: string])[] = [
  [/((?:require|import)\(["']|from ["'])cdktf(?=["'/])/g, "$1cdktn"],
  [/((?:require|import)\(["']|from ["'])@cdktf\/provider-aws(?=["'/])/g, "$1@cdktn/provider-aws"],
];

/** Where the entry is, within what is packed. */
const ENTRY = "cdktn";

/** Writes the constructs once more, for apps of CDK Terrain: the same but for the names of the libraries. */
export function writeCdktnEntry(dist: string): void {
  const files = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.(js|d\.ts)$/.test(file) && !file.startsWith(ENTRY),
  );
  for (const file of files) {
    const to = join(dist, ENTRY, file);
    mkdirSync(dirname(to), { recursive: true });
    const text = readFileSync(join(dist, file), "utf8");
    writeFileSync(
      to,
      RENAMED.reduce((renamed, [from, name]) => renamed.replace(from, name), text),
    );
  }
}

if (require.main === module) {
  writeCdktnEntry(join(__dirname, "../dist"));
}
