import {
  all,
  allow,
  breaking,
  type Case,
  type Change,
  CORE,
  deny,
  drop,
  FULL,
  OWN_GROUP,
  policy,
  put,
  resource,
  set,
  type Stacks,
} from "../../support/rules";
import type { Json } from "../../support/synth";

const after = breaking(FULL);
const ROLE = "aws_iam_role.instance_access";
const TRUST = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };

/** Gives the role a policy that data sources write. */
const documents =
  (written: Json, policy = "${data.aws_iam_policy_document.own.json}"): Change =>
  (s) => {
    (s["test-instances"] as Json).data.aws_iam_policy_document = written;
    put(s, "instances", "aws_iam_role_policy.more", { role: "${aws_iam_role.instance_access.id}", policy });
  };

describe("instance-role", () => {
  const lacks = (...actions: string[]): string[] =>
    actions.map((action) => `instance-role: test-instances/instance_access does not permit ${action}`);
  const channels = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"].map(
    (one) => `ssmmessages:${one}`,
  );
  const inline =
    (...statements: Json[]) =>
    (s: Stacks) =>
      put(s, "instances", "aws_iam_role_policy.more", {
        role: "${aws_iam_role.instance_access.name}",
        policy: policy(...statements),
      });
  const FENCE = "aws_iam_role_policy.instance_access_only-through-vpcs";
  const OWN = "$${aws:Ec2InstanceSourceVpc}";
  const BOUND = [
    "instance-role: test-instances/instance_access denies ssm but through endpoints of test-networking/network, which has none for it (onlyThroughVpcs)",
  ];
  const bond = (...values: string[]): Json => ({
    effect: "Deny",
    actions: ["*"],
    resources: ["*"],
    condition: [
      { test: "BoolIfExists", variable: "aws:ViaAWSService", values: ["false"] },
      { test: "StringNotEquals", variable: "aws:SourceVpc", values },
    ],
  });
  const endpoint: Change = (s) => drop(s, "aws_vpc_endpoint.endpoints_ssm");
  const NAT: Change = (s) => {
    put(s, "networking", "aws_route.away", {
      route_table_id: "${aws_route_table.network_isolated.id}",
      destination_cidr_block: "10.0.0.0/8",
      transit_gateway_id: "tgw-1",
    });
    put(s, "instances", "aws_vpc_security_group_egress_rule.away", {
      security_group_id: OWN_GROUP,
      ip_protocol: "tcp",
      from_port: 443,
      to_port: 443,
      cidr_ipv4: "10.0.0.0/8",
    });
  };
  const bootsAmazonLinux2: Change = (s) => {
    resource(s, "aws_instance.web").ami = "${data.aws_ssm_parameter.x.value}";
    (s["test-instances"] as Json).data.aws_ssm_parameter.x = {
      name: "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2",
    };
  };
  const without = (s: Stacks) => drop(s, CORE);
  const attach = (arn: string) => (s: Stacks) => {
    resource(s, CORE).policy_arn = arn;
  };
  test.each<Case>([
    [
      "no profile",
      all(set("aws_instance.web", { iam_instance_profile: undefined })),
      ["instance-role: test-instances/web has no instance profile"],
    ],
    [
      "a profile without a role",
      set("aws_iam_instance_profile.instance_access_profile", { role: undefined }),
      ["instance-role: test-instances/instance_access/profile has no role"],
    ],
    [
      "a role for another service",
      set(ROLE, { assume_role_policy: policy({ ...TRUST, Principal: { Service: "lambda.amazonaws.com" } }) }),
      ["instance-role: test-instances/instance_access does not trust ec2.amazonaws.com"],
    ],
    [
      "a role that denies EC2",
      set(ROLE, { assume_role_policy: policy({ ...TRUST, Effect: "Deny" }) }),
      ["instance-role: test-instances/instance_access does not trust ec2.amazonaws.com"],
    ],
    [
      "a trust in something else",
      set(ROLE, { assume_role_policy: policy({ ...TRUST, Action: "sts:TagSession" }) }),
      ["instance-role: test-instances/instance_access does not trust ec2.amazonaws.com"],
    ],
    ["no policy that registers", without, lacks("ssm:UpdateInstanceInformation", ...channels)],
    [
      "another policy of AWS",
      attach("arn:aws:iam::aws:policy/ReadOnlyAccess"),
      [
        ...lacks("ssm:UpdateInstanceInformation", ...channels),
        "no-written-account: test-instances/instance_access/session-manager names arn:aws:",
      ],
    ],
    ["a denial beside it", inline(deny("ssmmessages:*")), lacks(...channels)],
    [
      "a denial of all but something",
      inline({ Effect: "Deny", NotAction: ["ssmmessages:*", "logs:*", "kms:*", "s3:*"], Resource: "*" }),
      lacks("ssm:UpdateInstanceInformation"),
    ],
    [
      "permission for one half",
      all(without, inline(allow("ssm:Update*", { Resource: "arn" }))),
      lacks(...channels),
    ],
    [
      "an inline policy of the role's own",
      all(
        without,
        set(ROLE, {
          inline_policy: [
            {
              policy: policy(
                allow("ssmmessages:?pen*", { Resource: "arn" }),
                allow("ssm:UpdateInstanceInformation", { Resource: "arn" }),
              ),
            },
          ],
        }),
      ),
      lacks("ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel"),
    ],
    [
      "a policy of the stack that lacks it",
      (s) => {
        put(s, "instances", "aws_iam_policy.own", { policy: policy(allow("ec2:DescribeInstances")) });
        attach("${aws_iam_policy.own.arn}")(s);
      },
      lacks("ssm:UpdateInstanceInformation", ...channels),
    ],
    [
      "a data source's policy that lacks it",
      all(
        without,
        documents({
          own: {
            statement: {
              actions: ["ssmmessages:*", "ssm:*"],
              not_actions: undefined,
              resources: ["arn"],
              effect: "Deny",
            },
          },
        }),
      ),
      lacks("ssm:UpdateInstanceInformation", ...channels),
    ],
    [
      "a policy without ec2messages where the image's agent needs it",
      all(
        without,
        inline(allow(["ssm:UpdateInstanceInformation", "ssmmessages:*"], { Resource: "arn" })),
        bootsAmazonLinux2,
      ),
      lacks(
        ...[
          "AcknowledgeMessage",
          "DeleteMessage",
          "FailMessage",
          "GetEndpoint",
          "GetMessages",
          "SendReply",
        ].map((one) => `ec2messages:${one}`),
      ),
    ],
    ["an endpoint that is missing where another way leads out", all(NAT, endpoint), BOUND],
    [
      "a bond that a data source writes",
      all(NAT, endpoint, (s) => drop(s, FENCE), documents({ own: { statement: [bond(OWN)] } })),
      BOUND,
    ],
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    ["a profile that is not known", all(set("aws_instance.web", { iam_instance_profile: "theirs" }))],
    [
      "no profile but a launch template, which may have one",
      set("aws_instance.web", { iam_instance_profile: undefined, launch_template: { id: "lt-0123" } }),
    ],
    ["a role that is not known", set("aws_iam_instance_profile.instance_access_profile", { role: "theirs" })],
    [
      "the trust of a partition that is not known",
      set(ROLE, {
        assume_role_policy: policy({
          ...TRUST,
          Principal: { Service: "ec2.${data.aws_partition.x.dns_suffix}" },
        }),
      }),
    ],
    [
      "EC2 in China",
      set(ROLE, {
        assume_role_policy: policy({ ...TRUST, Principal: { Service: ["ec2.amazonaws.com.cn"] } }),
      }),
    ],
    ["a trust that Terraform composes", set(ROLE, { assume_role_policy: "${jsonencode({})}" })],
    ["a policy of somebody's, which is not known", attach("${var.policy_arn}")],
    [
      "policies of the role's own",
      all(
        without,
        set(ROLE, {
          managed_policy_arns: [
            "arn:${data.aws_partition.x.partition}:iam::aws:policy/service-role/AmazonEC2RoleforSSM",
          ],
        }),
      ),
    ],
    [
      "everything it needs, inline",
      all(without, inline(allow(["ssm:UpdateInstanceInformation", "ssmmessages:*"], { Resource: "arn" }))),
    ],
    [
      "actions in another case",
      all(without, inline(allow(["SSM:updateinstanceinformation", "ssmmessages:*"], { Resource: "arn" }))),
    ],
    [
      "a data source's policy that others override, beside one that is known",
      all(
        without,
        documents(
          {
            own: { override_policy_documents: ["${var.policy}"] },
            known: { statement: [] },
          },
          "${var.x ? data.aws_iam_policy_document.known.json : data.aws_iam_policy_document.own.json}",
        ),
      ),
    ],
    ["all but something", all(without, inline({ Effect: "Allow", NotAction: "iam:*", Resource: "arn" }))],
    [
      "a denial under a condition",
      inline(deny("ssmmessages:*", { Condition: { Bool: { "aws:SecureTransport": "false" } } })),
    ],
    ["a denial of one resource", inline(deny("ssmmessages:*", { Resource: "arn" }))],
    ["a denial of something else", inline(deny("ec2:*"))],
    [
      "a policy that Terraform composes",
      all(without, (s) =>
        put(s, "instances", "aws_iam_role_policy.more", {
          role: "${aws_iam_role.instance_access.id}",
          policy: "${jsonencode({})}",
        }),
      ),
    ],
    [
      "a data source's policy",
      all(
        without,
        documents({
          own: { statement: { actions: ["ssmmessages:*", "ssm:*"], resources: ["arn"] } },
        }),
      ),
    ],
    [
      "a data source's policy that is put together from others",
      all(
        without,
        documents({
          own: { source_policy_documents: ["${var.policy}"] },
        }),
      ),
    ],
    [
      "a data source's denial under a condition",
      documents({
        own: {
          statement: [
            {
              effect: "Deny",
              actions: ["ssm:*"],
              resources: ["*"],
              condition: { test: "Bool", variable: "x", values: ["y"] },
            },
          ],
        },
      }),
    ],
    ["no bond to endpoints where another way leads out", all(NAT, endpoint, (s) => drop(s, FENCE))],
    [
      "a bond to the endpoints of another VPC, too",
      all(NAT, endpoint, (s) => drop(s, FENCE), documents({ own: { statement: [bond(OWN, "vpc-1")] } })),
    ],
    [
      "a bond that is about other services",
      all(
        NAT,
        endpoint,
        (s) => drop(s, FENCE),
        documents({ own: { statement: [{ ...bond(OWN), actions: ["s3:*"] }] } }),
      ),
    ],
  ])("is kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
});
