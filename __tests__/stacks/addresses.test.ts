import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ADDRESSES as CONTRACT } from "../../stacks/contract";
import { ADDRESSES, addressProblems, synthesizedAddresses } from "../../scripts/addresses";

const locked = JSON.parse(readFileSync(ADDRESSES, "utf8")) as Record<string, string[]>;

test("what is deployed keeps its addresses", () => {
  expect(addressProblems(locked, synthesizedAddresses())).toEqual([]);
});

test("between them, the locked environments have every type of resource that the constructs make", () => {
  const folder = join(__dirname, "../../modules");
  const imported = readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((file) =>
    file.endsWith(".ts")
      ? [
          ...readFileSync(join(folder, file), "utf8").matchAll(
            /provider-aws\/lib\/(?!data-aws-|provider")([\w-]+)/g,
          ),
        ]
      : [],
  );
  const made = new Set(imported.map(([, name = ""]) => `aws_${name.replaceAll("-", "_")}`));
  const types = new Set(Object.values(locked).flatMap((all) => all.map((one) => one.split(".")[0])));
  expect([...types].sort()).toEqual([...made, "terraform_data"].sort());
});

test("the addresses that commands look for are among them", () => {
  const all = Object.values(locked).flat();
  expect(Object.values(CONTRACT).filter((address) => !all.includes(address))).toEqual([]);
});

describe("an address", () => {
  const before = { "dev-networking": ["aws_vpc.network", "aws_subnet.network_zone-1"] };
  const [vpc, subnet] = before["dev-networking"] as [string, string];

  test("that has another name is gone, and new", () => {
    const now = { "dev-networking": { resources: ["aws_vpc.vpc", subnet], moved: {} } };
    expect(addressProblems(before, now)).toEqual([
      "dev-networking: aws_vpc.network is gone: whoever has it deployed would lose it, and get another where it has a new address. " +
        'Give it its id back, or tell Terraform where it is now: in its stack, addOverride("moved", [{ from: "aws_vpc.network", to: "<new address>" }]), ' +
        "then npm run addresses. If it is really to go, say so in CHANGELOG.md, then npm run addresses -- --forget",
      "dev-networking: aws_vpc.vpc is not locked yet: npm run addresses",
    ]);
  });

  test("that has moved to one there is needs but a new list", () => {
    const now = { "dev-networking": { resources: ["aws_vpc.vpc", subnet], moved: { [vpc]: "aws_vpc.vpc" } } };
    expect(addressProblems(before, now)).toEqual([
      "dev-networking: aws_vpc.vpc is not locked yet: npm run addresses",
    ]);
    const nowhere = { "dev-networking": { resources: [subnet], moved: { [vpc]: "aws_vpc.vpc" } } };
    expect(addressProblems(before, nowhere)).toEqual([expect.stringContaining("aws_vpc.network is gone")]);
  });

  describe("that Terraform makes per element", () => {
    const rule = "aws_vpc_security_group_ingress_rule.https";
    const problems = (moved: Record<string, string>, ...resources: string[]) =>
      addressProblems({ net: [`${rule}[each]`] }, { net: { resources, moved } });

    test("is another where elements are found by number, or there is but one", () => {
      expect(problems({}, `${rule}[each]`)).toEqual([]);
      for (const other of [`${rule}[count]`, rule]) {
        expect(problems({}, other)).toEqual([
          expect.stringContaining(`${rule}[each] is gone`),
          `net: ${other} is not locked yet: npm run addresses`,
        ]);
      }
    });

    test.each([
      ["as a whole", { [rule]: "aws_x.y" }, "aws_x.y[each]", true],
      ["as a whole, to one of another kind", { [rule]: "aws_x.y" }, "aws_x.y[count]", false],
      ["an element at a time", { [`${rule}["10.0.0.0/16"]`]: `${rule}[0]` }, `${rule}[count]`, true],
      ["an element at a time, to nowhere", { [`${rule}["10.0.0.0/16"]`]: "aws_x.y[0]" }, "aws_x.z", false],
    ])("moves %s", (_, moved, to, good) => {
      expect(problems(moved, to).filter((one) => one.includes("is gone"))).toHaveLength(good ? 0 : 1);
    });
  });

  test("is gone with its stack", () => {
    expect(addressProblems(before, {})).toHaveLength(2);
  });
});

test("what is refused of a locked environment is said with its place", () => {
  expect(() => synthesizedAddresses({ least: { region: "mars", instances: { web: {} } } })).toThrow(
    /^least: region: got "mars"; allowed: /,
  );
});

test("every resource that Terraform makes per element is locked as such", () => {
  expect(locked["existing-networking"]).toContain(
    "aws_vpc_security_group_ingress_rule.endpoints_https-from-vpc[each]",
  );
});
