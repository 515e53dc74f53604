import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The program of the cdktf CLI, under whatever name: CDK Terrain's is another. */
export function cdktfProgram(): string {
  const manifest = require.resolve("cdktf-cli/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: Record<string, string> };
  return join(dirname(manifest), Object.values(bin)[0] ?? "");
}
