import { join } from "node:path";
import { type SynthesizedEnvironment, readEnvironments } from "../../../cli/assembly/environments";
import { countIdentified, identitiesOf, namePrefixOf } from "../../../cli/orphans/identities";
import type { SynthesizedStack } from "../../../cli/assembly/stacks";
import { parseState } from "../../../cli/terraform/state";
import { STACK_TAG, stackIdentity } from "../../../stacks/contract";
import { Workspace } from "../../support/cli";
import { plainStack } from "../../support/plain-stack";
import { MINIMAL } from "../../support/synth";

let workspace: Workspace;
let dev: SynthesizedEnvironment;
beforeAll(() => {
  workspace = new Workspace({ dev: { ...MINIMAL, namePrefix: "acme-dev" } });
  [dev] = readEnvironments(join(workspace.folder, "cdktf.out")) as [SynthesizedEnvironment];
});
afterAll(() => workspace.remove());

/** States in which each stack's only VPC has these tags. */
const states = (tags: Readonly<Record<string, unknown>>) =>
  new Map(
    Object.entries(tags).map(([stack, tags_all]) => {
      const resource = {
        mode: "managed",
        type: "aws_vpc",
        name: "network",
        instances: [{ attributes: { tags_all } }],
      };
      return [stack, parseState(JSON.stringify({ resources: [resource] }))];
    }),
  );

const NETWORKING = "dev-networking";
const identity = (stack: string, role = "acme-dev-instances") => ({
  [STACK_TAG]: stackIdentity(stack, role),
});

test("identities are those of the JSON, and those that states know of the same stack", () => {
  const now = [NETWORKING, "dev-instances"].map((stack) => [
    stackIdentity(stack, "acme-dev-instances"),
    stack,
  ]);
  expect([...identitiesOf(dev, new Map())]).toEqual(now);
  const [networking] = now;
  expect([...identitiesOf(dev, states({ [NETWORKING]: identity(NETWORKING, "earlier") }))]).toEqual([
    networking,
    [stackIdentity(NETWORKING, "earlier"), NETWORKING],
    now[1],
  ]);
  // Something was moved from another environment's state: that environment's things stay its own.
  expect([...identitiesOf(dev, states({ [NETWORKING]: identity("prod-networking") }))]).toEqual(now);
});

test("JSON of a version that gave no identity is refused", () => {
  const old = { ...dev, instancesStack: { ...dev.instancesStack, defaultTags: {} } };
  expect(() => identitiesOf(old, new Map())).toThrow(
    "dev-instances was synthesized without the tag SessionManagerStack: run npm start first",
  );
});

describe("what lacks its stack's identity", () => {
  const count = (tags: unknown, changes: Partial<SynthesizedStack> = {}) => {
    const [stack] = dev.stacks as [SynthesizedStack];
    return countIdentified({ ...stack, ...changes }, states({ [stack.name]: tags }));
  };

  test.each([
    ["has it", identity(NETWORKING), { tagged: 1, without: 0 }],
    ["has that of an earlier role", identity(NETWORKING, "earlier"), { tagged: 1, without: 0 }],
    ["has another stack's", identity("dev-instances"), { tagged: 1, without: 1 }],
    ["has other tags", { Name: "dev" }, { tagged: 1, without: 1 }],
    ["can have no tags", undefined, { tagged: 0, without: 0 }],
    ["has none yet", null, { tagged: 0, without: 0 }],
  ])("is counted: a resource that %s", (_, tags, expected) => {
    expect(count(tags)).toEqual(expected);
  });

  test("is not what another provider tags, nor what is in a stack of code of one's own", () => {
    const provided = { type: "aws_vpc", name: "network", config: { provider: "aws.elsewhere" } };
    expect(count({}, { resources: [provided] })).toEqual({ tagged: 0, without: 0 });
    const own = plainStack("dev-own", workspace.folder, dev.region);
    expect(countIdentified(own, states({ "dev-own": {} }))).toEqual({ tagged: 0, without: 0 });
  });
});

test("names begin as that of the instances' security group", () => {
  expect(namePrefixOf(dev)).toBe("acme-dev");
  expect(namePrefixOf({ ...dev, instancesStack: { ...dev.instancesStack, outputs: {} } })).toBeUndefined();
});
