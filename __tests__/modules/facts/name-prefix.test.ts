import type { Construct } from "constructs";
import {
  CommandAlarm,
  ExistingEndpoints,
  FlowLogs,
  InstanceAccess,
  IsolatedNetwork,
  OperatorAccess,
  SessionLogging,
  SsmEndpoints,
} from "../../../modules";
import { bucketPrefixProblem } from "../../../modules/private/session-names";
import { namePrefixProblem } from "../../../modules/facts/name-prefix";
import { synthModule } from "../../support/synth";
import { unresolved } from "../../support/tokens";

test.each(["a", "prod", "Prod-EU-2", "sgx", "x".repeat(32)])("%s begins names", (name) => {
  expect(namePrefixProblem(name)).toBeUndefined();
});

test.each(["", "a b/c", "a_b", "1a", "-a", "sg", "sg-prod", "SG-prod", "ä", "x".repeat(33)])(
  "%j does not",
  (name) => {
    expect(namePrefixProblem(name)).toBe(
      "allowed: 1 to 32 letters, digits and hyphens, beginning with a letter and not with sg-; " +
        "choose another: role, profile and security groups are called after it",
    );
  },
);

test("a bucket's name leaves less, by the Region", () => {
  expect(bucketPrefixProblem("x".repeat(28), "eu-central-1")).toBeUndefined();
  expect(bucketPrefixProblem("x".repeat(29), "eu-central-1")).toBe(
    "allowed: a name of up to 28 characters with a bucket made in eu-central-1; " +
      "shorten it, or name a bucket of yours in archive.bucketName",
  );
  expect(bucketPrefixProblem("x".repeat(29), "us-east-1")).toBeUndefined();
  expect(bucketPrefixProblem("x".repeat(29), unresolved())).toBeUndefined();
  expect(bucketPrefixProblem(unresolved(), "eu-central-1")).toBeUndefined();
});

const region = "eu-central-1";
const [keyArn, logGroupArn, vpcId] = ["arn:key", "arn:logs", "vpc-1"];

describe.each<[string, (scope: Construct, name: string) => Construct]>([
  [
    "CommandAlarm",
    (scope, name) => new CommandAlarm(scope, "it", { name, region, keyArn, logGroupName: "/x" }),
  ],
  [
    "ExistingEndpoints",
    (scope, name) => new ExistingEndpoints(scope, "it", { name, region, vpcId, existing: [], created: [] }),
  ],
  ["FlowLogs", (scope, name) => new FlowLogs(scope, "it", { name, region, vpcId, retentionDays: 1 })],
  [
    "InstanceAccess",
    (scope, name) => new InstanceAccess(scope, "it", { name, vpcId, endpointSecurityGroupId: "sg-1" }),
  ],
  [
    "IsolatedNetwork",
    (scope, name) => {
      const zones = { cidr: "10.0.0.0/24", availabilityZones: 1, endpointServices: ["ssm"] };
      return new IsolatedNetwork(scope, "it", { name, region, ...zones });
    },
  ],
  [
    "OperatorAccess",
    (scope, name) => {
      const session = { accessTag: "test", documentName: "x", keyArn, logGroupArn };
      return new OperatorAccess(scope, "it", { name, region, ...session });
    },
  ],
  ["SessionLogging", (scope, name) => new SessionLogging(scope, "it", { name, region, archive: {} })],
  [
    "SsmEndpoints",
    (scope, name) =>
      new SsmEndpoints(scope, "it", { name, region, vpcId, vpcCidr: "10.0.0.0/24", subnetIds: ["s"] }),
  ],
])("%s", (_, build) => {
  test("refuses what does not begin names", () => {
    expect(() => synthModule((stack) => build(stack, "a b/c"))).toThrow(
      new Error(`[module/it] name: got "a b/c"; ${namePrefixProblem("a b/c")}`),
    );
  });

  test("leaves a variable to Terraform", () => {
    expect(() => synthModule((stack) => build(stack, `${unresolved()}-eu`))).not.toThrow();
  });
});

test("a name too long for the bucket that is made is refused, not with a bucket of yours", () => {
  const name = "x".repeat(29);
  const logging = (archive: object) =>
    synthModule((stack) => new SessionLogging(stack, "it", { name, region, archive }));
  expect(() => logging({})).toThrow(
    new Error(`[module/it] name: got "${name}"; ${bucketPrefixProblem(name, region)}`),
  );
  expect(() => logging({ bucketName: "yours" })).not.toThrow();
});
