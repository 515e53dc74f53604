import { readEnvironments } from "../../../../cli/assembly/environments";
import { mayBeDeployed } from "../../../../cli/assembly/local-state";
import { readOutputs } from "../../../../cli/terraform/outputs";
import type { SynthesizedStack } from "../../../../cli/assembly/stacks";
import type { StateSettings } from "../../../../stacks/settings/state";
import { Workspace } from "../../../support/cli";
import { describeMoto } from "../../../support/moto";
import { MINIMAL } from "../../../support/synth";
import { describeTerraform } from "../../../support/terraform";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace.remove());

/** The instances stack of an environment that keeps its state there. */
function instancesStack(state: StateSettings): SynthesizedStack {
  workspace.synthesize({ dev: { ...MINIMAL, state } });
  const [dev] = readEnvironments(`${workspace.folder}/cdktf.out`);
  return (dev as { instancesStack: SynthesizedStack }).instancesStack;
}

describeTerraform("local state", () => {
  test("is read without initializing or touching the stack's folder", async () => {
    const stack = instancesStack({ backend: "local" });
    workspace.keepState("dev-instances", {
      instance_ids: { web: "i-1" },
      role_name: 'it\'s "quoted" ${text}',
    });
    const before = workspace.files();
    expect(await readOutputs(stack)).toEqual({
      instance_ids: { web: "i-1" },
      role_name: 'it\'s "quoted" ${text}',
    });
    expect(workspace.files()).toEqual(before);
  });

  test("that is not there, or is empty after a destroy, is no deployed stack", async () => {
    const stack = instancesStack({ backend: "local" });
    expect(mayBeDeployed(stack)).toBe(false);
    expect(await readOutputs(stack)).toBeUndefined();
    workspace.keepState("dev-instances", {});
    expect(mayBeDeployed(stack)).toBe(true);
    expect(await readOutputs(stack)).toBeUndefined();
  });

  test("that is cut in half is told in a line", async () => {
    const stack = instancesStack({ backend: "local" });
    workspace.write("state/dev-instances.tfstate", '{"version": 4, "outputs": {"instance');
    await expect(readOutputs(stack)).rejects.toThrow(/^the state of dev-instances cannot be read: .*[^\n]$/);
  });
});

describeTerraform("HCP Terraform", () => {
  test("that does not answer is told in a line", async () => {
    const stack = instancesStack({
      backend: "cloud",
      organization: "acme",
      workspacePrefix: "sm",
      hostname: "localhost",
    });
    expect(mayBeDeployed(stack)).toBe(true);
    await expect(readOutputs(stack)).rejects.toThrow(
      /^the state of dev-instances cannot be read: .*localhost.*$/,
    );
  });
});

describeMoto("state in S3", (moto) => {
  const before = { ...process.env };

  beforeEach(async () => {
    Object.assign(process.env, workspace.env, { AWS_ENDPOINT_URL: moto.url, AWS_PROFILE: "" });
    delete process.env.AWS_PROFILE;
    await fetch(`${moto.url}/states`, { method: "PUT" });
  });
  afterEach(() => {
    process.env = { ...before };
  });

  /** The emulator has no name for every bucket: it is asked by path. */
  function s3Stack(): SynthesizedStack {
    const stack = instancesStack({ backend: "s3", bucket: "states", region: "us-east-1", prefix: "sm" });
    const { s3 } = stack.terraform.backend as { s3: object };
    return { ...stack, terraform: { backend: { s3: { ...s3, use_path_style: true } } } };
  }

  test("is read as Terraform reads it", async () => {
    const stack = s3Stack();
    expect(await readOutputs(stack)).toBeUndefined();
    workspace.keepState("dev-instances", { instance_ids: { web: "i-1" } });
    const { key } = (stack.terraform.backend as { s3: { key: string } }).s3;
    const body = workspace.read("state/dev-instances.tfstate");
    await fetch(`${moto.url}/states/${key}`, { method: "PUT", body });
    expect(await readOutputs(stack)).toEqual({ instance_ids: { web: "i-1" } });
  }, 30_000);

  test("in a bucket that is not there is told in a line", async () => {
    const stack = s3Stack();
    const { s3 } = stack.terraform.backend as { s3: object };
    const lost = { ...stack, terraform: { backend: { s3: { ...s3, bucket: "lost" } } } };
    await expect(readOutputs(lost)).rejects.toThrow(/^the state of dev-instances cannot be read: .*lost.*$/);
  }, 30_000);
});
