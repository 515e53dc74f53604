import { join } from "node:path";
import { type SynthesizedStack, readSynthesized } from "../../cli/assembly/stacks";
import type { Environment } from "../../stacks/settings/environment";
import { Workspace } from "./cli";

/** The stacks of environments, as commands read them. */
export function synthesizedStacks(environments: Readonly<Record<string, Environment>>): SynthesizedStack[] {
  const workspace = new Workspace(environments);
  try {
    return readSynthesized(join(workspace.folder, "cdktf.out"));
  } finally {
    workspace.remove();
  }
}
