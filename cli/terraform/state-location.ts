import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { SynthesizedStack } from "../assembly/stacks";

/** Where a stack's JSON says that its state is kept. */
interface Backend {
  readonly type: string;
  readonly config: Readonly<Record<string, string | undefined>>;
  /** HCP Terraform, which then takes the place of type and config. */
  readonly cloud?: {
    /** Undefined for HCP Terraform's own host. */
    readonly hostname?: string;
    readonly organization: string;
    readonly workspaces: { readonly name: string };
  };
}

/** The backend of a stack; a local one if its JSON names none. */
export function backendOf({ terraform }: SynthesizedStack): Backend {
  const { backend = {}, cloud } = terraform as Pick<Backend, "cloud"> & {
    readonly backend?: Readonly<Record<string, Backend["config"]>>;
  };
  const [[type, config] = ["local", {}]] = Object.entries(backend);
  return { type, config, cloud };
}

/** Where Terraform looks for the state of a stack: the backend, and the place in it. */
export function stateLocation(stack: SynthesizedStack): string {
  const { type, config, cloud } = backendOf(stack);
  if (cloud !== undefined) {
    const { hostname = "app.terraform.io", organization, workspaces } = cloud;
    return `cloud, ${hostname}/${organization}/${workspaces.name}`;
  }
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

/** The workspace of Terraform that a shell or a person has chosen; undefined for the default one. */
function chosenWorkspace({ folder }: SynthesizedStack): string | undefined {
  const selected = join(resolve(folder, process.env.TF_DATA_DIR || ".terraform"), "environment");
  const chosen =
    process.env.TF_WORKSPACE || (existsSync(selected) ? readFileSync(selected, "utf8").trim() : "");
  return ["", "default"].includes(chosen) ? undefined : chosen;
}
