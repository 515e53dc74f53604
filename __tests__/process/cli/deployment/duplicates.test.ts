import { join, relative } from "node:path";
import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { refuseDuplicates } from "../../../../cli/deployment/duplicates";
import { type State, parseState } from "../../../../cli/terraform/state";
import { stackIdentity } from "../../../../stacks/contract";
import { Workspace } from "../../../support/cli";
import { LeftOvers, refusalOf, tagsOf, writeState } from "../../../support/left-overs";
import { describeMoto } from "../../../support/moto";
import { definedIn } from "../../../support/run-here";
import { MINIMAL } from "../../../support/synth";

describeMoto("a deploy from a state that has nothing", (moto) => {
  const before = { ...process.env };
  let workspace: Workspace;
  let make: LeftOvers;
  beforeEach(async () => {
    await fetch(`${moto.url}/moto-api/reset`, { method: "POST" });
    make = new LeftOvers(moto);
    workspace = new Workspace({ dev: MINIMAL });
    process.env = definedIn({ ...before, ...workspace.env, AWS_ENDPOINT_URL: moto.url });
  });
  afterEach(() => {
    workspace.remove();
    make.client.destroy();
    process.env = before;
  });

  const refusal = (states: Readonly<Record<string, State>> = {}): Promise<string | undefined> =>
    refusalOf(refuseDuplicates, workspace, states);
  const makeGroup = async (tags: Readonly<Record<string, string>>): Promise<void> => {
    const VpcId = await make.vpc({});
    await make.client.send(
      new CreateSecurityGroupCommand({
        VpcId,
        GroupName: "a",
        Description: "a",
        TagSpecifications: LeftOvers.tagged("security-group", tags),
      }),
    );
  };

  test("goes on where AWS has nothing of it, and where it is another's", async () => {
    expect(await refusal()).toBeUndefined();
    await makeGroup({
      ...tagsOf(workspace, "dev-networking"),
      SessionManagerStack: "dev-networking-00000000",
    });
    expect(await refusal()).toBeUndefined();
  });

  test("is refused where it runs already, with the places that were looked in", async () => {
    await makeGroup(tagsOf(workspace, "dev-networking"));
    expect(await refusal()).toBe(
      "dev-networking: AWS has it in eu-central-1, and the state here has nothing: a deploy would make all of it a second time. " +
        `Looked for the states in:\n  local, ${join(workspace.folder, "state/dev-networking.tfstate")}\n` +
        "Get them from where this was deployed: docs/recovery.md, step 7. After a first deploy that was killed, npm run orphans -- dev " +
        "says what it has left\nnothing was planned",
    );
    expect(await refusal({ "dev-networking": stateWith("aws_vpc", "vpc-1") })).toBeUndefined();
  });

  describe("of a file that was renamed", () => {
    const was = async (identity: string, name: string): Promise<string> =>
      make.group(await make.vpc({}), name, { SessionManagerStack: identity });
    const identity = (name: string, role: string): string => stackIdentity(`${name}-instances`, role);
    /** The state of the instances of an environment, with an output, as where it is deployed. */
    const deployed = (name: string): void => {
      writeState(workspace, `${name}-networking`, { aws_vpc: ["vpc-1"] });
      workspace.deployed(`${name}-instances`, { role_name: `${name}-instances` });
      process.env.PATH = `${join(workspace.folder, "programs")}:${before.PATH}`;
    };

    test("is refused where the prefix was kept, as the role is the same", async () => {
      await was(identity("old", "dev-instances"), "dev-instances");
      deployed("old");
      expect(await refusal()).toBe(
        "dev-networking, dev-instances: the states here have nothing, and eu-central-1 has old, which has the same role. If " +
          "environments/dev.ts was old.ts, call it so again, or carry old over, by all of:\n" +
          ["networking", "instances"]
            .map((layer) => {
              const path = (name: string): string =>
                relative("", join(workspace.folder, `state/${name}-${layer}.tfstate`));
              return `  mv ${path("old")} ${path("dev")}\n`;
            })
            .join("") +
          "If it is another environment, give it another namePrefix or role name\nnothing was planned",
      );
    });

    test("is refused where the prefix is another, if it was deployed from here and has no file any more", async () => {
      await was(identity("old", "old-instances"), "old-instances");
      expect(await refusal()).toBeUndefined(); // another project's
      deployed("old");
      expect(await refusal()).toMatch(
        /has old, which this project has deployed, and environments\/old\.ts is no more\. .*\n {2}write namePrefix: "old" in environments\/dev\.ts\n {2}mv /,
      );
      workspace.write("environments/old.ts", "");
      expect(await refusal()).toBeUndefined();
    });

    test("is refused once a part of its states was carried over, and not once all were", async () => {
      const group = await was(identity("old", "dev-instances"), "dev-instances");
      const networking = stateWith("aws_vpc", "vpc-1");
      expect(await refusal({ "dev-networking": networking })).toMatch(
        /^dev-instances: the states here have nothing/,
      );
      const instances = stateWith("aws_security_group", group);
      expect(await refusal({ "dev-networking": networking, "dev-instances": instances })).toBeUndefined();
    });
  });
});

function stateWith(type: string, id: string): State {
  const resources = [{ mode: "managed", type, name: "x", instances: [{ attributes: { id } }] }];
  return parseState(JSON.stringify({ resources }));
}
