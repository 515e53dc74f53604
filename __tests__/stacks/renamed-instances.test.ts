import { addressProblems, synthesizedAddresses } from "../../scripts/addresses";
import { LOCKED } from "../../scripts/locked-environments";
import { rankZones } from "../../stacks/placement";
import type { Environment } from "../../stacks/settings/environment";
import { validateEnvironment } from "../../stacks/settings/validate";
import { MINIMAL, synthEnvironment } from "../support/synth";

const synthesize = (instances: Environment["instances"], changes: object = {}) =>
  synthEnvironment({ ...MINIMAL, ...changes, instances }).instances;

/** The same instances, each called anew, and said to be it. */
const renamed = (instances: Environment["instances"]): Environment["instances"] =>
  Object.fromEntries(
    Object.entries(instances).map(([name, one]) => [`new-${name}`, { ...one, renamedFrom: name }]),
  );

test("an instance takes all along whose address begins with its name, and nothing else", () => {
  const egress = [{ cidr: "10.8.0.0/16", ports: 443, description: "partners" }];
  const { moved } = synthesize({ frontend: { renamedFrom: "web", egress }, jobs: {} }, { sessions: {} }).json;
  expect((moved as { from: string; to: string }[]).map(({ from, to }) => `${from} -> ${to}`).sort()).toEqual(
    [
      "aws_instance.*",
      "aws_security_group.*_egress",
      "aws_vpc_security_group_egress_rule.*_egress-tcp-443-10-8-0-0-16",
      "terraform_data.*_image",
      "terraform_data.*_user-data",
    ].map((address) => `${address.replace("*", "web")} -> ${address.replace("*", "frontend")}`),
  );
});

test.each(Object.keys(LOCKED))(
  "of the environment %s, no address is lost when every instance is renamed",
  (name) => {
    const environment = LOCKED[name] as Environment;
    const before = synthesizedAddresses({ [name]: environment });
    const now = synthesizedAddresses({
      [name]: { ...environment, instances: renamed(environment.instances) },
    });
    const locked = Object.fromEntries(
      Object.entries(before).map(([stack, { resources }]) => [stack, resources]),
    );
    expect(addressProblems(locked, now).filter((problem) => problem.includes(" is gone"))).toEqual([]);
  },
);

test("what moves is only called otherwise", () => {
  const [before, now] = [synthesize({ web: {} }), synthesize({ frontend: { renamedFrom: "web" } })];
  const { Name, ...tags } = now.resources("aws_instance").frontend?.tags as Record<string, string>;
  expect([Name, tags]).toEqual(["test-frontend", {}]);
  // Its zone is calculated from the name it was made with: made anew, it stays there, where addresses are counted for it.
  expect(now.resources("aws_instance").frontend?.subnet_id).toBe(
    before.resources("aws_instance").web?.subnet_id,
  );
  expect(now.resources("terraform_data").frontend_image).toEqual({
    ...before.resources("terraform_data").web_image,
    "//": expect.anything() as unknown,
  });
});

test("a network that is full stays so, whatever its instances are called", () => {
  const network = {
    cidr: "10.40.0.0/27",
    availabilityZones: 2,
    subnetPrefix: 28,
    endpoints: { ec2Messages: false },
  };
  const zones = ["zone-1", "zone-2"];
  const names = Array.from({ length: 200 }, (_, index) => `web-${index}`);
  const full = zones.flatMap((zone) =>
    names.filter((name) => rankZones(name, zones)[0] === zone).slice(0, 9),
  );
  const instances = Object.fromEntries(full.map((name) => [name, {}]));
  const problems = (given: Environment["instances"]) =>
    validateEnvironment("test", { ...MINIMAL, network, instances: given }).problems;
  expect(problems(instances)).toEqual([]);
  expect(problems(renamed(instances))).toEqual([]);
  expect(problems({ ...instances, more: {} })).not.toEqual([]);
});

test("nothing moves where nothing is renamed", () => {
  expect(synthesize({ web: {} }).json).not.toHaveProperty("moved");
});

describe("a name that an instance had", () => {
  const problems = (instances: object): string[] =>
    validateEnvironment("test", { ...MINIMAL, instances }).problems.map(
      ({ path, message }) => `${path}: ${message}`,
    );
  const taken = (name: string, before: string): string =>
    `instances.${name}.renamedFrom: got "${before}"; allowed: a name that no instance has any more; if ${name} was ${before} ` +
    `and is deployed as ${name}, remove renamedFrom; else deploy the rename first, without a new ${before}`;

  test.each<[string, object, string[]]>([
    ["of none any more", { frontend: { renamedFrom: "web" } }, []],
    ["in another case", { web: { renamedFrom: "Web" } }, []],
    [
      "its own",
      { web: { renamedFrom: "web" } },
      ['instances.web.renamedFrom: got "web"; allowed: another name than the one it has; remove it'],
    ],
    ["of another there is", { frontend: { renamedFrom: "web" }, web: {} }, [taken("frontend", "web")]],
    ["in a row of renames", { b: { renamedFrom: "a" }, c: { renamedFrom: "b" } }, [taken("c", "b")]],
    [
      "two that change places",
      { a: { renamedFrom: "b" }, b: { renamedFrom: "a" } },
      [taken("a", "b"), taken("b", "a")],
    ],
    [
      "two that were one",
      { a: { renamedFrom: "web" }, b: { renamedFrom: "web" } },
      [
        'instances.b.renamedFrom: got "web"; allowed: a name that one instance had, and a is said to be it; remove one of the two',
      ],
    ],
    [
      "no name",
      { frontend: { renamedFrom: "aws_instance.web" } },
      [
        'instances.frontend.renamedFrom: got "aws_instance.web"; allowed: a name of 1 to 63 letters, digits and hyphens that begins with a letter; write the name that it had',
      ],
    ],
    [
      "no text",
      { frontend: { renamedFrom: ["web"] } },
      [
        'instances.frontend.renamedFrom: got ["web"]; allowed: a name of 1 to 63 letters, digits and hyphens that begins with a letter; write it as a text',
      ],
    ],
  ])("%s", (_what, instances, expected) => {
    expect(problems(instances)).toEqual(expected);
  });
});
