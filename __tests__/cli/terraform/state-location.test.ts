import { join } from "node:path";
import { readSynthesized } from "../../../cli/assembly/stacks";
import { stateLocation } from "../../../cli/terraform/state-location";
import type { Environment } from "../../../stacks/settings/environment";
import { Workspace } from "../../support/cli";
import { plainStack } from "../../support/plain-stack";
import { MINIMAL } from "../../support/synth";

let workspace: Workspace;
afterEach(() => {
  delete process.env.TF_WORKSPACE;
  workspace.remove();
});

/** Where the state of an environment's network is looked for. */
function location(state: Environment["state"]): string[] {
  workspace = new Workspace({ dev: { ...MINIMAL, state } });
  return readSynthesized(join(workspace.folder, "cdktf.out"))
    .filter(({ layer }) => layer === "networking")
    .map(stateLocation);
}

const S3 = { backend: "s3", bucket: "states", region: "eu-central-1", prefix: "teams/a" } as const;

test("a state is looked for in a file, a bucket or a workspace", () => {
  expect(location(undefined)).toEqual([`local, ${join(workspace.folder, "state/dev-networking.tfstate")}`]);
  workspace.remove();
  expect(location(S3)).toEqual(["s3, s3://states/teams/a/dev-networking.tfstate"]);
  workspace.remove();
  const cloud = { backend: "cloud", organization: "acme", workspacePrefix: "sessions" } as const;
  expect(location(cloud)).toEqual(["cloud, app.terraform.io/acme/sessions-dev-networking"]);
  workspace.remove();
  expect(location({ ...cloud, hostname: "tfe.example.com" })).toEqual([
    "cloud, tfe.example.com/acme/sessions-dev-networking",
  ]);
});

test("and elsewhere in a workspace that a shell or a person has chosen", () => {
  process.env.TF_WORKSPACE = "prod";
  expect(location(S3)).toEqual([
    "s3, s3://states/env:/prod/teams/a/dev-networking.tfstate, in Terraform's workspace prod",
  ]);
  workspace.remove();
  expect(location(undefined)).toEqual([
    `local, ${join(workspace.folder, "cdktf.out/stacks/dev-networking/terraform.tfstate.d/prod/terraform.tfstate")}, in Terraform's workspace prod`,
  ]);
  delete process.env.TF_WORKSPACE;
  workspace.write("cdktf.out/stacks/dev-networking/.terraform/environment", "test");
  const [networking] = readSynthesized(join(workspace.folder, "cdktf.out"));
  expect(networking && stateLocation(networking)).toMatch(/, in Terraform's workspace test$/);
});

test("a backend of one's own is named", () => {
  workspace = new Workspace();
  const stack = plainStack("dev-own", workspace.folder, "eu-central-1");
  expect(stateLocation({ ...stack, terraform: { backend: { gcs: {} } } })).toBe("gcs");
  expect(stateLocation(stack)).toBe(`local, ${join(workspace.folder, "terraform.tfstate")}`);
});
