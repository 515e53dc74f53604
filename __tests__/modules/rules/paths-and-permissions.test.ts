import {
  all,
  allow,
  breaking,
  type Case,
  type Change,
  CORE,
  deny,
  drop,
  EGRESS,
  FULL,
  GROUP,
  INGRESS,
  OWN_GROUP,
  policy,
  put,
  resource,
  set,
  type Stacks,
  TO_S3,
} from "../../support/rules";
import type { Json } from "../../support/synth";

const after = breaking(FULL);
const ENDPOINTS = "aws_security_group.endpoints";
const ROLE = "aws_iam_role.instance_access";
const RECORD = "aws_iam_role_policy.instance_access_record-sessions";
const TRUST = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
const ZONES = ["network/zone-1", "network/zone-2"];

const rule = (values: Json) => (stacks: Stacks) => {
  const old = resource(stacks, INGRESS);
  put(stacks, "networking", INGRESS, { security_group_id: old.security_group_id, ...values });
};
const way = (values: Json) => (stacks: Stacks) => {
  const old = resource(stacks, EGRESS);
  put(stacks, "instances", EGRESS, { security_group_id: old.security_group_id, ...values });
};
/** Gives the role a policy that data sources write. */
const documents =
  (written: Json, policy = "${data.aws_iam_policy_document.own.json}"): Change =>
  (s) => {
    (s["test-instances"] as Json).data.aws_iam_policy_document = written;
    put(s, "instances", "aws_iam_role_policy.more", { role: "${aws_iam_role.instance_access.id}", policy });
  };
const https = { ip_protocol: "tcp", from_port: 443, to_port: 443 };
const OWN_FROM_NETWORKING = "${aws_security_group.beside.id}";

describe("endpoint-ingress", () => {
  const shut = (...subnets: string[]): string[] =>
    subnets.map(
      (subnet) =>
        `endpoint-ingress: test-networking/endpoints admits no HTTPS from test-networking/${subnet}`,
    );
  test.each<Case>([
    ["no rule", (s) => drop(s, INGRESS), shut(...ZONES)],
    [
      "another port",
      rule({ ...https, from_port: 444, to_port: 444, cidr_ipv4: "10.10.0.0/23" }),
      shut(...ZONES),
    ],
    [
      "ports below",
      rule({ ...https, from_port: 1, to_port: 442, cidr_ipv4: "10.10.0.0/23" }),
      shut(...ZONES),
    ],
    ["another protocol", rule({ ...https, ip_protocol: "udp", cidr_ipv4: "10.10.0.0/23" }), shut(...ZONES)],
    ["a block that holds one subnet", rule({ ...https, cidr_ipv4: "10.10.0.0/25" }), shut("network/zone-2")],
    ["a smaller block than any subnet", rule({ ...https, cidr_ipv4: "10.10.0.0/26" }), shut(...ZONES)],
    ["a block beside", rule({ ...https, cidr_ipv4: "10.11.0.0/23" }), shut(...ZONES)],
    ["no block at all", rule({ ...https, cidr_ipv4: "nonsense" }), shut(...ZONES)],
    [
      "the endpoints' own group",
      rule({ ...https, referenced_security_group_id: "${aws_security_group.endpoints.id}" }),
      shut(...ZONES),
    ],
    [
      "themselves, inline",
      all(
        (s) => drop(s, INGRESS),
        set(ENDPOINTS, { ingress: [{ protocol: "-1", from_port: 0, to_port: 0, self: true }] }),
      ),
      shut(...ZONES),
    ],
    [
      "a way out in place of a way in",
      (s) => {
        const old = resource(s, INGRESS);
        drop(s, INGRESS);
        put(s, "networking", "aws_security_group_rule.x", {
          security_group_id: old.security_group_id,
          type: "egress",
          protocol: "tcp",
          from_port: 443,
          to_port: 443,
          cidr_blocks: ["10.10.0.0/23"],
        });
      },
      shut(...ZONES),
    ],
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });

  test.each<[string, Change]>([
    ["just both subnets", rule({ ...https, cidr_ipv4: "10.10.0.0/24" })],
    ["every protocol", rule({ ip_protocol: "-1", cidr_ipv4: "10.0.0.0/8" })],
    ["TCP by number", rule({ ...https, ip_protocol: "6", cidr_ipv4: "10.10.0.0/23" })],
    [
      "ports as texts",
      rule({ ip_protocol: "tcp", from_port: "443", to_port: "443", cidr_ipv4: "10.10.0.0/23" }),
    ],
    ["a protocol that is a variable", rule({ ...https, ip_protocol: "${var.p}", cidr_ipv4: "10.10.0.0/23" })],
    [
      "ports that are variables",
      rule({ ...https, from_port: "${var.p}", to_port: "${var.p}", cidr_ipv4: "10.10.0.0/23" }),
    ],
    ["a block that is a variable", rule({ ...https, cidr_ipv4: "${var.cidr}" })],
    ["a prefix list", rule({ ...https, prefix_list_id: "pl-0123" })],
    ["a group that is not told", rule({ ...https, referenced_security_group_id: "sg-0123456789abcdef0" })],
    [
      "an inline rule",
      all(
        (s) => drop(s, INGRESS),
        set(ENDPOINTS, {
          ingress: [{ protocol: "tcp", from_port: 443, to_port: 443, cidr_blocks: ["10.10.0.0/23"] }],
        }),
      ),
    ],
    [
      "a rule of the older kind",
      (s) => {
        const old = resource(s, INGRESS);
        drop(s, INGRESS);
        put(s, "networking", "aws_security_group_rule.x", {
          security_group_id: old.security_group_id,
          type: "ingress",
          protocol: "tcp",
          from_port: 443,
          to_port: 443,
          cidr_blocks: ["10.10.0.0/23"],
        });
      },
    ],
    [
      "a group that the rule names, of every instance",
      all(rule({ ...https, referenced_security_group_id: OWN_FROM_NETWORKING }), (s) => {
        put(s, "networking", "aws_security_group.beside", { vpc_id: "${aws_vpc.network.id}" });
        (s["test-networking"] as Json).output.beside = { value: OWN_FROM_NETWORKING };
        for (const name of ["web", "db"]) {
          resource(s, `aws_instance.${name}`).vpc_security_group_ids.push(
            "${data.terraform_remote_state.test-networking.outputs.beside}",
          );
        }
      }),
    ],
    [
      "endpoints in a group that is not told",
      all(
        (s) => drop(s, INGRESS),
        ...["ssm", "ssmmessages", "ec2messages", "logs", "kms"].map((one) =>
          set(`aws_vpc_endpoint.endpoints_${one}`, { security_group_ids: ["sg-0123"] }),
        ),
        way({ ip_protocol: "-1", cidr_ipv4: "10.10.0.0/23" }),
      ),
    ],
    [
      "a subnet whose block is a variable",
      all(
        rule({ ...https, cidr_ipv4: "10.10.0.0/25" }),
        set("aws_subnet.network_zone-2", { cidr_block: "${var.cidr}" }),
      ),
    ],
    [
      "instances whose groups are not all told",
      all(
        (s) => drop(s, INGRESS),
        set("aws_instance.web", { vpc_security_group_ids: ["sg-01"] }),
        set("aws_instance.db", { vpc_security_group_ids: "${var.groups}" }),
      ),
    ],
  ])("is kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
});

describe("a group added by an association", () => {
  test("counts as the endpoint's", () => {
    const change = all(
      (s) => drop(s, INGRESS),
      (s) => {
        put(s, "networking", "aws_security_group.open", {
          ingress: [{ protocol: "-1", cidr_blocks: ["10.10.0.0/23"] }],
        });
        for (const one of ["ssm", "ssmmessages", "logs", "kms"]) {
          put(s, "networking", `aws_vpc_endpoint_security_group_association.${one}`, {
            vpc_endpoint_id: `\${aws_vpc_endpoint.endpoints_${one}.id}`,
            security_group_id: "${aws_security_group.open.id}",
          });
        }
      },
    );
    expect(after(change)).toEqual([]);
  });
});

describe("instance-egress", () => {
  const shut = [
    "instance-egress: test-instances/instance_access/security-group lets out no HTTPS to test-networking/endpoints",
  ];
  test.each<Case>([
    ["no rule", (s) => drop(s, EGRESS), shut],
    ["another port", way({ ...https, from_port: 80, to_port: 80, cidr_ipv4: "10.10.0.0/23" }), shut],
    ["a block that holds one of two endpoint subnets", way({ ...https, cidr_ipv4: "10.10.0.128/25" }), shut],
    [
      "the prefix list of S3",
      way({
        ...https,
        prefix_list_id: "${data.terraform_remote_state.test-networking.outputs.s3_prefix_list_id}",
      }),
      shut,
    ],
    ["the instances' own group", way({ ...https, referenced_security_group_id: OWN_GROUP }), shut],
    [
      "a rule that admits",
      (s) => {
        drop(s, EGRESS);
        put(s, "instances", "aws_vpc_security_group_ingress_rule.x", {
          ...https,
          security_group_id: OWN_GROUP,
          cidr_ipv4: "10.10.0.0/23",
        });
      },
      [
        ...shut,
        "no-inbound: test-instances/aws_vpc_security_group_ingress_rule.x lets traffic in to instances",
      ],
    ],
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    ["the VPC's block", way({ ...https, cidr_ipv4: "10.10.0.0/23" })],
    [
      "both subnets by two rules",
      all(way({ ...https, cidr_ipv4: "10.10.0.128/25" }), (s) =>
        put(s, "instances", "aws_vpc_security_group_egress_rule.x", {
          ...https,
          security_group_id: OWN_GROUP,
          cidr_ipv4: "10.10.0.0/25",
        }),
      ),
    ],
    ["another prefix list", way({ ...https, prefix_list_id: "pl-0123" })],
    [
      "a rule of the older kind",
      (s) => {
        drop(s, EGRESS);
        put(s, "instances", "aws_security_group_rule.x", {
          type: "egress",
          protocol: "tcp",
          from_port: 443,
          to_port: 443,
          security_group_id: OWN_GROUP,
          source_security_group_id:
            "${data.terraform_remote_state.test-networking.outputs.endpoint_security_group_id}",
        });
      },
    ],
    [
      "an inline rule",
      (s) => {
        drop(s, EGRESS);
        resource(s, GROUP).egress = {
          protocol: "tcp",
          from_port: 443,
          to_port: 443,
          security_groups: [
            "${data.terraform_remote_state.test-networking.outputs.endpoint_security_group_id}",
          ],
        };
      },
    ],
    [
      "an inline rule of another prefix list",
      (s) => {
        drop(s, EGRESS);
        resource(s, GROUP).egress = [
          { protocol: "tcp", from_port: 443, to_port: 443, prefix_list_ids: ["${var.list}"] },
        ];
      },
    ],
    [
      "endpoints whose subnets are not told",
      all(
        (s) => drop(s, EGRESS),
        ...["ssm", "ssmmessages", "ec2messages", "logs", "kms"].map((one) =>
          set(`aws_vpc_endpoint.endpoints_${one}`, { subnet_ids: "${var.subnets}" }),
        ),
      ),
    ],
  ])("is kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
});

describe("s3-route", () => {
  const S3 = "aws_vpc_endpoint.endpoints_s3";
  const unrouted = (...zones: string[]): string[] =>
    zones.map((zone) => `s3-route: test-networking/endpoints/s3 has no route for test-networking/${zone}`);
  const table = (s: Stacks) =>
    put(s, "networking", "aws_route_table.second", { vpc_id: "${aws_vpc.network.id}" });
  test.each<Case>([
    ["a gateway without tables", set(S3, { route_table_ids: [] }), unrouted(...ZONES)],
    [
      "a table of other subnets",
      all(
        table,
        set("aws_route_table_association.network_route-zone-2", {
          route_table_id: "${aws_route_table.second.id}",
        }),
      ),
      unrouted("network/zone-2"),
    ],
    [
      "no way out to S3 where copies are kept",
      (s) => drop(s, TO_S3),
      [
        "s3-route: test-instances/instance_access/security-group lets out no HTTPS to S3, where copies of recordings go",
      ],
    ],
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    [
      "a table that an association adds",
      all(set(S3, { route_table_ids: undefined }), (s) =>
        put(s, "networking", "aws_vpc_endpoint_route_table_association.x", {
          vpc_endpoint_id: "${aws_vpc_endpoint.endpoints_s3.id}",
          route_table_id: "${aws_route_table.network_isolated.id}",
        }),
      ),
    ],
    ["tables that are not told", set(S3, { route_table_ids: ["${var.table}"] })],
    [
      "subnets that use the VPC's main table",
      all(set(S3, { route_table_ids: [] }), (s) => {
        drop(s, "aws_route_table_association.network_route-zone-1");
        drop(s, "aws_route_table_association.network_route-zone-2");
      }),
    ],
  ])("is kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
});

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
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    ["a profile that is not told", all(set("aws_instance.web", { iam_instance_profile: "theirs" }))],
    [
      "no profile but a launch template, which may have one",
      set("aws_instance.web", { iam_instance_profile: undefined, launch_template: { id: "lt-0123" } }),
    ],
    ["a role that is not told", set("aws_iam_instance_profile.instance_access_profile", { role: "theirs" })],
    [
      "the trust of a partition that is not told",
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
    ["a policy of somebody's, which is not told", attach("${var.policy_arn}")],
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
      "a data source's policy that others override, beside one that is told",
      all(
        without,
        documents(
          {
            own: { override_policy_documents: ["${var.policy}"] },
            told: { statement: [] },
          },
          "${var.x ? data.aws_iam_policy_document.told.json : data.aws_iam_policy_document.own.json}",
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
  ])("is kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
});

describe("recording-permissions", () => {
  const lacks = (...actions: string[]): string[] =>
    actions.map(
      (action) =>
        `recording-permissions: test-instances/instance_access does not permit ${action} on what sessions are recorded with`,
    );
  const edit =
    (change: (text: string) => string): Change =>
    (s) => {
      const config = resource(s, RECORD);
      config.policy = change(config.policy as string);
    };
  const LOGS = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];
  test.each<Case>([
    [
      "no permission at all",
      (s) => drop(s, RECORD),
      lacks(
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
        "kms:Decrypt",
        "s3:GetEncryptionConfiguration",
        "s3:PutObject",
        "kms:GenerateDataKey",
      ),
    ],
    [
      "one that is missing",
      edit((text) => text.replace("logs:PutLogEvents", "logs:GetLogEvents")),
      lacks("logs:PutLogEvents"),
    ],
    [
      "another log group",
      all(
        (s) => put(s, "instances", "aws_cloudwatch_log_group.other", { name: "other" }),
        edit((text) => text.replace(/\$\{[^}]*log_group_arn\}/, "${aws_cloudwatch_log_group.other.arn}")),
      ),
      lacks(...LOGS),
    ],
    [
      "another key",
      all(
        (s) => put(s, "instances", "aws_kms_key.other", {}),
        edit((text) => text.replace(/\$\{[^}]*key_arn\}/g, "${aws_kms_key.other.arn}")),
      ),
      lacks("kms:Decrypt", "kms:GenerateDataKey"),
    ],
    [
      "a group that is named but is another",
      all(
        set("aws_ssm_document.logging_document", {
          content: JSON.stringify({ inputs: { cloudWatchLogGroupName: "/theirs" } }),
        }),
        edit((text) => text.replace(/\$\{[^}]*log_group_arn\}/, "log-group:/ours")),
      ),
      lacks(...LOGS),
    ],
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    [
      "a log group that is not told",
      edit((text) => text.replace(/\$\{[^}]*log_group_arn\}/, "${var.group}")),
    ],
    [
      "a log group that is written out",
      edit((text) => text.replace(/\$\{[^}]*log_group_arn\}/, "log-group:/session-manager/test")),
    ],
    [
      "a group that the document names by text",
      all(
        set("aws_ssm_document.logging_document", {
          content: JSON.stringify({ inputs: { cloudWatchLogGroupName: "/theirs" } }),
        }),
        edit((text) => text.replace(/\$\{[^}]*log_group_arn\}/, "log-group:/theirs")),
      ),
    ],
    ["policies that are not told", all(set(RECORD, { policy: "${var.policy}" }))],
    [
      "sessions that nothing records",
      all(
        (s) => drop(s, RECORD),
        set("aws_ssm_document.logging_document", { content: JSON.stringify({ inputs: {} }) }),
      ),
    ],
    [
      "a document that Terraform composes",
      all((s) => drop(s, RECORD), set("aws_ssm_document.logging_document", { content: "${jsonencode({})}" })),
    ],
    [
      "a document that is no session's",
      all((s) => drop(s, RECORD), set("aws_ssm_document.logging_document", { document_type: "Command" })),
    ],
    [
      "several documents, of which the role may use one",
      (s) => {
        const document = resource(s, "aws_ssm_document.logging_document");
        (s["test-sessions"] as Json).resource.aws_ssm_document = {
          first: {
            ...document,
            content: JSON.stringify({
              inputs: { cloudWatchLogGroupName: "${aws_cloudwatch_log_group.first.name}" },
            }),
          },
          logging_document: document,
        };
        put(s, "sessions", "aws_cloudwatch_log_group.first", { name: "first" });
      },
    ],
  ])("is kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
  test("asks nothing of an administrator's role, which another rule refuses", () => {
    const administrator = "arn:${data.aws_partition.x.partition}:iam::aws:policy/AdministratorAccess";
    expect(after(all((s) => drop(s, RECORD), set(CORE, { policy_arn: administrator })))).toEqual([
      "no-wildcard-resource: test-instances/instance_access/session-manager permits everything",
    ]);
  });
  test("asks for no more than is recorded with", () => {
    const only = (inputs: Json): Change =>
      all(
        (s) => drop(s, RECORD),
        set("aws_ssm_document.logging_document", { content: JSON.stringify({ inputs }) }),
      );
    expect(after(only({ cloudWatchLogGroupName: "ours" }))).toEqual(
      lacks("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"),
    );
    expect(after(only({ s3BucketName: "copies" }))).toEqual(
      lacks("s3:GetEncryptionConfiguration", "s3:PutObject"),
    );
    expect(after(only({ kmsKeyId: "key", s3BucketName: "copies" }))).toEqual(
      lacks("kms:Decrypt", "s3:GetEncryptionConfiguration", "s3:PutObject", "kms:GenerateDataKey"),
    );
  });
});

describe("endpoint-policy", () => {
  const out = (service: string, ...actions: string[]): string[] =>
    actions.map(
      (action) =>
        `endpoint-policy: test-networking/endpoints/${service} has a policy that shuts out ${action}`,
    );
  const own = (service: string, ...statements: Json[]) =>
    set(`aws_vpc_endpoint.endpoints_${service}`, { policy: policy(...statements) });
  const channels = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"].map(
    (one) => `ssmmessages:${one}`,
  );
  const logs = ["CreateLogStream", "DescribeLogGroups", "DescribeLogStreams", "PutLogEvents"].map(
    (one) => `logs:${one}`,
  );
  const beside =
    (document: string): Change =>
    (s) =>
      put(s, "instances", "aws_vpc_endpoint_policy.x", {
        vpc_endpoint_id: '${data.terraform_remote_state.test-networking.outputs.endpoint_ids["ssm"]}',
        policy: document,
      });
  test.each<Case>([
    [
      "one that allows something else",
      own("ssm", allow("ssm:GetParameter")),
      out("ssm", "ssm:UpdateInstanceInformation"),
    ],
    ["one that allows nothing", own("ssmmessages"), out("ssmmessages", ...channels)],
    ["a denial", own("ssm", allow("*"), deny("ssm:Update*")), out("ssm", "ssm:UpdateInstanceInformation")],
    ["one that keeps the logs out", own("logs", allow("logs:Get*")), out("logs", ...logs)],
    ["one that keeps the key out", own("kms", allow("kms:Encrypt")), out("kms", "kms:Decrypt")],
    [
      "one that is set beside the endpoint, from another stack",
      beside(policy(allow("ssm:GetParameter"))),
      out("ssm", "ssm:UpdateInstanceInformation"),
    ],
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    ["no policy, which lets all through", set("aws_vpc_endpoint.endpoints_ssm", { policy: undefined })],
    ["just the agent's action", own("ssm", allow("ssm:UpdateInstanceInformation"))],
    ["an endpoint that nobody needs", own("ec2messages", allow("nothing:*"))],
    [
      "a denial under a condition",
      own("ssm", allow("*"), deny("*", { Condition: { StringNotEquals: { "aws:PrincipalOrgID": "o-1" } } })),
    ],
    ["one that Terraform composes", own("ssm")],
    ["one beside that lets the agent in", beside(policy(allow("ssm:*")))],
    ["one beside that is not told", beside("${var.policy}")],
  ])("is kept with %s", (name, change) => {
    expect(
      after(
        name === "one that Terraform composes"
          ? set("aws_vpc_endpoint.endpoints_ssm", { policy: "${var.policy}" })
          : change,
      ),
    ).toEqual([]);
  });
  test("is broken by ec2messages shut out where the image needs it", () => {
    const change = all(
      own("ec2messages", allow("ec2messages:GetMessages")),
      set("aws_instance.web", { ami: "${data.aws_ssm_parameter.x.value}" }),
      (s) => {
        (s["test-instances"] as Json).data.aws_ssm_parameter.x = {
          name: "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2",
        };
      },
    );
    expect(after(change)).toEqual(
      out("ec2messages", "ec2messages:AcknowledgeMessage", "ec2messages:SendReply"),
    );
  });
});

describe("agent-in-image and metadata-service", () => {
  const image = (type: string, config: Json): Change =>
    all(set("aws_instance.web", { ami: `\${data.${type}.x.id}` }), (s) => {
      const { data } = s["test-instances"] as Json;
      data[type] = { ...data[type], x: config };
    });
  test.each<Case>([
    [
      "a minimal image's parameter",
      image("aws_ssm_parameter", {
        name: "/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64",
      }),
      [
        "agent-in-image: test-instances/web boots from /aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64",
      ],
    ],
    [
      "a minimal image by its name",
      image("aws_ami", { filter: [{ name: "name", values: ["al2023-ami-minimal-*"] }] }),
      ["agent-in-image: test-instances/web boots from al2023-ami-minimal-*"],
    ],
    [
      "a disabled metadata service",
      set("aws_instance.web", { metadata_options: { http_endpoint: "disabled", http_tokens: "required" } }),
      ["metadata-service: test-instances/web has no metadata service"],
    ],
  ])("are broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    [
      "a standard image by its name",
      image("aws_ami", {
        filter: [
          { name: "name", values: ["al2023-ami-2*"] },
          { name: "owner-alias", values: ["al2023-ami-minimal"] },
        ],
      }),
    ],
    ["an image that is one fixed AMI", set("aws_instance.web", { ami: "ami-0123456789abcdef0" })],
    ["another lookup", image("aws_launch_template", { name: "al2023-ami-minimal" })],
    [
      "a metadata service that is not mentioned",
      set("aws_instance.web", { metadata_options: [{ http_tokens: "required" }] }),
    ],
  ])("are kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
});
