import { type StdioOptions, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Synthesizes as the cdktf CLI does, and returns whether it succeeded; `aside` prints to the standard error alone. */
export function synthesize(said: "aloud" | "aside"): boolean {
  const { status } = runApp(said === "aloud" ? "inherit" : ["inherit", 2, 2], process.env);
  if (status !== 0) {
    process.exitCode = status;
  }
  return status === 0;
}

/** Synthesizes every environment, whatever ENVIRONMENT says, into a folder of its own. */
export function synthesizeAll(folder: string, stdio: StdioOptions) {
  return runApp(stdio, { ...process.env, ENVIRONMENT: "", CDKTF_OUTDIR: folder });
}

function runApp(stdio: StdioOptions, env: NodeJS.ProcessEnv) {
  const { app } = JSON.parse(readFileSync("cdktf.json", "utf8")) as { app: string };
  const { status, stderr } = spawnSync(app, { shell: true, encoding: "utf8", stdio, env });
  return { status: status ?? 1, stderr };
}
