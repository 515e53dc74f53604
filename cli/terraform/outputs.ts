import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DeployedOutputs } from "../../stacks/contract";
import { Failure } from "../terminal/failure";
import { inScratchFolder } from "../process/scratch-folder";
import { localState, mayBeDeployed } from "../assembly/local-state";
import type { SynthesizedStack } from "../assembly/stacks";
import { terraformReason } from "./messages";
import { terraform, terraformJson } from "./program";
import { backendOf } from "./state-location";

/**
 * Reads what a stack publishes; undefined if it is not deployed. Terraform reads the state as one stack reads another,
 * from a folder of its own: it needs no provider and no initialized folder, and touches nothing of the stack.
 */
export async function readOutputs(stack: SynthesizedStack): Promise<DeployedOutputs | undefined> {
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
    const output = `${result.stdout}\n${result.stderr}`;
    if (output.includes("Unable to find remote state")) {
      return undefined;
    }
    throw new Failure(`the state of ${stack.name} cannot be read: ${terraformReason(output)}`);
  }
  const outputs = terraformJson(result.stdout) as DeployedOutputs;
  return Object.keys(outputs).length === 0 ? undefined : outputs;
}

function remoteState(stack: SynthesizedStack): { backend: string; config: unknown } {
  const path = localState(stack);
  if (path !== undefined) {
    return { backend: "local", config: { path } };
  }
  const { cloud, type, config } = backendOf(stack);
  if (cloud !== undefined) {
    const { hostname, organization, workspaces } = cloud;
    return { backend: "remote", config: { hostname, organization, workspaces: { name: workspaces.name } } };
  }
  return { backend: type, config };
}
