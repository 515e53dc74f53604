import { allows, readPolicyJson, trustsEc2 } from "../../../modules/facts/iam-policy";

const read = (...statements: object[]) => {
  const policy = readPolicyJson(JSON.stringify({ Statement: statements }));
  expect(policy).toHaveLength(statements.length);
  return policy ?? [];
};
const allow = (Action: unknown, more: object = {}) => ({ Effect: "Allow", Action, Resource: "*", ...more });
const deny = (Action: unknown, more: object = {}) => ({ ...allow(Action, more), Effect: "Deny" });

describe("readPolicyJson", () => {
  test("reads a statement, or several, with one action or a list", () => {
    expect(readPolicyJson(JSON.stringify({ Statement: allow("s3:*", { Condition: {} }) }))).toEqual([
      {
        effect: "Allow",
        actions: ["s3:*"],
        notActions: [],
        resources: ["*"],
        conditional: true,
        condition: {},
        sourceVpcs: undefined,
        principals: undefined,
      },
    ]);
    expect(
      read(allow(["a:B", "a:C"], { Resource: ["x", "y"] }), deny("a:B", { Principal: "*" })),
    ).toMatchObject([
      { actions: ["a:B", "a:C"], resources: ["x", "y"], conditional: false },
      { effect: "Deny", principals: "*" },
    ]);
  });

  test("takes all but some resources for all", () => {
    expect(read(allow("a:B", { Resource: undefined, NotResource: "x" }))).toMatchObject([
      { resources: ["*"] },
    ]);
  });

  test.each([["no JSON"], ['"${jsonencode({})}'], ["null"], ['{"Statement":[null]}']])(
    "reads nothing out of %s",
    (json) => {
      expect(readPolicyJson(json)).toBeUndefined();
    },
  );

  test("reads no statement out of a policy without any", () => {
    expect(readPolicyJson("{}")).toEqual([]);
  });
});

test.each<[string, object[], boolean]>([
  ["the action itself", [allow("ssm:UpdateInstanceInformation")], true],
  ["one of several", [allow(["ec2:*", "ssm:UpdateInstanceInformation"])], true],
  ["a pattern", [allow("ssm:Update*")], true],
  ["a pattern of one letter", [allow("ssm:?pdateInstanceInformation")], true],
  ["everything", [allow("*")], true],
  ["another case", [allow("SSM:updateinstanceinformation")], true],
  ["a beginning of it", [allow("ssm:Update")], false],
  ["an end of it", [allow("UpdateInstanceInformation")], false],
  ["a point that stands for itself", [allow("ssm.UpdateInstanceInformation")], false],
  ["a sign that actions do not have", [allow("ssm:Update+InstanceInformation")], false],
  ["something else", [allow("ssm:GetParameter")], false],
  ["nothing", [], false],
  ["all but something else", [{ Effect: "Allow", NotAction: "iam:*", Resource: "*" }], true],
  ["all but the action", [{ Effect: "Allow", NotAction: ["iam:*", "ssm:*"], Resource: "*" }], false],
  ["a condition on the permission", [allow("ssm:*", { Condition: { Bool: {} } })], true],
  ["a denial beside it", [allow("*"), deny("ssm:*")], false],
  [
    "a denial of all but something else",
    [allow("*"), { Effect: "Deny", NotAction: "iam:*", Resource: "*" }],
    false,
  ],
  ["a denial for everybody", [allow("*"), deny("ssm:*", { Principal: { AWS: "*" } })], false],
  ["a denial for somebody else", [allow("*"), deny("ssm:*", { Principal: { AWS: "arn" } })], true],
  ["a denial of something else", [allow("*"), deny("ec2:*")], true],
  ["a denial of one resource", [allow("*"), deny("ssm:*", { Resource: "arn" })], true],
  ["a denial under a condition", [allow("*"), deny("ssm:*", { Condition: { Bool: {} } })], true],
])("whether an action is allowed by %s", (_, statements, expected) => {
  expect(allows(read(...statements), "ssm:UpdateInstanceInformation")).toBe(expected);
});

test("a permission counts only where it covers what is asked, a denial always", () => {
  const onLogs = (statements: object[]) =>
    allows(read(...statements), "logs:PutLogEvents", ({ resources }) => resources.includes("logs"));
  expect(onLogs([allow("logs:*", { Resource: "logs" })])).toBe(true);
  expect(onLogs([allow("logs:*", { Resource: "other" })])).toBe(false);
  expect(onLogs([allow("logs:*", { Resource: "logs" }), deny("logs:*")])).toBe(false);
});

test.each<[string, object[], boolean]>([
  ["EC2", [allow("sts:AssumeRole", { Principal: { Service: "ec2.amazonaws.com" } })], true],
  ["EC2 in China", [allow("sts:AssumeRole", { Principal: { Service: ["ec2.amazonaws.com.cn"] } })], true],
  ["EC2 by a pattern of the action", [allow("sts:*", { Principal: { Service: "ec2.amazonaws.com" } })], true],
  [
    "a suffix that Terraform decides",
    [allow("sts:AssumeRole", { Principal: { Service: "ec2.${suffix}" } })],
    true,
  ],
  ["another service", [allow("sts:AssumeRole", { Principal: { Service: "lambda.amazonaws.com" } })], false],
  [
    "a service whose name ends alike",
    [allow("sts:AssumeRole", { Principal: { Service: "not-ec2.amazonaws.com" } })],
    false,
  ],
  ["another action", [allow("sts:TagSession", { Principal: { Service: "ec2.amazonaws.com" } })], false],
  ["a denial", [deny("sts:AssumeRole", { Principal: { Service: "ec2.amazonaws.com" } })], false],
  ["nobody", [allow("sts:AssumeRole")], false],
  [
    "EC2, beside another service",
    ["lambda", "ec2"].map((one) =>
      allow("sts:AssumeRole", { Principal: { Service: `${one}.amazonaws.com` } }),
    ),
    true,
  ],
])("whether a trust policy lets EC2 take the role: %s", (_, statements, expected) => {
  expect(trustsEc2(read(...statements))).toBe(expected);
});
