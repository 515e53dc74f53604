import { type StdioOptions, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Synthesizes as the cdktf CLI does: the exit status, with which all has been said where it is not 0. */
export function synthesize(stdio: StdioOptions): number {
  const { app } = JSON.parse(readFileSync("cdktf.json", "utf8")) as { app: string };
  return spawnSync(app, { shell: true, stdio }).status ?? 1;
}
