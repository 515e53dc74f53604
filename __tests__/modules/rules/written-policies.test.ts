import { add as addTo, all, allow, type Change, deny, FULL, policy, set } from "../../support/rules";
import type { Json } from "../../support/synth";
import { casesOf, foreign } from "./cases";

const { after, broken, kept } = casesOf(FULL);
const add = (address: string, config: Json, layer = "networking"): Change => addTo(layer, address, config);

describe("no-wildcard-resource", () => {
  const role = "${aws_iam_role.instance_access.name}";
  const permits = (address: string, action: string): string[] => [
    `no-wildcard-resource: test-instances/${address} permits ${action} on every resource`,
  ];
  const inline = (...statements: Json[]): Change =>
    add("aws_iam_role_policy.x", { role, policy: policy(...statements) }, "instances");
  broken([
    [
      "a permission on everything",
      inline(allow(["s3:GetObject", "logs:DescribeLogGroups"])),
      permits("aws_iam_role_policy.x", "s3:GetObject"),
    ],
    [
      "everything among others",
      inline(allow("s3:GetObject", { Resource: ["arn", "*"] })),
      permits("aws_iam_role_policy.x", "s3:GetObject"),
    ],
    [
      "all but some actions",
      inline({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }),
      permits("aws_iam_role_policy.x", "all but some actions"),
    ],
    [
      "a policy that is attached",
      all(
        add("aws_iam_policy.x", { policy: policy(allow("s3:*")) }, "instances"),
        add("aws_iam_role_policy_attachment.x", { role, policy_arn: "${aws_iam_policy.x.arn}" }, "instances"),
      ),
      permits("aws_iam_policy.x", "s3:*"),
    ],
    [
      "a role's own inline policy",
      set("aws_iam_role.instance_access", {
        inline_policy: [{ name: "x", policy: policy(allow("s3:*")) }],
      }),
      permits("instance_access", "s3:*"),
    ],
    [
      "a data source's policy",
      all(
        (s) => {
          (s["test-instances"] as Json).data.aws_iam_policy_document = {
            x: { statement: [{ actions: ["s3:*"], resources: ["*"] }] },
          };
        },
        add("aws_iam_role_policy.x", { role, policy: "${data.aws_iam_policy_document.x.json}" }, "instances"),
      ),
      permits("aws_iam_role_policy.x", "s3:*"),
    ],
    [
      "a stranger's policy on our role",
      foreign("aws_iam_role_policy.x", {
        role: "${data.terraform_remote_state.test-instances.outputs.role_name}",
        policy: policy(allow("s3:*")),
      }),
      ["no-wildcard-resource: theirs/aws_iam_role_policy.x permits s3:* on every resource"],
    ],
  ]);
  kept([
    ["a denial of everything", inline(deny("ec2:*"))],
    ["a permission on something", inline(allow("s3:GetObject", { Resource: "arn" }))],
    ["actions that IAM can not limit", inline(allow(["ec2:DescribeInstances", "ssm:GetConnectionStatus"]))],
    ["a key's own policy", set("aws_kms_key.logging_key", { policy: policy(allow("kms:*")) })],
    [
      "a stranger's policy of their own",
      all(
        foreign("aws_iam_role.x", {}),
        foreign("aws_iam_role_policy.x", { role: "${aws_iam_role.x.name}", policy: policy(allow("s3:*")) }),
      ),
    ],
  ]);
});

describe("no-written-account", () => {
  const tag = (text: string): Change => set("aws_instance.web", { user_data: text });
  broken([
    ["an account id", tag("111122223333"), ["no-written-account: test-instances/web names 111122223333"]],
    ["an ARN", tag("arn:aws:iam::aws:policy/X"), ["no-written-account: test-instances/web names arn:aws:"]],
    [
      "another partition",
      tag("arn:aws-us-gov:iam::aws:policy/X"),
      ["no-written-account: test-instances/web names arn:aws-us-gov:"],
    ],
    [
      "an account id deep in a policy",
      add(
        "aws_iam_role_policy.x",
        {
          role: "${aws_iam_role.instance_access.name}",
          policy: policy(
            allow("s3:Get", { Resource: "arn:${data.aws_partition.x.partition}:s3::111122223333:x" }),
          ),
        },
        "instances",
      ),
      ["no-written-account: test-instances/aws_iam_role_policy.x names 111122223333"],
    ],
  ]);
  kept([
    [
      "a number in a tag, which decides nothing",
      set("aws_instance.web", { tags: { created: "202611231142" } }),
    ],
    ["a longer number", tag("1111222233334")],
    ["a shorter one", tag("11112222333")],
    ["a part of a longer word", tag("a-111122223333")],
    [
      "a stranger's ARN in their own resource",
      foreign("aws_s3_bucket.x", { tags: { Owner: "111122223333" } }),
    ],
  ]);
  test("allows what was given, and nothing beside it", () => {
    expect(after(tag("x 111122223333 arn:aws:s3"), ["111122223333", "x 111122223333 arn:aws:s3"])).toEqual(
      [],
    );
    expect(after(tag("arn:aws:iam::111122223333:role/x"), ["arn:aws:iam::111122223333:role/x"])).toEqual([]);
    expect(after(tag("111122223333 and 444455556666"), ["111122223333"])).toEqual([
      "no-written-account: test-instances/web names 444455556666",
    ]);
  });
});
