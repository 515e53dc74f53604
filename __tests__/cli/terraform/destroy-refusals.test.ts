import { destroyRefusals } from "../../../cli/terraform/destroy-refusals";
import { parseState } from "../../../cli/terraform/state";
import { plainStack } from "../../support/plain-stack";
import { synthesizedStacks } from "../../support/synthesized";
import { MINIMAL } from "../../support/synth";

const RECORDINGS = { "aws_kms_key.logging_key": {}, "aws_cloudwatch_log_group.logging": {} };

/** What `recordings` was when the stack was deployed. */
type Deployed = "retain" | "delete" | "before there was such a tag";

/** A state that has these resources, with attributes. */
function stateOf(
  resources: Readonly<Record<string, object>>,
  deployed: Deployed = "retain",
): ReturnType<typeof parseState> {
  const isTold = deployed === "retain" || deployed === "delete";
  const tags = isTold ? { SessionRecordings: deployed } : null;
  return parseState(
    JSON.stringify({
      version: 4,
      // A destroy that broke off has taken the outputs away already.
      outputs: {},
      resources: Object.entries(resources).map(([address, attributes]) => {
        const [type, name] = address.split(".");
        return {
          mode: "managed",
          type,
          name,
          instances: [{ attributes: { id: "x", tags, ...attributes } }],
        };
      }),
    }),
  );
}

/** What is said against a destroy, where the settings and the state of the sessions are these. */
function refusals(
  sessions: object | false,
  resources: Readonly<Record<string, object>>,
  deployed?: Deployed,
): string[] {
  const stacks = synthesizedStacks({ dev: { ...MINIMAL, sessions } });
  return destroyRefusals(
    new Map(
      stacks.map((stack) => [stack, stack.layer === "sessions" ? stateOf(resources, deployed) : stateOf({})]),
    ),
  );
}

describe("a destroy", () => {
  test("is refused where recordings are retained", () => {
    expect(refusals({}, RECORDINGS)).toEqual([
      "dev-sessions keeps its recordings, so it cannot be destroyed: set sessions: false and deploy dev, which leaves log " +
        'group, key and bucket in AWS, then destroy; or set recordings: "delete", deploy, then destroy, which deletes them too',
    ]);
  });

  test("is refused where the deploy is missing that forgets them: Terraform would destroy them all the same", () => {
    expect(refusals(false, RECORDINGS)).toEqual([
      "dev-sessions would be destroyed with what is to stay in AWS (aws_cloudwatch_log_group.logging, " +
        "aws_kms_key.logging_key): deploy dev first, which has Terraform forget it, then destroy",
    ]);
  });

  test.each(["retain", "before there was such a tag"] as const)(
    'is refused where recordings: "delete" was never deployed: what was deployed is "%s"',
    (deployed) => {
      expect(refusals({ recordings: "delete" }, RECORDINGS, deployed)).toEqual([
        "dev-sessions was deployed to keep its recordings (aws_kms_key.logging_key, aws_cloudwatch_log_group.logging), and " +
          'recordings: "delete" was not deployed since: deploy dev first, then destroy, which deletes them',
      ]);
    },
  );

  test('is refused where recordings: "delete" was deployed, and the settings have gone back to retain', () => {
    expect(refusals({}, RECORDINGS, "delete")[0]).toMatch(/^dev-sessions keeps its recordings/);
  });

  test("is refused where the account's preferences are protected, with what helps against that", () => {
    const sessions = { recordings: "delete", adoptAccountPreferences: "create" };
    const resources = { ...RECORDINGS, "aws_ssm_document.logging_account-preferences": {} };
    expect(refusals(sessions, resources, "delete")).toEqual([
      "dev-sessions keeps the account's preferences, so it cannot be destroyed: remove adoptAccountPreferences and " +
        "deploy dev, which leaves them in AWS, then destroy",
    ]);
  });

  test("is refused where the deploy is missing that lets the bucket be emptied: its key would be gone before it", () => {
    const sessions = { recordings: "delete", archive: {} };
    const resources = { ...RECORDINGS, "aws_s3_bucket.logging_archive": { force_destroy: false } };
    expect(refusals(sessions, resources, "delete")).toEqual([
      "dev-sessions would be destroyed but for what AWS does not delete while it is full (aws_s3_bucket.logging_archive): " +
        "deploy dev first, which lets it be emptied, then destroy",
    ]);
  });

  test("is refused where an instance is protected: AWS would refuse when the rest is gone", () => {
    const stacks = synthesizedStacks({ dev: MINIMAL });
    const state = stateOf({ "aws_instance.web": { disable_api_termination: true } });
    expect(
      destroyRefusals(
        new Map(stacks.map((stack) => [stack, stack.layer === "instances" ? state : stateOf({})])),
      ),
    ).toEqual([
      "dev-instances protects aws_instance.web from termination, so it cannot be destroyed: take terminationProtection out " +
        "of the settings and deploy dev, then destroy",
    ]);
  });

  test("is refused where code of one's own protects something", () => {
    const config = { lifecycle: { prevent_destroy: true } };
    const stack = {
      ...plainStack("dev-networking", "/nowhere", "eu-central-1"),
      resources: [{ type: "aws_vpc", name: "network", config }],
    };
    expect(destroyRefusals(new Map([[stack, stateOf({ "aws_vpc.network": {} })]]))).toEqual([
      "dev-networking has prevent_destroy on aws_vpc.network, so it cannot be destroyed: take that out of the code first",
    ]);
  });

  test.each([
    ["nothing was deployed", {}, {}, "retain"],
    ["the deploy was made that forgets them", false, { "aws_ssm_document.logging_document": {} }, "retain"],
    ["their deletion was deployed", { recordings: "delete" }, RECORDINGS, "delete"],
    [
      "all that is there is the log of the watch",
      { recordings: "delete" },
      { "aws_cloudwatch_log_group.watch_log-group": { tags: {} } },
      "delete",
    ],
  ] as const)("goes on where %s", (_case, sessions, resources, deployed) => {
    expect(refusals(sessions, resources, deployed)).toEqual([]);
  });
});
