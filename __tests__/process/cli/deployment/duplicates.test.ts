import { join } from "node:path";
import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { refuseDuplicates } from "../../../../cli/deployment/duplicates";
import { type State, parseState } from "../../../../cli/terraform/state";
import { Workspace } from "../../../support/cli";
import { LeftOvers, refusalOf, tagsOf } from "../../../support/left-overs";
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
    const known = parseState(
      JSON.stringify({
        resources: [
          { mode: "managed", type: "aws_vpc", name: "x", instances: [{ attributes: { id: "vpc-1" } }] },
        ],
      }),
    );
    expect(await refusal({ "dev-networking": known })).toBeUndefined();
  });
});
