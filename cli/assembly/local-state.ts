import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { SynthesizedStack } from "./stacks";

/** Whether a stack may be deployed, as far as this machine knows. */
export function mayBeDeployed(stack: SynthesizedStack): boolean {
  const local = localState(stack);
  return local === undefined || existsSync(local);
}

/** Path of a stack's state where it is a file; undefined where it is kept elsewhere. */
export function localState(stack: SynthesizedStack): string | undefined {
  const backend = stack.terraform.backend as { local?: { path?: string } } | undefined;
  const path = backend?.local?.path;
  return path === undefined ? undefined : resolve(stack.folder, path);
}
