import { cdktfCalls } from "../../../cli/commands/cdktf";

const ENVIRONMENTS = new Map([
  ["dev", ["dev-networking", "dev-instances"]],
  ["dev-eu", ["dev-eu-networking", "dev-eu-instances"]],
]);

test("stacks are named exactly, in one call", () => {
  expect(cdktfCalls("deploy", ["dev"], ENVIRONMENTS, true)).toEqual({
    calls: [["deploy", "dev-networking", "dev-instances", "--skip-synth"]],
  });
  expect(cdktfCalls("destroy", ["dev-eu", "--auto-approve"], ENVIRONMENTS, false)).toEqual({
    calls: [["destroy", "dev-eu-networking", "dev-eu-instances", "--skip-synth", "--auto-approve"]],
  });
});

test("diff goes stack by stack, since the CLI plans one at a time", () => {
  expect(cdktfCalls("diff", ["dev", "--no-color"], ENVIRONMENTS, false)).toEqual({
    calls: [
      ["diff", "dev-networking", "--skip-synth", "--no-color"],
      ["diff", "dev-instances", "--skip-synth", "--no-color"],
    ],
  });
});

test.each([
  [[], true, "no environment given: there is dev, dev-eu; npm run destroy -- <environment>"],
  [["dve"], true, "no environment dve: there is dev, dev-eu; npm run destroy -- <environment>"],
  [["dev-e"], true, "no environment dev-e: there is dev, dev-eu; did you mean npm run destroy -- dev-eu?"],
  [["dev"], false, "nobody can approve here, as this is no terminal: npm run destroy -- dev --auto-approve"],
])("%j is refused", (args, interactive, refusal) => {
  expect(cdktfCalls("destroy", args, ENVIRONMENTS, interactive)).toEqual({ refusal });
});

describe("with OpenTofu", () => {
  const optionsOf = (command: "deploy" | "destroy" | "diff", ...options: string[]) => {
    const planned = cdktfCalls(command, ["dev", "--auto-approve", ...options], ENVIRONMENTS, false, true);
    const calls = planned.refusal === undefined ? planned.calls : [];
    return calls.map((call) => call.slice(call.indexOf("--auto-approve") + 1));
  };

  test.each([
    ["deploy", 1],
    ["destroy", 1],
    ["diff", 2],
  ] as const)("the CLI does not lock anew at every %s", (command, calls) => {
    expect(optionsOf(command)).toEqual(Array(calls).fill(["--skip-provider-lock"]));
  });

  test.each([
    "--skip-provider-lock",
    "--no-skip-provider-lock",
    "--skip-provider-lock=false",
    "--skipProviderLock",
  ])("%s is passed on as it is", (option) => {
    expect(optionsOf("deploy", option)).toEqual([[option]]);
  });
});
