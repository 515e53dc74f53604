import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { startEmulator } from "../../cli/rehearsal/emulator";
import { pinnedProvider, whyNoProvider } from "./terraform";

/**
 * Finds out once whether Terraform, the AWS provider of the pinned version and moto are to be had. Where one is not, the
 * end-to-end tests are skipped with this one notice; `E2E=required` makes it a failure.
 */
export default async function setup(): Promise<void> {
  const missing = whyNoTerraform() ?? (await whyNoMoto());
  if (missing === undefined) {
    return;
  }
  if (process.env.E2E === "required") {
    throw new Error(`the end-to-end tests cannot run: ${missing}`);
  }
  process.stderr.write(`skipped: the end-to-end tests: ${missing}\n`);
  process.env.E2E_MISSING = missing;
}

function whyNoTerraform(): string | undefined {
  const program = process.env.TERRAFORM_BINARY_NAME ?? "terraform";
  if (spawnSync(program, ["version"]).status !== 0) {
    return `there is no ${program} on the PATH`;
  }
  return whyNoProvider(pinnedProvider());
}

async function whyNoMoto(): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "moto-"));
  try {
    (await startEmulator(join(folder, "moto.log"), () => undefined)).end();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
