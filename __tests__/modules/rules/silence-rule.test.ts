import type { Instance } from "@cdktf/provider-aws/lib/instance";
import type { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import type { TerraformStack } from "cdktf";
import { ManagedInstance, type RuleId, silenceRule } from "../../../modules";
import { addStacks } from "../../../stacks";
import { MINIMAL, type StackJson, settingsOf, synth, synthModule } from "../../support/synth";
import { compose, refusals } from "./composed";

describe("silenceRule", () => {
  const reason = "a test instance that is thrown away";
  const exposed =
    (silence: (made: ReturnType<typeof compose>, stack: TerraformStack) => void) =>
    (stack: TerraformStack) => {
      const made = compose(stack);
      (made.web.node.findChild("Default") as Instance).addOverride("key_name", "mine");
      silence(made, stack);
    };
  test("lets one construct break one rule, and writes the reason into the JSON", () => {
    const json: StackJson = synthModule(exposed(({ web }) => silenceRule(web, "no-key-pair", reason)));
    expect(json.json["//"].metadata.silencedRules).toEqual([
      { path: "module/web", rule: "no-key-pair", reason },
    ]);
  });
  test.each<[string, (made: ReturnType<typeof compose>, stack: TerraformStack) => void, string[]]>([
    ["a stack above", (_, stack) => silenceRule(stack, "no-key-pair", reason), []],
    [
      "another construct",
      ({ access }) => silenceRule(access, "no-key-pair", reason),
      [
        "  [module] no-key-pair: module/web has a key pair. Take key_name away.",
        "  [module] silenceRule: module/access does not break no-key-pair. Remove the silence.",
      ],
    ],
    [
      "another rule",
      ({ web }) => silenceRule(web, "no-inbound", reason),
      [
        "  [module] no-key-pair: module/web has a key pair. Take key_name away.",
        "  [module] silenceRule: module/web does not break no-inbound. Remove the silence.",
      ],
    ],
  ])("for %s", (_, silence, expected) => {
    expect(refusals(() => synthModule(exposed(silence)))).toEqual(expected);
  });
  test("for an instance leaves the others to suffer", () => {
    const build = (silenced: string[]) => (stack: TerraformStack) => {
      const { endpoints, access, network, web } = compose(stack);
      const other = new ManagedInstance(stack, "db", {
        name: "db",
        access,
        vpcId: network.vpcId,
        subnetId: network.subnetIds["zone-1"] as string,
      });
      (endpoints.node.findChild("ssm") as VpcEndpoint).addOverride("private_dns_enabled", false);
      [web, other]
        .filter(({ node }) => silenced.includes(node.id))
        .forEach((one) => silenceRule(one, "private-dns", reason));
    };
    expect(refusals(() => synthModule(build(["web"])))[0]).toMatch(
      /ssm has private DNS off, so module\/db would/,
    );
    expect(refusals(() => synthModule(build(["web", "db"])))).toEqual([]);
  });
  test("is written into the stack it is in, each beside the others", () => {
    const twelve = "twelve chars";
    const { stacks } = synth((app) => {
      for (const name of ["one", "two"]) {
        addStacks(app, settingsOf({ ...MINIMAL, instances: { a: {}, b: {} } }, name));
        const stack = app.node.findChild(`${name}-instances`);
        for (const id of name === "one" ? ["a", "b"] : ["a"]) {
          const made = stack.node.findChild(id);
          (made.node.findChild("Default") as Instance).addOverride("key_name", "mine");
          silenceRule(made as ManagedInstance, "no-key-pair", twelve);
        }
      }
    });
    const written = Object.entries(stacks).map(([name, { json }]) => [
      name,
      (json["//"].metadata.silencedRules as { path: string }[] | undefined)?.map(({ path }) => path),
    ]);
    expect(Object.fromEntries(written)).toEqual({
      "one-networking": undefined,
      "one-instances": ["one-instances/a", "one-instances/b"],
      "two-networking": undefined,
      "two-instances": ["two-instances/a"],
    });
  });
  test("that is idle in one environment is told of by that one alone", () => {
    expect(
      refusals(() =>
        synth((app) => {
          addStacks(app, settingsOf(MINIMAL, "one"));
          addStacks(app, settingsOf(MINIMAL, "two"));
          silenceRule(app.node.findChild("two-instances") as TerraformStack, "no-inbound", reason);
        }),
      ),
    ).toEqual([
      "  [two-networking] silenceRule: two-instances does not break no-inbound. Remove the silence.",
    ]);
  });
  test("is refused without a reason, and for a rule that does not exist", () => {
    expect(() =>
      synthModule(exposed(({ web }) => silenceRule(web, "no-keypair" as RuleId, " short      "))),
    ).toThrow(
      /^\[module\/web\] silenceRule: got "no-keypair"; allowed: agent-endpoints, [a-z0-9, -]+; name one of them\n\[module\/web\] silenceRule: reason: got " short {6}"; allowed: a sentence of 12 characters or more; say why this place may break the rule$/,
    );
  });
});
