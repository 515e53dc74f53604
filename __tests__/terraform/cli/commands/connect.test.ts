import { Workspace } from "../../../support/cli";
import { describeMoto } from "../../../support/moto";
import { ReachableInstances } from "../../../support/reachable-instances";
import { MINIMAL } from "../../../support/synth";
import { describeTerraform } from "../../../support/terraform";

describeMoto("npm run connect", (moto) => {
  let workspace: Workspace;
  let instances: ReachableInstances;
  let id: string;

  beforeAll(async () => {
    workspace = new Workspace({ dev: { ...MINIMAL, sessions: {}, instances: { jobs: {}, web: {} } } });
    instances = new ReachableInstances(moto);
    await instances.start(workspace);
    id = instances.ids["dev/web"] ?? "";
  }, 30_000);

  beforeEach(() => {
    workspace.program("aws");
    workspace.program("session-manager-plugin");
  });

  afterAll(() => {
    instances.stop();
    workspace.remove();
  });

  const connect = () => workspace.run("connect", "--environment", "dev", "web");

  const LOOKING = "looking for web in eu-central-1\n";

  // Last, since a state that is there names the instance.
  describeTerraform("with a state", () => {
    test("one that cannot be read is told, and the tags tell", async () => {
      workspace.write("state/dev-instances.tfstate", "{");
      const { status, stderr } = await connect();
      expect(status).toBe(0);
      expect(stderr).toMatch(
        new RegExp(`^.*\nweb is ${id}, found by its tags: the state of dev-instances cannot be read: .*\n$`),
      );
    });

    test("it names the instance", async () => {
      const jobs = instances.ids["dev/jobs"];
      workspace.keepState("dev-instances", { instance_ids: { web: jobs } });
      expect(await connect()).toEqual({ status: 0, stdout: "", stderr: LOOKING });
      expect(workspace.calls("aws")[0]).toContain(jobs);
    });
  });
});
