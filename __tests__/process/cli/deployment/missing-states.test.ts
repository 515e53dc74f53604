import { join } from "node:path";
import { refuseMissingStates } from "../../../../cli/deployment/missing-states";
import { type State, parseState } from "../../../../cli/terraform/state";
import { AwsServer } from "../../../support/aws-server";
import { Workspace } from "../../../support/cli";
import { LeftOvers, refusalOf, tagsOf, withoutIdentity } from "../../../support/left-overs";
import { describeMoto } from "../../../support/moto";
import { definedIn } from "../../../support/run-here";
import { MINIMAL } from "../../../support/synth";

describeMoto("a state that has nothing", (moto) => {
  const before = { ...process.env };
  let aws: AwsServer;
  let workspace: Workspace;
  let make: LeftOvers;
  beforeEach(async () => {
    await fetch(`${moto.url}/moto-api/reset`, { method: "POST" });
    make = new LeftOvers(moto);
    workspace = new Workspace({ dev: { ...MINIMAL, sessions: {} } });
    aws = new AwsServer(() => moto.url);
    await aws.start();
    process.env = definedIn({ ...before, ...workspace.env, AWS_ENDPOINT_URL: aws.url });
  });
  afterEach(() => {
    aws.stop();
    workspace.remove();
    make.client.destroy();
    process.env = before;
  });

  /** What is said against a destroy where the stacks have these states; undefined where it may go on. */
  const refusal = (states: Readonly<Record<string, State>> = {}): Promise<string | undefined> =>
    refusalOf(refuseMissingStates, workspace, states);
  const stateWith = (type: string, id: string): State =>
    parseState(
      JSON.stringify({
        resources: [{ mode: "managed", type, name: "x", instances: [{ attributes: { id } }] }],
      }),
    );

  test("is right where AWS has nothing either", async () => {
    expect(await refusal()).toBeUndefined();
  });

  test("is the wrong one where AWS has something of the stack: what, and where it was looked for, is told", async () => {
    const id = await make.vpc({ ...tagsOf(workspace, "dev-networking"), Name: "dev" });
    const text = await refusal();
    expect(text).toMatch(
      new RegExp(
        "^the states of dev-networking, dev-sessions, dev-instances have nothing, but account 123456789012 has in " +
          `eu-central-1:\n {2}${id}  VPC dev\nlooked for the states in:\n`,
      ),
    );
    expect(text).toContain(`\n  local, ${join(workspace.folder, "state/dev-networking.tfstate")}\n`);
    expect(text).toMatch(/docs\/recovery\.md, step 7, .*\nnothing was destroyed$/);
  });

  test("is right where what AWS has is known to the state of another stack, or is another's", async () => {
    const id = await make.vpc({ ...tagsOf(workspace, "dev-networking"), Name: "dev" });
    const alike = withoutIdentity(tagsOf(workspace, "dev-networking"));
    await make.vpc({ ...alike, SessionManagerStack: "dev-networking-00000000", Name: "dev" });
    await make.vpc({ ...alike, Name: "production" });
    expect(await refusal({ "dev-networking": stateWith("aws_vpc", id) })).toBeUndefined();
  });

  test("may be the wrong one where something of an older deploy looks like it", async () => {
    const alike = withoutIdentity(tagsOf(workspace, "dev-networking"));
    const id = await make.vpc({ ...alike, Name: "dev" });
    expect(await refusal()).toContain(`\n  ${id}  VPC dev (by its names and tags: it may be another's)\n`);
  });

  test("is not taken for right where AWS cannot be asked", async () => {
    aws.before = ({ action }) =>
      action === "DescribeVpcs"
        ? {
            status: 403,
            type: "text/xml",
            body: "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>",
          }
        : undefined;
    expect(await refusal()).toMatch(
      /^the states of dev-networking, .* have nothing, and whether AWS has something of them cannot be told: denied: ec2:DescribeVpcs in eu-central-1/,
    );
  });
});
