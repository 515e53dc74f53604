import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ADDRESSES, addressProblems, synthesizedAddresses } from "../../scripts/addresses";

const locked = JSON.parse(readFileSync(ADDRESSES, "utf8")) as Record<string, string[]>;

test("what is deployed keeps its addresses", () => {
  expect(addressProblems(locked, synthesizedAddresses())).toEqual([]);
});

test("between them, the locked environments have every type of resource that the constructs make", () => {
  const folder = join(__dirname, "../../modules");
  const imported = readdirSync(folder).flatMap((file) =>
    file.endsWith(".ts")
      ? [...readFileSync(join(folder, file), "utf8").matchAll(/provider-aws\/lib\/(?!data-aws-)([\w-]+)/g)]
      : [],
  );
  const made = new Set(imported.map(([, name = ""]) => `aws_${name.replaceAll("-", "_")}`));
  const types = new Set(Object.values(locked).flatMap((all) => all.map((one) => one.split(".")[0])));
  expect([...types].sort()).toEqual([...made, "terraform_data"].sort());
});

describe("an address", () => {
  const before = { "dev-networking": ["aws_vpc.network", "aws_subnet.network_zone-1"] };
  const [vpc, subnet] = before["dev-networking"] as [string, string];

  test("that has another name is gone, and new", () => {
    const now = { "dev-networking": { resources: ["aws_vpc.vpc", subnet], moved: {} } };
    expect(addressProblems(before, now)).toEqual([
      "dev-networking: aws_vpc.network is gone: whoever has it deployed would lose it, and get another where it has a new address. " +
        'Give it its id back, or tell Terraform where it is now: in its stack, addOverride("moved", [{ from: "aws_vpc.network", to: "<new address>" }]). ' +
        "If it is really to go, say so in CHANGELOG.md. Then npm run addresses",
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

  test("is gone with its stack", () => {
    expect(addressProblems(before, {})).toHaveLength(2);
  });
});
