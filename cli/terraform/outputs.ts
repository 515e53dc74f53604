import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DeployedOutputs } from "../../stacks/contract";
import { Failure } from "../terminal/failure";
import { inScratchFolder } from "../process/scratch-folder";
import { localState, mayBeDeployed } from "../assembly/local-state";
import type { SynthesizedStack } from "../assembly/stacks";
import { terraformReason } from "./messages";
import { terraform } from "./program";
import type { CloudBlock } from "./state-location";

/** What a deployed stack publishes, by name. */
export type Outputs = DeployedOutputs;

/**
 * Reads what a deployed stack publishes; undefined where it is not deployed. Terraform reads the state, wherever it is
 * kept, as one stack reads another, from a folder of its own: neither a provider nor an initialized folder is needed, and
 * nothing of the stack is touched.
 *
 * @throws where the state cannot be read.
 */
export async function readOutputs(stack: SynthesizedStack): Promise<Outputs | undefined> {
  if (!mayBeDeployed(stack)) {
    return undefined;
  }
  const reader = {
    data: { terraform_remote_state: { read: remoteState(stack) } },
    output: { outputs: { value: "${data.terraform_remote_state.read.outputs}", sensitive: true } },
  };
  const result = await inScratchFolder(async (folder) => {
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify(reader, undefined, 1));
    const apply = await terraform(folder, "apply", "-auto-approve", "-input=false", "-no-color");
    return apply.status === 0 ? terraform(folder, "output", "-json", "outputs") : apply;
  });
  if (result.status !== 0) {
    const said = `${result.stdout}\n${result.stderr}`;
    if (said.includes("Unable to find remote state")) {
      return undefined;
    }
    throw new Failure(`the state of ${stack.name} cannot be read: ${terraformReason(said)}`);
  }
  const outputs = JSON.parse(result.stdout) as Outputs;
  return Object.keys(outputs).length === 0 ? undefined : outputs;
}

/** Where another stack, or this reader, finds a stack's state. */
function remoteState(stack: SynthesizedStack): { backend: string; config: unknown } {
  const path = localState(stack);
  if (path !== undefined) {
    return { backend: "local", config: { path } };
  }
  const { backend = {}, cloud } = stack.terraform as {
    backend?: Record<string, unknown>;
    cloud?: CloudBlock;
  };
  if (cloud !== undefined) {
    const { hostname, organization, workspaces } = cloud;
    return { backend: "remote", config: { hostname, organization, workspaces: { name: workspaces.name } } };
  }
  const [[type, config] = ["local", {}]] = Object.entries(backend);
  return { backend: type, config };
}
