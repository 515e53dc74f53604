import { Workspace } from "../../../support/cli";
import { MINIMAL } from "../../../support/synth";
import { describeTerraform } from "../../../support/terraform";

describeTerraform("npm run env", () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = new Workspace({ dev: MINIMAL });
  });
  afterEach(() => workspace.remove());

  test("prints what is deployed, for a shell and as JSON", async () => {
    workspace.keepState("dev-networking", { vpc_id: "vpc-1" });
    workspace.keepState("dev-instances", { instance_ids: { web: "i-1" } });
    expect(await workspace.run("env", "dev")).toEqual({
      status: 0,
      stdout:
        "export REGION='eu-central-1'\nexport VPC_ID='vpc-1'\nexport INSTANCE_IDS_WEB='i-1'\n" +
        "export SESSION_MANAGER_EXPORTS='REGION VPC_ID INSTANCE_IDS_WEB'\n",
      stderr: "",
    });
    const { stdout } = await workspace.run("env", "--environment", "dev", "--json");
    expect(JSON.parse(stdout)).toEqual({
      region: "eu-central-1",
      vpc_id: "vpc-1",
      instance_ids: { web: "i-1" },
    });
  });

  test("says what is not deployed, and prints nothing that a shell could take", async () => {
    workspace.keepState("dev-networking", { vpc_id: "vpc-1" });
    expect(await workspace.run("env")).toEqual({
      status: 1,
      stdout: "",
      stderr: "dev-instances not deployed yet: npm run deploy -- dev\n",
    });
  });

  test("says that a state is broken", async () => {
    workspace.keepState("dev-networking", { vpc_id: "vpc-1" });
    workspace.write("state/dev-instances.tfstate", '{"version": 4, "ter');
    const { status, stdout, stderr } = await workspace.run("env");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^the state of dev-instances cannot be read: .*\n$/);
  });
});
