import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { SynthesizedStack } from "../assembly/stacks";

/** HCP Terraform, as a stack's JSON names it. */
export interface CloudBlock {
  /** Host; HCP Terraform's own where there is none. */
  readonly hostname?: string;
  /** Organization. */
  readonly organization: string;
  /** The one workspace of the stack. */
  readonly workspaces: { readonly name: string };
}

/** Where Terraform looks for the state of a stack: the backend, and the place in it. */
export function stateLocation(stack: SynthesizedStack): string {
  const { backend = {}, cloud } = stack.terraform as {
    backend?: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;
    cloud?: CloudBlock;
  };
  if (cloud !== undefined) {
    const { hostname = "app.terraform.io", organization, workspaces } = cloud;
    return `cloud, ${hostname}/${organization}/${workspaces.name}`;
  }
  const [[type, config] = ["local", {}]] = Object.entries(backend);
  const workspace = chosenWorkspace(stack);
  const beside = workspace === undefined ? "" : `, in Terraform's workspace ${workspace}`;
  switch (type) {
    case "local": {
      const { path = "terraform.tfstate", workspace_dir: others = "terraform.tfstate.d" } = config;
      const file = workspace === undefined ? path : join(others, workspace, "terraform.tfstate");
      return `local, ${resolve(stack.folder, file)}${beside}`;
    }
    case "s3": {
      const { bucket, key, workspace_key_prefix: others = "env:" } = config;
      const object = workspace === undefined ? key : `${others}/${workspace}/${key}`;
      return `s3, s3://${bucket}/${object}${beside}`;
    }
    default:
      return `${type}${beside}`;
  }
}

/** The workspace of Terraform that a shell or a person has chosen; undefined for the usual one. */
function chosenWorkspace({ folder }: SynthesizedStack): string | undefined {
  const selected = join(resolve(folder, process.env.TF_DATA_DIR || ".terraform"), "environment");
  const chosen =
    process.env.TF_WORKSPACE || (existsSync(selected) ? readFileSync(selected, "utf8").trim() : "");
  return ["", "default"].includes(chosen) ? undefined : chosen;
}
