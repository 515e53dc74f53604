import {
  CloudBackend,
  LocalBackend,
  NamedCloudWorkspace,
  S3Backend,
  type TerraformBackend,
  type TerraformStack,
} from "cdktf";
import { Construct } from "constructs";
import type { StateSettings } from "./settings/state";

/**
 * Where local state is, seen from a stack's folder (`cdktf.out/stacks/<stack>`): in `state`, beside cdktf.out, which
 * is thrown away and written anew. Relative, so that the JSON is the same on every machine.
 */
const LOCAL_STATE_FOLDER = "../../../state";

/** Path of a stack's local state, seen from any stack's folder. */
export function localStatePath(stack: string): string {
  return `${LOCAL_STATE_FOLDER}/${stack}.tfstate`;
}

/** Where a stack's state is, in one text that no other stack may share. */
export function stateAddress(state: StateSettings, stack: string): string {
  switch (state.backend) {
    case "local":
      return `state/${stack}.tfstate`;
    case "s3":
      return `s3://${state.bucket}/${s3Key(state, stack)}`;
    case "cloud":
      return `${state.hostname ?? "app.terraform.io"}/${state.organization}/${workspaceName(state, stack)}`;
  }
}

/**
 * The oldest Terraform that understands a stack's JSON: `terraform_data` came with 1.4, projects in the cloud block with
 * 1.6, the S3 backend's own lock file with 1.10.
 *
 * @param oldest what the stack's resources need
 */
export function requiredTerraform(state: StateSettings, oldest: string): string {
  const demands = [oldest];
  if (state.backend === "s3") {
    demands.push("1.10");
  } else if (state.backend === "cloud" && state.project !== undefined) {
    demands.push("1.6");
  }
  const minor = (version: string): number => Number(version.split(".")[1]);
  return `>= 1.${Math.max(...demands.map(minor))}`;
}

/** Tells a stack where its state is kept. */
export function addStateBackend(stack: TerraformStack, state: StateSettings): TerraformBackend {
  const name = stack.node.id;
  // CDKTF calls every backend "backend": the scope leaves that name to instances.
  const scope = new Construct(stack, "terraform_backend");
  switch (state.backend) {
    case "local":
      return new LocalBackend(scope, { path: localStatePath(name) });
    case "s3": {
      const backend = new S3Backend(scope, {
        bucket: state.bucket,
        key: s3Key(state, name),
        region: state.region,
        encrypt: true,
        kmsKeyId: state.kmsKeyId,
        profile: state.profile,
        assumeRole: state.assumeRoleArn === undefined ? undefined : { roleArn: state.assumeRoleArn },
      });
      // Not in the props: those are copied to the readers of the state, who take no lock.
      backend.addOverride("use_lockfile", true);
      return backend;
    }
    case "cloud":
      return new CloudBackend(scope, {
        organization: state.organization,
        hostname: state.hostname,
        workspaces: new NamedCloudWorkspace(workspaceName(state, name), state.project),
      });
  }
}

function s3Key(state: { readonly prefix: string }, stack: string): string {
  return `${state.prefix}/${stack}.tfstate`;
}

function workspaceName(state: { readonly workspacePrefix: string }, stack: string): string {
  return `${state.workspacePrefix}-${stack}`;
}
