import { rankZones } from "../../stacks/placement";
import { instancesByZone } from "../../stacks/settings/addresses";
import { validateEnvironment } from "../../stacks/settings/validate";
import { existingNetwork } from "../support/existing-network";
import { MINIMAL } from "../support/synth";

const instances = (count: number, settings: object = {}) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`web-${index}`, settings]));

const problems = (changes: object): string[] =>
  validateEnvironment("test", { ...MINIMAL, ...changes }).problems.map(
    ({ path, message }) => `${path}: ${message}`,
  );

const SMALL = { cidr: "10.40.0.0/28", availabilityZones: 1, subnetPrefix: 28 };

test.each<[string, number, { settings?: object } & Record<string, unknown>]>([
  ["recorded sessions", 6, { network: SMALL, sessions: {} }],
  ["no recording", 8, { network: SMALL }],
  [
    "an agent that needs ec2messages",
    6,
    { network: { ...SMALL, endpoints: { ec2Messages: true } }, sessions: {} },
  ],
  [
    "no room kept for ec2messages",
    7,
    { network: { ...SMALL, endpoints: { ec2Messages: false } }, sessions: {} },
  ],
  ["a Region without ec2messages", 7, { region: "mx-central-1", network: SMALL, sessions: {} }],
  [
    "a gateway, which takes no address",
    6,
    { network: { ...SMALL, endpoints: { s3Gateway: true } }, sessions: {} },
  ],
  ["one zone of two", 120, { network: {}, settings: { zone: "zone-2" } }],
])("with %s there is room for %d instances, and not for one more", (_, count, { settings, ...changes }) => {
  expect(problems({ ...changes, instances: instances(count, settings) })).toEqual([]);
  expect(problems({ ...changes, instances: instances(count + 1, settings) })).toEqual([
    expect.stringMatching(new RegExp(`^network\\.cidr: .* = ${count}, and would get ${count + 1}; `)),
  ]);
});

test("instances that choose their zone are counted where they go", () => {
  const zones = ["zone-1", "zone-2"];
  const named = instances(300);
  const best = Object.keys(named).filter((name) => rankZones(name, zones)[0] === "zone-1").length;
  expect([...instancesByZone(named as never, zones)]).toEqual([
    ["zone-1", best],
    ["zone-2", 300 - best],
  ]);
  expect(problems({ instances: named })).toEqual([
    expect.stringMatching(
      /^network\.cidr: got "10\.10\.0\.0\/23"; allowed: as many instances as there are addresses for: zone-\d has 128 - 5 that AWS keeps - 2 for endpoints \(ssm, ssmmessages\) - 1 kept for ec2messages, which older agents need = 120, and would get 1\d\d; set availabilityZones to 3, or set cidr to "10\.10\.0\.0\/22": /,
    ),
  ]);
});

test("where the network exists, only a plan knows", () => {
  expect(problems({ network: existingNetwork(), instances: instances(300) })).toEqual([]);
});
