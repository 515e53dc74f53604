import { describeMoto } from "../../../support/moto";
import { saysRemote } from "../../../support/sessions/remotes";
import { SessionWorkspace } from "../../../support/sessions/session-workspace";
import { StandInAgent } from "../../../support/sessions/stand-in-agent";
import { MINIMAL } from "../../../support/synth";
import { describeTerraform } from "../../../support/terraform";

describeMoto("npm run connect", (moto) => {
  let workspace: SessionWorkspace;

  beforeAll(async () => {
    workspace = new SessionWorkspace(moto, {
      dev: { ...MINIMAL, sessions: {}, instances: { jobs: {}, web: {} } },
    });
    await workspace.start();
    workspace.broker.agentOf = (session) => new StandInAgent(session, { remote: saysRemote("") });
  }, 30_000);

  afterAll(() => workspace.remove());

  const connect = () => workspace.run("connect", "--environment", "dev", "web", "--client", "builtin");

  const LOOKING = "looking for web in eu-central-1\n";

  // Last, since a state that is there names the instance.
  describeTerraform("with a state", () => {
    test("one that cannot be read is told, and the tags tell", async () => {
      workspace.write("state/dev-instances.tfstate", "{");
      const { status, stderr } = await connect();
      expect(status).toBe(0);
      expect(stderr).toMatch(
        new RegExp(
          `^.*\nweb is ${workspace.instances.ids["dev/web"]}, found by its tags: the state of dev-instances cannot be read: .*\n$`,
        ),
      );
    });

    test("it names the instance", async () => {
      const jobs = workspace.instances.ids["dev/jobs"];
      workspace.keepState("dev-instances", { instance_ids: { web: jobs } });
      expect(await connect()).toEqual({ status: 0, stdout: "", stderr: LOOKING });
      expect(workspace.broker.requests.at(-1)?.Target).toBe(jobs);
    });
  });
});
