import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Failure } from "./failure";

/**
 * Synthesizes as the cdktf CLI does. What is said goes to the standard error: it is not what was asked for.
 *
 * @throws where there is something to mend, which has been said.
 */
export function synthesize(): void {
  const { app } = JSON.parse(readFileSync("cdktf.json", "utf8")) as { app: string };
  const { status } = spawnSync(app, { shell: true, stdio: ["inherit", 2, 2] });
  if (status !== 0) {
    throw new Failure("nothing is rehearsed");
  }
}
