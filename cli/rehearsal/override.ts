import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SynthesizedStack } from "../assembly/stacks";
import { terraformEnv } from "../terraform/program";

/** The services that stacks call, by the names that the provider has for their endpoints. */
const SERVICES = ["cloudwatch", "ec2", "events", "iam", "kms", "logs", "s3", "sns", "ssm", "sts"];

/** What a rehearsed stack's variables are taken from: nothing that a person has set for deploys. */
const DEPLOYMENT_VARIABLES = /^(AWS_|TF_(CLI_ARGS|DATA_DIR|WORKSPACE|VAR_|STATE|CLOUD_))/;

/** What CDKTF puts before the name of a stack that another refers to. */
const CROSS_STACK = /^cross-stack-reference-input-/;

/**
 * Copies what was synthesized of a stack to where it is rehearsed, with a file beside it that Terraform reads after it
 * and that turns it to the emulator and to throw-away state. What was synthesized stays as it is, and what is copied can
 * reach neither AWS nor a state of its own: its credentials are none, and its paths end in the folder.
 *
 * @param root folder of the rehearsal
 * @returns the folder to run Terraform in
 */
export function copyStack(stack: SynthesizedStack, root: string, url: string): string {
  // As deep as in a project, so that paths to state that the JSON checks itself lead into the rehearsal.
  const folder = join(root, "cdktf.out/stacks", stack.name);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(stack.folder).filter((name) => !name.startsWith(".terraform"))) {
    cpSync(join(stack.folder, file), join(folder, file), { recursive: true });
  }
  const json = `${JSON.stringify(override(stack, url), undefined, 2)}\n`;
  writeFileSync(join(folder, "rehearsal_override.tf.json"), json);
  return folder;
}

/** What Terraform is told by its environment in a rehearsal. */
export function rehearsalEnv(url: string): NodeJS.ProcessEnv {
  const kept = Object.entries(terraformEnv()).filter(([name]) => !DEPLOYMENT_VARIABLES.test(name));
  return {
    ...Object.fromEntries(kept),
    // For services that the override does not name.
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: "rehearsal",
    AWS_SECRET_ACCESS_KEY: "rehearsal",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
}

function override(stack: SynthesizedStack, url: string): object {
  const states = stack.data.filter(({ type }) => type === "terraform_remote_state");
  return {
    terraform: { backend: { local: { path: statePath(stack.name) } } },
    // A stack of code of one's own may have nothing in AWS.
    ...(stack.region !== "" && { provider: { aws: emulated(url) } }),
    ...(states.length > 0 && {
      data: {
        terraform_remote_state: Object.fromEntries(
          states.map(({ name }) => [
            name,
            { backend: "local", config: { path: statePath(name.replace(CROSS_STACK, "")) } },
          ]),
        ),
      },
    }),
  };
}

function emulated(url: string): object {
  return {
    access_key: "rehearsal",
    secret_key: "rehearsal",
    profile: null,
    allowed_account_ids: null,
    skip_credentials_validation: true,
    skip_metadata_api_check: true,
    s3_use_path_style: true,
    endpoints: Object.fromEntries(SERVICES.map((service) => [service, url])),
  };
}

function statePath(stack: string): string {
  return `../../../state/${stack}.tfstate`;
}
