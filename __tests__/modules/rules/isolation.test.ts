import {
  add as addTo,
  all,
  allow,
  breaking,
  type Case,
  type Change,
  deny,
  FULL,
  OWN_GROUP,
  policy,
  resource,
  set,
} from "../../support/rules";
import type { Json } from "../../support/synth";

const after = breaking(FULL);
const add = (address: string, config: Json, layer = "networking"): Change => addTo(layer, address, config);
const VPC = "${data.terraform_remote_state.test-networking.outputs.vpc_id}";
const table = { route_table_id: "${aws_route_table.network_isolated.id}" };
const foreign =
  (address: string, config: Json): Change =>
  (s) => {
    const [type = "", name = ""] = address.split(".");
    s.theirs ??= { resource: {} };
    s.theirs.resource[type] = { ...s.theirs.resource[type], [name]: config };
  };

const broken = (cases: Case[]) =>
  test.each<Case>(cases)("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
const kept = (cases: [string, Change][]) =>
  test.each<[string, Change]>(cases)("is kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });

describe("no-gateway", () => {
  broken([
    [
      "an internet gateway",
      add("aws_internet_gateway.x", { vpc_id: "${aws_vpc.network.id}" }),
      ["no-gateway: test-networking/aws_internet_gateway.x is an aws_internet_gateway"],
    ],
    [
      "one that is attached from a stranger's stack",
      foreign("aws_internet_gateway_attachment.x", { vpc_id: VPC, internet_gateway_id: "igw-1" }),
      ["no-gateway: theirs/aws_internet_gateway_attachment.x is an aws_internet_gateway_attachment"],
    ],
    [
      "a way out for IPv6",
      add("aws_egress_only_internet_gateway.x", { vpc_id: "${aws_vpc.network.id}" }),
      [
        "no-gateway: test-networking/aws_egress_only_internet_gateway.x is an aws_egress_only_internet_gateway",
      ],
    ],
    [
      "a NAT gateway",
      add("aws_nat_gateway.x", { subnet_id: "${aws_subnet.network_zone-1.id}" }),
      ["no-gateway: test-networking/aws_nat_gateway.x is an aws_nat_gateway"],
    ],
    [
      "a NAT gateway in a subnet that a stranger adds",
      all(
        foreign("aws_subnet.x", { vpc_id: VPC }),
        foreign("aws_nat_gateway.x", { subnet_id: "${aws_subnet.x.id}" }),
      ),
      ["no-gateway: theirs/aws_nat_gateway.x is an aws_nat_gateway"],
    ],
  ]);
  kept([
    [
      "a stranger's gateways in their own VPC",
      all(
        foreign("aws_vpc.x", {}),
        foreign("aws_internet_gateway.x", { vpc_id: "${aws_vpc.x.id}" }),
        foreign("aws_subnet.x", { vpc_id: "${aws_vpc.x.id}", map_public_ip_on_launch: true }),
        foreign("aws_nat_gateway.x", { subnet_id: "${aws_subnet.x.id}" }),
        foreign("aws_eip.x", {}),
      ),
    ],
  ]);
});

describe("no-whole-internet", () => {
  const rule = (more: Json): Change =>
    add(
      "aws_vpc_security_group_egress_rule.x",
      { security_group_id: OWN_GROUP, ip_protocol: "tcp", from_port: 80, to_port: 80, ...more },
      "instances",
    );
  const opens = (address: string, cidr: string): string[] => [
    `no-whole-internet: test-${address} opens ${cidr}`,
  ];
  broken([
    [
      "every address",
      rule({ cidr_ipv4: "0.0.0.0/0" }),
      opens("instances/aws_vpc_security_group_egress_rule.x", "0.0.0.0/0"),
    ],
    [
      "half of them",
      rule({ cidr_ipv4: "128.0.0.0/1" }),
      opens("instances/aws_vpc_security_group_egress_rule.x", "128.0.0.0/1"),
    ],
    [
      "a public /15",
      rule({ cidr_ipv4: "52.94.0.0/15" }),
      opens("instances/aws_vpc_security_group_egress_rule.x", "52.94.0.0/15"),
    ],
    [
      "every address of IPv6",
      rule({ cidr_ipv6: "::/0" }),
      opens("instances/aws_vpc_security_group_egress_rule.x", "::/0"),
    ],
    [
      "an inline rule",
      set("aws_security_group.instance_access_security-group", {
        egress: [
          {
            protocol: "tcp",
            from_port: 80,
            to_port: 80,
            cidr_blocks: ["0.0.0.0/0"],
            ipv6_cidr_blocks: ["::/0"],
          },
        ],
      }),
      [
        ...opens("instances/instance_access/security-group", "0.0.0.0/0"),
        ...opens("instances/instance_access/security-group", "::/0"),
      ],
    ],
    [
      "a rule of the older kind",
      add(
        "aws_security_group_rule.x",
        {
          security_group_id: OWN_GROUP,
          type: "egress",
          protocol: "tcp",
          from_port: 80,
          to_port: 80,
          cidr_blocks: ["0.0.0.0/0"],
        },
        "instances",
      ),
      opens("instances/aws_security_group_rule.x", "0.0.0.0/0"),
    ],
    [
      "a route",
      add("aws_route.x", { ...table, destination_cidr_block: "0.0.0.0/0" }),
      opens("networking/aws_route.x", "0.0.0.0/0"),
    ],
    [
      "a route for IPv6",
      add("aws_route.x", { ...table, destination_ipv6_cidr_block: "::/0" }),
      opens("networking/aws_route.x", "::/0"),
    ],
    [
      "a route in the table",
      set("aws_route_table.network_isolated", {
        route: [
          { cidr_block: "0.0.0.0/0", transit_gateway_id: "tgw-1" },
          { ipv6_cidr_block: "::/0", transit_gateway_id: "tgw-1" },
        ],
      }),
      [...opens("networking/network/isolated", "0.0.0.0/0"), ...opens("networking/network/isolated", "::/0")],
    ],
    [
      "a table that a stranger ties to our subnet",
      all(
        foreign("aws_route_table.x", { vpc_id: "vpc-1", route: { cidr_block: "0.0.0.0/0" } }),
        foreign("aws_route_table_association.x", {
          subnet_id: '${data.terraform_remote_state.test-networking.outputs.subnet_ids["zone-1"]}',
          route_table_id: "${aws_route_table.x.id}",
        }),
      ),
      ["no-whole-internet: theirs/aws_route_table.x opens 0.0.0.0/0"],
    ],
    [
      "a stranger's group on our instance",
      all(
        add("aws_security_group.x", { egress: { protocol: "-1", cidr_blocks: ["0.0.0.0/0"] } }, "instances"),
        (s) => {
          resource(s, "aws_instance.web").vpc_security_group_ids.push("${aws_security_group.x.id}");
        },
      ),
      opens("instances/aws_security_group.x", "0.0.0.0/0"),
    ],
  ]);
  kept([
    ["a private block", rule({ cidr_ipv4: "10.0.0.0/8" })],
    ["a public /16", rule({ cidr_ipv4: "52.94.0.0/16" })],
    ["a block of IPv6", rule({ cidr_ipv6: "2600:1f14::/35" })],
    ["a block that is a variable", rule({ cidr_ipv4: "${var.cidr}" })],
    ["a prefix list", rule({ prefix_list_id: "pl-1" })],
    [
      "a route to a network",
      add("aws_route.x", { ...table, destination_cidr_block: "10.99.0.0/16", transit_gateway_id: "tgw-1" }),
    ],
    [
      "a stranger's rule on a group of theirs",
      all(
        foreign("aws_security_group.x", {}),
        foreign("aws_vpc_security_group_ingress_rule.x", {
          security_group_id: "${aws_security_group.x.id}",
          cidr_ipv4: "0.0.0.0/0",
        }),
        foreign("aws_route.x", { route_table_id: "rtb-1", destination_cidr_block: "0.0.0.0/0" }),
      ),
    ],
    [
      "a network ACL that allows all, which opens nothing by itself",
      add("aws_network_acl.x", {
        subnet_ids: ["${aws_subnet.network_zone-1.id}"],
        ingress: [
          { rule_no: 1, protocol: "-1", action: "allow", cidr_block: "0.0.0.0/0", from_port: 0, to_port: 0 },
        ],
        egress: [
          { rule_no: 1, protocol: "-1", action: "allow", cidr_block: "0.0.0.0/0", from_port: 0, to_port: 0 },
        ],
      }),
    ],
  ]);
});

describe("no-public-address", () => {
  broken([
    [
      "an address of an instance",
      set("aws_instance.web", { associate_public_ip_address: true }),
      ["no-public-address: test-instances/web asks for public addresses"],
    ],
    [
      "an elastic address",
      add("aws_eip.x", { instance: "${aws_instance.web.id}" }, "instances"),
      ["no-public-address: test-instances/aws_eip.x gives a public address"],
    ],
    [
      "one that is tied to it",
      add(
        "aws_eip_association.x",
        { instance_id: "${aws_instance.web.id}", allocation_id: "eipalloc-1" },
        "instances",
      ),
      ["no-public-address: test-instances/aws_eip_association.x gives a public address"],
    ],
    [
      "one that a stranger ties to it",
      foreign("aws_eip_association.x", {
        instance_id: '${data.terraform_remote_state.test-instances.outputs.instance_ids["web"]}',
      }),
      ["no-public-address: theirs/aws_eip_association.x gives a public address"],
    ],
    [
      "one of an interface in our subnet",
      all(
        foreign("aws_network_interface.x", {
          subnet_id: '${data.terraform_remote_state.test-networking.outputs.subnet_ids["zone-1"]}',
        }),
        foreign("aws_eip.x", { network_interface: "${aws_network_interface.x.id}" }),
      ),
      ["no-public-address: theirs/aws_eip.x gives a public address"],
    ],
    [
      "a subnet that gives them",
      set("aws_subnet.network_zone-1", { map_public_ip_on_launch: true }),
      ["no-public-address: test-networking/network/zone-1 asks for public addresses"],
    ],
  ]);
  kept([["a setting that is left out", set("aws_instance.web", { associate_public_ip_address: undefined })]]);
});

describe("no-inbound and no-key-pair", () => {
  const rule = { ip_protocol: "tcp", from_port: 22, to_port: 22, cidr_ipv4: "10.0.0.0/8" };
  broken([
    [
      "a rule beside ours",
      add("aws_vpc_security_group_ingress_rule.x", { ...rule, security_group_id: OWN_GROUP }, "instances"),
      ["no-inbound: test-instances/aws_vpc_security_group_ingress_rule.x lets traffic in to instances"],
    ],
    [
      "a rule from a stranger's stack",
      foreign("aws_vpc_security_group_ingress_rule.x", {
        ...rule,
        security_group_id: "${data.terraform_remote_state.test-instances.outputs.security_group_id}",
      }),
      ["no-inbound: theirs/aws_vpc_security_group_ingress_rule.x lets traffic in to instances"],
    ],
    [
      "a rule of the older kind",
      add(
        "aws_security_group_rule.x",
        { type: "ingress", security_group_id: OWN_GROUP, protocol: "-1", cidr_blocks: ["10.0.0.0/8"] },
        "instances",
      ),
      ["no-inbound: test-instances/aws_security_group_rule.x lets traffic in to instances"],
    ],
    [
      "a rule in the group",
      set("aws_security_group.instance_access_security-group", { ingress: [{ protocol: "-1", self: true }] }),
      ["no-inbound: test-instances/instance_access/security-group lets traffic in to instances"],
    ],
    [
      "a key pair",
      set("aws_instance.web", { key_name: "mine" }),
      ["no-key-pair: test-instances/web has a key pair"],
    ],
  ]);
  kept([
    [
      "a rule of a group that no instance has",
      all(
        add("aws_security_group.x", { vpc_id: "${aws_vpc.network.id}" }),
        add("aws_vpc_security_group_ingress_rule.x", {
          ...rule,
          security_group_id: "${aws_security_group.x.id}",
        }),
      ),
    ],
  ]);
});

describe("metadata-token", () => {
  const seen = ["metadata-token: test-instances/web gives metadata without a token"];
  broken([
    [
      "tokens that are optional",
      set("aws_instance.web", { metadata_options: { http_tokens: "optional" } }),
      seen,
    ],
    ["tokens that are not mentioned", set("aws_instance.web", { metadata_options: {} }), seen],
    ["no options", set("aws_instance.web", { metadata_options: undefined }), seen],
    [
      "a launch template beside options that lack it",
      set("aws_instance.web", { metadata_options: { http_tokens: "optional" }, launch_template: {} }),
      seen,
    ],
  ]);
  kept([
    ["a variable", set("aws_instance.web", { metadata_options: [{ http_tokens: "${var.tokens}" }] })],
    [
      "a launch template, which may say it",
      set("aws_instance.web", { metadata_options: undefined, launch_template: { id: "lt-1" } }),
    ],
  ]);
});

describe("encrypted-volumes", () => {
  const seen = ["encrypted-volumes: test-instances/web has a volume that is not encrypted"];
  const volume = (more: Json): Change =>
    all(
      add("aws_ebs_volume.x", { size: 8, ...more }, "instances"),
      add(
        "aws_volume_attachment.x",
        { instance_id: "${aws_instance.web.id}", volume_id: "${aws_ebs_volume.x.id}" },
        "instances",
      ),
    );
  broken([
    ["a root volume that is not", set("aws_instance.web", { root_block_device: { encrypted: false } }), seen],
    ["a root volume that does not say", set("aws_instance.web", { root_block_device: undefined }), seen],
    [
      "a further volume",
      set("aws_instance.web", { ebs_block_device: [{ encrypted: true }, { device_name: "sdb" }] }),
      seen,
    ],
    [
      "a volume of its own",
      volume({}),
      ["encrypted-volumes: test-instances/aws_ebs_volume.x is not encrypted"],
    ],
    [
      "a stranger's volume on our instance",
      all(
        foreign("aws_ebs_volume.x", {}),
        foreign("aws_volume_attachment.x", {
          instance_id: '${data.terraform_remote_state.test-instances.outputs.instance_ids["web"]}',
          volume_id: "${aws_ebs_volume.x.id}",
        }),
      ),
      ["encrypted-volumes: theirs/aws_ebs_volume.x is not encrypted"],
    ],
  ]);
  kept([
    [
      "further volumes",
      set("aws_instance.web", {
        ebs_block_device: [{ encrypted: "true" }, { encrypted: "${var.encrypted}" }],
      }),
    ],
    ["a volume of its own", volume({ encrypted: true })],
    ["a stranger's volume elsewhere", foreign("aws_ebs_volume.x", {})],
  ]);
});

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

describe("what attaches", () => {
  const instance = {
    ami: "ami-1",
    subnet_id: "subnet-1",
    metadata_options: { http_tokens: "required" },
    root_block_device: { encrypted: true },
    iam_instance_profile: "theirs",
  };
  const plain = { ...instance, root_block_device: {}, vpc_security_group_ids: ["sg-1"] };
  broken([
    [
      "a stranger's instance in our subnet",
      foreign("aws_instance.x", {
        ...plain,
        subnet_id: '${data.terraform_remote_state.test-networking.outputs.subnet_ids["zone-1"]}',
      }),
      ["encrypted-volumes: theirs/aws_instance.x has a volume that is not encrypted"],
    ],
    [
      "a stranger's instance with our profile",
      foreign("aws_instance.x", {
        ...plain,
        iam_instance_profile: "${data.terraform_remote_state.test-instances.outputs.instance_profile_name}",
      }),
      ["encrypted-volumes: theirs/aws_instance.x has a volume that is not encrypted"],
    ],
    [
      "a stranger's instance with our group",
      foreign("aws_instance.x", {
        ...plain,
        vpc_security_group_ids: ["${data.terraform_remote_state.test-instances.outputs.security_group_id}"],
      }),
      ["encrypted-volumes: theirs/aws_instance.x has a volume that is not encrypted"],
    ],
  ]);
  kept([
    [
      "a stranger's instance elsewhere",
      foreign("aws_instance.x", { ...plain, associate_public_ip_address: true, key_name: "k" }),
    ],
    [
      "a stranger's instance that shares a group of theirs with ours",
      all(
        foreign("aws_security_group.x", {}),
        foreign("aws_instance.x", { ...plain, vpc_security_group_ids: ["${aws_security_group.x.id}"] }),
        (s) => {
          s.theirs!.output = { group: { value: "${aws_security_group.x.id}" } };
          resource(s, "aws_instance.web").vpc_security_group_ids.push(
            "${data.terraform_remote_state.theirs.outputs.group}",
          );
        },
      ),
    ],
  ]);
});
