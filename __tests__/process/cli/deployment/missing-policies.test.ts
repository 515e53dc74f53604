import { CreatePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { emulatedConfig } from "../../../../cli/rehearsal/emulator";
import { refuseMissingPolicies } from "../../../../cli/deployment/missing-policies";
import { parseState } from "../../../../cli/terraform/state";
import { AwsProxy } from "../../../support/aws-proxy";
import { Workspace } from "../../../support/cli";
import { refusalOf } from "../../../support/left-overs";
import { describeMoto } from "../../../support/moto";
import { definedIn } from "../../../support/run-here";
import { MINIMAL } from "../../../support/synth";

const ACCOUNT = "123456789012";
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/team`;
const MISSPELT = "arn:aws:iam::aws:policy/CloudWatchAgentPolicy";

describeMoto("policies that settings name", (moto) => {
  const before = { ...process.env };
  const proxy = new AwsProxy(() => moto.url);
  const asked: string[] = [];
  let workspace: Workspace;
  beforeAll(() => proxy.start());
  afterAll(() => proxy.stop());
  beforeEach(async () => {
    await fetch(`${moto.url}/moto-api/reset`, { method: "POST" });
    asked.length = 0;
    proxy.before = ({ action }) => void asked.push(action);
    workspace = new Workspace({
      dev: {
        ...MINIMAL,
        iam: {
          permissionsBoundaryArn: BOUNDARY,
          managedPolicyArns: ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy", MISSPELT],
        },
      },
    });
    process.env = definedIn({ ...before, ...workspace.env, AWS_ENDPOINT_URL: proxy.url });
  });
  afterEach(() => {
    workspace.remove();
    process.env = before;
  });

  test("are missed before anything is planned", async () => {
    expect(await refusalOf(refuseMissingPolicies, workspace, {})).toMatch(
      new RegExp(`^${BOUNDARY}, ${MISSPELT}: not there, .*environments/dev\\.ts.*\nnothing was planned$`),
    );
    const client = new IAMClient(emulatedConfig(moto.url));
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" },
    });
    await client.send(new CreatePolicyCommand({ PolicyName: "team", PolicyDocument }));
    client.destroy();
    expect(await refusalOf(refuseMissingPolicies, workspace, {})).toMatch(
      new RegExp(`^${MISSPELT}: not there`),
    );
  });

  test("are not asked for where a state has them", async () => {
    const known = [BOUNDARY, MISSPELT, "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"];
    const attributes = Object.fromEntries(known.map((arn, index) => [`x${index}`, arn]));
    const resources = [{ mode: "managed", type: "x", name: "x", instances: [{ attributes }] }];
    const state = parseState(JSON.stringify({ resources }));
    expect(await refusalOf(refuseMissingPolicies, workspace, { "dev-instances": state })).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test("are not known where they may not be read", async () => {
    proxy.before = () => ({
      status: 403,
      type: "text/xml",
      body: "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
    });
    const said = jest.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await refusalOf(refuseMissingPolicies, workspace, {})).toBeUndefined();
    const lines = said.mock.calls.map(([line]) => String(line));
    said.mockRestore();
    expect(
      lines.filter((line) => line.startsWith(`whether ${BOUNDARY} is there is not known: denied`)),
    ).toHaveLength(1);
  });
});
