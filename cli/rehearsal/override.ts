import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SynthesizedStack } from "../assembly/stacks";
import { terraformEnv } from "../terraform/program";
import { withoutUnknown } from "./emulator-gaps";

/** The services that stacks call, by the names that the provider has for their endpoints. */
const SERVICES = [
  "cloudwatch",
  "ec2",
  "events",
  "iam",
  "kms",
  "logs",
  "s3",
  "scheduler",
  "sfn",
  "sns",
  "ssm",
  "sts",
];

/** Variables that a person has set for deploys: a rehearsal gets none of them. */
const DEPLOYMENT_VARIABLES = /^(AWS_|TF_(CLI_ARGS|DATA_DIR|WORKSPACE|VAR_|STATE|CLOUD_))/;

/** What CDKTF puts before the name of a stack that another refers to. */
const CROSS_STACK = /^cross-stack-reference-input-/;

/**
 * Copies a synthesized stack to where it is rehearsed, with a second file that turns it to the emulator and to throw-away
 * state. The copy can reach neither AWS nor a real state: it has no credentials, and its paths end in the folder.
 */
export function copyStack(stack: SynthesizedStack, root: string, url: string): string {
  // As deep as in a project, so that relative paths to state lead into the rehearsal.
  const folder = join(root, "cdktf.out/stacks", stack.name);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(stack.folder).filter((name) => !name.startsWith(".terraform"))) {
    const [from, to] = [join(stack.folder, file), join(folder, file)];
    if (file.endsWith(".tf.json")) {
      writeFileSync(to, withoutUnknown(readFileSync(from, "utf8")));
    } else {
      cpSync(from, to, { recursive: true });
    }
  }
  const json = `${JSON.stringify(override(stack, url), undefined, 2)}\n`;
  writeFileSync(join(folder, "rehearsal_override.tf.json"), json);
  return folder;
}

/** The variables of Terraform's environment in a rehearsal. */
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
  const statePath = (name: string): string => `../../../state/${name}.tfstate`;
  const states = stack.data
    .filter(({ type }) => type === "terraform_remote_state")
    .map(({ name }) => {
      const path = statePath(name.replace(CROSS_STACK, ""));
      return [name, { backend: "local", config: { path } }] as const;
    });
  const aws = {
    access_key: "rehearsal",
    secret_key: "rehearsal",
    profile: null,
    allowed_account_ids: null,
    skip_credentials_validation: true,
    skip_metadata_api_check: true,
    s3_use_path_style: true,
    endpoints: Object.fromEntries(SERVICES.map((service) => [service, url])),
  };
  return {
    terraform: { backend: { local: { path: statePath(stack.name) } } },
    // A stack of code of one's own may have nothing in AWS.
    ...(stack.region !== "" && { provider: { aws } }),
    ...(states.length > 0 && { data: { terraform_remote_state: Object.fromEntries(states) } }),
  };
}
