import type { SynthesizedStack } from "../../cli/assembly/stacks";

/** What a folder of Terraform that nobody synthesized is to a rehearsal: one more stack. */
export function plainStack(name: string, folder: string, region: string): SynthesizedStack {
  return {
    name,
    environment: name,
    layer: name,
    folder,
    dependencies: [],
    region,
    defaultTags: {},
    terraform: {},
    resources: [],
    data: [],
    moved: {},
    removed: [],
    outputs: {},
    silenced: [],
    assumptions: [],
  };
}
