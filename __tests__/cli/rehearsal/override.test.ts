import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { copyStack, rehearsalEnv } from "../../../cli/rehearsal/override";
import { readSynthesized } from "../../../cli/assembly/stacks";
import { Workspace } from "../../support/cli";
import { type Json, MINIMAL } from "../../support/synth";
import { stacksWorkspace, writeStacks } from "../../support/stacks";

const URL = "http://127.0.0.1:5000";
let workspace: Workspace;
afterEach(() => workspace.remove());

function copies(): Record<string, { folder: string; override: Record<string, unknown> }> {
  const root = join(workspace.folder, ".rehearsal/run");
  const stacks = readSynthesized(join(workspace.folder, "cdktf.out"));
  return Object.fromEntries(
    stacks.map((stack) => {
      const folder = copyStack(stack, root, URL);
      const override = readFileSync(join(folder, "rehearsal_override.tf.json"), "utf8");
      return [stack.name, { folder, override: JSON.parse(override) as Record<string, unknown> }];
    }),
  );
}

test("what was synthesized is copied byte by byte, and what Terraform left beside it is not", () => {
  workspace = new Workspace({ dev: MINIMAL });
  workspace.write("cdktf.out/stacks/dev-networking/.terraform/terraform.tfstate", "{}");
  workspace.write("cdktf.out/stacks/dev-networking/.terraform.lock.hcl", "");
  const { folder } = copies()["dev-networking"] as { folder: string };
  expect(readdirSync(folder)).toEqual(["cdk.tf.json", "rehearsal_override.tf.json"]);
  const path = "cdktf.out/stacks/dev-networking/cdk.tf.json";
  expect(readFileSync(join(workspace.folder, ".rehearsal/run", path))).toEqual(
    readFileSync(join(workspace.folder, path)),
  );
});

test("what no emulator keeps is left out, and nothing else", () => {
  workspace = new Workspace({ dev: { ...MINIMAL, sessions: {} } });
  const { folder } = copies()["dev-sessions"] as { folder: string };
  const file = "cdk.tf.json";
  const json = JSON.parse(workspace.read(`cdktf.out/stacks/dev-sessions/${file}`)) as Json;
  const group = json.resource.aws_cloudwatch_log_group.logging as Json;
  expect(group.deletion_protection_enabled).toBe(true);
  delete group.deletion_protection_enabled;
  expect(JSON.parse(readFileSync(join(folder, file), "utf8"))).toEqual(json);
});

test.each([
  ["local", { backend: "local" }],
  ["s3", { backend: "s3", bucket: "states", region: "eu-central-1", prefix: "dev" }],
  ["cloud", { backend: "cloud", organization: "acme", workspacePrefix: "sm" }],
] as const)(
  "state that is kept in %s is turned to the rehearsal's own folder, and AWS to the emulator",
  (_, state) => {
    workspace = new Workspace({
      dev: {
        ...MINIMAL,
        state,
        allowedAccountIds: ["111122223333"],
        assumeRoleArn: "arn:aws:iam::111122223333:role/deploy",
      },
    });
    const { override } = copies()["dev-instances"] as { override: Record<string, unknown> };
    expect(override).toMatchObject({
      terraform: { backend: { local: { path: "../../../state/dev-instances.tfstate" } } },
      provider: {
        aws: {
          access_key: "rehearsal",
          allowed_account_ids: null,
          profile: null,
          endpoints: { ec2: URL, sts: URL },
        },
      },
      data: {
        terraform_remote_state: {
          "dev-networking": { backend: "local", config: { path: "../../../state/dev-networking.tfstate" } },
        },
      },
    });
  },
);

test("a stack without AWS needs no provider", () => {
  workspace = stacksWorkspace();
  writeStacks(workspace, { "dev-networking": {} });
  expect(Object.keys(copies()["dev-networking"]?.override ?? {})).toEqual(["terraform"]);
});

test("nothing that a person has set for deploys is passed on", () => {
  workspace = new Workspace();
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_PROFILE: "prod",
    AWS_SESSION_TOKEN: "secret",
    AWS_ENDPOINT_URL_EC2: "https://ec2.eu-central-1.amazonaws.com",
    TF_DATA_DIR: "/data",
    TF_WORKSPACE: "prod",
    TF_CLI_ARGS_apply: "-refresh=false",
    TF_VAR_x: "1",
    TF_CLI_CONFIG_FILE: "/mirror.tfrc",
  });
  const env = rehearsalEnv(URL);
  for (const name of Object.keys(process.env).filter((one) => !(one in before))) {
    delete process.env[name];
  }
  Object.assign(process.env, before);
  expect(env.TF_CLI_CONFIG_FILE).toBe("/mirror.tfrc");
  expect(
    Object.keys(env)
      .filter((name) => /^(AWS|TF)_/.test(name))
      .sort(),
  ).toEqual([
    "AWS_ACCESS_KEY_ID",
    "AWS_CONFIG_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_ENDPOINT_URL",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SHARED_CREDENTIALS_FILE",
    "TF_CLI_CONFIG_FILE",
    "TF_INPUT",
    "TF_IN_AUTOMATION",
  ]);
});
