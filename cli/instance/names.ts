import type { SynthesizedEnvironment } from "../assembly/environments";
import { Failure } from "../terminal/failure";
import { readOutputs } from "../terraform/outputs";

/** The names of instances by their ids. Names are a help: who cannot read the state sees ids. */
export async function instanceNames({
  instancesStack,
}: SynthesizedEnvironment): Promise<ReadonlyMap<string, string>> {
  try {
    const ids = (await readOutputs(instancesStack))?.instance_ids ?? {};
    return new Map(Object.entries(ids).map(([name, id]) => [id, name]));
  } catch (error) {
    if (error instanceof Failure) {
      return new Map();
    }
    throw error;
  }
}
