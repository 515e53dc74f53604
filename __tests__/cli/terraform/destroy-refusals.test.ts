import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { destroyRefusals } from "../../../cli/terraform/destroy-refusals";
import { readSynthesized } from "../../../cli/synthesized";
import { Workspace } from "../../support/cli";
import { plainStack } from "../../support/plain-stack";
import { MINIMAL } from "../../support/synth";
import { describeTerraform } from "../../support/terraform";

const RECORDINGS = { aws_kms_key: "logging_key", aws_cloudwatch_log_group: "logging" };

const STATE = { version: 4, terraform_version: "1.7.0", serial: 1, lineage: "dev", outputs: {} };

// Terraform runs some times.
jest.setTimeout(60_000);

describeTerraform("the destroy of an environment that records", () => {
  const { TF_CLI_CONFIG_FILE } = process.env;
  let workspace: Workspace;
  afterEach(() => {
    workspace.remove();
    if (TF_CLI_CONFIG_FILE === undefined) {
      delete process.env.TF_CLI_CONFIG_FILE;
    } else {
      process.env.TF_CLI_CONFIG_FILE = TF_CLI_CONFIG_FILE;
    }
  });

  /** What is said against it where the state of the sessions has these resources. */
  const refusals = (
    sessions: object | false,
    resources: Readonly<Record<string, string>>,
  ): Promise<string[]> => {
    workspace = new Workspace({ dev: { ...MINIMAL, sessions } });
    // A mirror without a provider: reading a state needs none.
    const mirror = join(workspace.folder, "mirror");
    mkdirSync(mirror);
    workspace.write(
      "terraformrc",
      `provider_installation { filesystem_mirror { path = ${JSON.stringify(mirror)} } }`,
    );
    process.env.TF_CLI_CONFIG_FILE = join(workspace.folder, "terraformrc");
    const state = {
      ...STATE,
      resources: Object.entries(resources).map(([type, name]) => ({
        mode: "managed",
        type,
        name,
        provider: 'provider["registry.terraform.io/hashicorp/aws"]',
        instances: [
          {
            schema_version: 0,
            attributes: { id: "x", force_destroy: type === "aws_s3_bucket" ? false : undefined },
          },
        ],
      })),
    };
    workspace.write("state/dev-sessions.tfstate", JSON.stringify(state));
    return destroyRefusals(readSynthesized(join(workspace.folder, "cdktf.out")));
  };

  test("is refused before anything is done where recordings are retained", async () => {
    expect(await refusals({}, RECORDINGS)).toEqual([
      "dev-sessions keeps its recordings, so it cannot be destroyed: set sessions: false and deploy dev, which leaves log " +
        'group, key and bucket in AWS, then destroy; or set recordings: "delete", deploy, then destroy, which deletes them too',
    ]);
  });

  test("is refused where the deploy is missing that forgets them: Terraform would destroy them all the same", async () => {
    expect(await refusals(false, RECORDINGS)).toEqual([
      "dev-sessions would be destroyed with what is to stay in AWS (aws_cloudwatch_log_group.logging, " +
        "aws_kms_key.logging_key): deploy dev first, which has Terraform forget it, then destroy",
    ]);
  });

  test("is refused where the account's preferences are protected, with what helps against that", async () => {
    const sessions = { recordings: "delete", adoptAccountPreferences: "create" };
    const resources = { ...RECORDINGS, aws_ssm_document: "logging_account-preferences" };
    expect(await refusals(sessions, resources)).toEqual([
      "dev-sessions keeps the account's preferences, so it cannot be destroyed: remove adoptAccountPreferences and " +
        "deploy dev, which leaves them in AWS, then destroy",
    ]);
  });

  test("is refused where the deploy is missing that lets the bucket be emptied: its key would be gone before it", async () => {
    const sessions = { recordings: "delete", archive: {} };
    expect(await refusals(sessions, { ...RECORDINGS, aws_s3_bucket: "logging_archive" })).toEqual([
      "dev-sessions would be destroyed but for what AWS does not delete while it is full (aws_s3_bucket.logging_archive): " +
        "deploy dev first, which lets it be emptied, then destroy",
    ]);
  });

  test("is refused where code of one's own protects something", async () => {
    workspace = new Workspace();
    const provider = 'provider["registry.terraform.io/hashicorp/aws"]';
    const instances = [{ schema_version: 0, attributes: { id: "vpc-1" } }];
    const resources = [{ mode: "managed", type: "aws_vpc", name: "network", provider, instances }];
    workspace.write("terraform.tfstate", JSON.stringify({ ...STATE, resources }));
    const config = { lifecycle: { prevent_destroy: true } };
    const stack = {
      ...plainStack("dev-networking", workspace.folder, "eu-central-1"),
      resources: [{ type: "aws_vpc", name: "network", config }],
    };
    expect(await destroyRefusals([stack])).toEqual([
      "dev-networking has prevent_destroy on aws_vpc.network, so it cannot be destroyed: take that out of the code first",
    ]);
  });

  test.each([
    ["nothing was deployed", {}, {}],
    ["the deploy was made that forgets them", false, { aws_ssm_document: "logging_document" }],
    ["they may be deleted", { recordings: "delete" }, RECORDINGS],
  ] as const)("goes on where %s", async (_case, sessions, resources) => {
    expect(await refusals(sessions, resources)).toEqual([]);
  });
});
