import {
  add,
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
  OWN_GROUP,
  policy,
  put,
  resource,
  set,
} from "../../support/rules";
import type { Json } from "../../support/synth";

const after = breaking(FULL);

/** Leaves the agent another way to a service, on which its credentials work. */
const withoutEndpoint = all(
  (s) => drop(s, "aws_vpc_endpoint.endpoints_ssm"),
  (s) => drop(s, "aws_iam_role_policy.instance_access_only-through-vpcs"),
  (s) =>
    put(s, "instances", "aws_vpc_security_group_egress_rule.beyond", {
      security_group_id: OWN_GROUP,
      ip_protocol: "tcp",
      from_port: 443,
      to_port: 443,
      cidr_ipv4: "10.99.0.0/24",
    }),
);
const ROLE = "${aws_iam_role.instance_access.name}";
const VPC = "${aws_vpc.network.id}";
const ssh = { ip_protocol: "tcp", from_port: 22, to_port: 22, cidr_ipv4: "10.0.0.0/8" };
const inbound = (address: string): string =>
  `no-inbound: test-instances/${address} lets traffic in to instances`;
const open = (layer: string, address: string): string[] => [
  `no-whole-internet: test-${layer}/${address} opens 0.0.0.0/0`,
];
const module_ =
  (layer: string, config: Json): Change =>
  (s) => {
    (s[`test-${layer}`] as Json).module = { theirs: { source: "theirs", ...config } };
  };
const group = (attach: Change): Change =>
  all(
    add("instances", "aws_security_group.x", {}),
    add("instances", "aws_vpc_security_group_ingress_rule.x", {
      ...ssh,
      security_group_id: "${aws_security_group.x.id}",
    }),
    attach,
  );

test.each<Case>([
  [
    "a rule on a group beside which one is not known",
    all(
      (s) => {
        resource(s, "aws_instance.web").vpc_security_group_ids.push("sg-0123456789abcdef0");
        resource(s, "aws_instance.db").vpc_security_group_ids.push("sg-0123456789abcdef0");
      },
      add("instances", "aws_vpc_security_group_ingress_rule.x", { ...ssh, security_group_id: OWN_GROUP }),
    ),
    [inbound("aws_vpc_security_group_ingress_rule.x")],
  ],
  [
    "a group that is attached to the instance's interface",
    group(
      add("instances", "aws_network_interface_sg_attachment.x", {
        security_group_id: "${aws_security_group.x.id}",
        network_interface_id: "${aws_instance.web.primary_network_interface_id}",
      }),
    ),
    [inbound("aws_vpc_security_group_ingress_rule.x")],
  ],
  [
    "a group of a further interface",
    group(
      add("instances", "aws_network_interface.x", {
        security_groups: ["${aws_security_group.x.id}"],
        attachment: { instance: "${aws_instance.web.id}" },
      }),
    ),
    [inbound("aws_vpc_security_group_ingress_rule.x")],
  ],
  [
    "a rule that is unfolded",
    set(GROUP, {
      dynamic: { ingress: { for_each: ["x"], content: { protocol: "-1", cidr_blocks: ["0.0.0.0/0"] } } },
    }),
    [...open("instances", "instance_access/security-group"), inbound("instance_access/security-group")],
  ],
  [
    "the VPC's default table",
    add("networking", "aws_default_route_table.x", {
      default_route_table_id: "${aws_vpc.network.default_route_table_id}",
      route: [{ cidr_block: "0.0.0.0/0", gateway_id: "igw-1" }],
    }),
    open("networking", "aws_default_route_table.x"),
  ],
  [
    "a route of the VPC's main table",
    add("networking", "aws_route.x", {
      route_table_id: "${aws_vpc.network.main_route_table_id}",
      destination_cidr_block: "0.0.0.0/0",
    }),
    open("networking", "aws_route.x"),
  ],
  [
    "a prefix list that holds everything",
    all(
      add("instances", "aws_ec2_managed_prefix_list.x", { entry: [{ cidr: "0.0.0.0/0" }] }),
      add("instances", "aws_vpc_security_group_egress_rule.x", {
        security_group_id: OWN_GROUP,
        ip_protocol: "udp",
        from_port: 53,
        to_port: 53,
        prefix_list_id: "${aws_ec2_managed_prefix_list.x.id}",
      }),
    ),
    open("instances", "aws_vpc_security_group_egress_rule.x"),
  ],
  [
    "all public addresses of IPv6",
    add("instances", "aws_vpc_security_group_egress_rule.x", {
      security_group_id: OWN_GROUP,
      ip_protocol: "udp",
      from_port: 53,
      to_port: 53,
      cidr_ipv6: "2000::/3",
    }),
    ["no-whole-internet: test-instances/aws_vpc_security_group_egress_rule.x opens 2000::/3"],
  ],
  [
    "a profile that is null",
    set("aws_instance.web", { iam_instance_profile: null }),
    ["instance-role: test-instances/web has no instance profile"],
  ],
  [
    "private DNS that is null",
    set("aws_vpc_endpoint.endpoints_ssm", { private_dns_enabled: null }),
    ["private-dns: test-networking/endpoints/ssm has private DNS off"],
  ],
  [
    "true as a text",
    set("aws_subnet.network_zone-1", { map_public_ip_on_launch: "true" }),
    ["no-public-address: test-networking/network/zone-1 asks for public addresses"],
  ],
  [
    "blocks in a list",
    (s) => {
      (s["test-networking"] as Json).resource.aws_nat_gateway = {
        x: [{ subnet_id: "${aws_subnet.network_zone-1.id}" }],
      };
    },
    ["no-gateway: test-networking/aws_nat_gateway.x is an aws_nat_gateway"],
  ],
  [
    "an administrator's role",
    add("instances", "aws_iam_role_policy_attachment.x", {
      role: ROLE,
      policy_arn: "arn:${data.aws_partition.x.partition}:iam::aws:policy/AdministratorAccess",
    }),
    ["no-wildcard-resource: test-instances/aws_iam_role_policy_attachment.x permits everything"],
  ],
  [
    "all resources but one",
    add("instances", "aws_iam_role_policy.x", {
      role: ROLE,
      policy: policy({ Effect: "Allow", Action: "s3:*", NotResource: "x" }),
    }),
    ["no-wildcard-resource: test-instances/aws_iam_role_policy.x permits s3:* on every resource"],
  ],
  [
    "the default network ACL, emptied",
    add("networking", "aws_default_network_acl.x", {
      default_network_acl_id: "${aws_vpc.network.default_network_acl_id}",
      subnet_ids: [],
    }),
    [
      "out to 10.10.0.128/25 on port 443",
      "in from 10.10.0.0/25 on port 443",
      "out to 10.10.0.0/25 on port 32768",
      "out to 10.10.0.0/25 on port 60999",
      "in from 10.10.0.128/25 on port 32768",
      "in from 10.10.0.128/25 on port 60999",
      "out to 10.10.0.0/25 on port 443",
      "in from 10.10.0.128/25 on port 443",
      "out to 10.10.0.128/25 on port 32768",
      "out to 10.10.0.128/25 on port 60999",
      "in from 10.10.0.0/25 on port 32768",
      "in from 10.10.0.0/25 on port 60999",
    ].map((end) => `endpoint-in-reach: test-networking/aws_default_network_acl.x lets no traffic ${end}`),
  ],
])("a rule is broken by %s", (_, change, expected) => {
  expect(after(change).sort()).toEqual([...expected].sort());
});

test.each<[string, Change]>([
  [
    "an endpoint beside, without private DNS and shut",
    (s) => {
      const shut = {
        ...resource(s, "aws_vpc_endpoint.endpoints_ssm"),
        private_dns_enabled: false,
        security_group_ids: ["${aws_security_group.shut.id}"],
      };
      put(s, "networking", "aws_security_group.shut", { vpc_id: VPC });
      put(s, "networking", "aws_vpc_endpoint.beside", shut);
    },
  ],
  [
    "a route table that an association gives to the gateway beside one of its own",
    all(
      set("aws_vpc_endpoint.endpoints_s3", { route_table_ids: [] }),
      add("networking", "aws_vpc_endpoint_route_table_association.x", {
        vpc_endpoint_id: "${aws_vpc_endpoint.endpoints_s3.id}",
        route_table_id: "${aws_route_table.network_isolated.id}",
      }),
      (s) => put(s, "networking", "aws_route_table.second", { vpc_id: VPC }),
    ),
  ],
  ["a key pair that is null", set("aws_instance.web", { key_name: null })],
  [
    "resources that are null",
    (s) => {
      (s["test-instances"] as Json).resource.aws_eip = null;
      (s["test-instances"] as Json).resource.aws_nat_gateway = { x: null };
    },
  ],
  ["nulls in lists", set("aws_iam_role.instance_access", { inline_policy: [null] })],
  [
    "egress that is unfolded",
    all(
      (s) => drop(s, EGRESS),
      set(GROUP, { dynamic: { egress: { for_each: "${var.rules}", content: {} } } }),
    ),
  ],
  ["egress that is a variable", all((s) => drop(s, EGRESS), set(GROUP, { egress: "${var.rules}" }))],
  [
    "a rule whose direction is a variable",
    all(
      (s) => drop(s, EGRESS),
      add("instances", "aws_security_group_rule.x", {
        security_group_id: OWN_GROUP,
        type: "${each.value.type}",
        protocol: "-1",
        cidr_blocks: ["10.0.0.0/8"],
      }),
    ),
  ],
  [
    "a module that adds to a group",
    all((s) => drop(s, EGRESS), module_("instances", { security_group_id: OWN_GROUP })),
  ],
  [
    "a module that makes the endpoints",
    all((s) => drop(s, "aws_vpc_endpoint.endpoints_ssm"), module_("networking", { vpc_id: VPC })),
  ],
  ["a module that attaches the policies", all((s) => drop(s, CORE), module_("instances", { roles: [ROLE] }))],
  [
    "a policy that is attached to several roles",
    all(
      (s) => drop(s, CORE),
      add("instances", "aws_iam_policy_attachment.x", {
        roles: [ROLE],
        policy_arn: "arn:${data.aws_partition.x.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore",
      }),
    ),
  ],
  [
    "another policy of AWS for Systems Manager",
    set(CORE, { policy_arn: "arn:${data.aws_partition.x.partition}:iam::aws:policy/AmazonSSMFullAccess" }),
  ],
  [
    "a denial for somebody else",
    set("aws_vpc_endpoint.endpoints_ssm", {
      policy: policy(allow("*"), deny("*", { Principal: { AWS: "arn" } })),
    }),
  ],
  [
    "a network ACL whose rules are a variable",
    add("networking", "aws_network_acl.x", {
      subnet_ids: ["${aws_subnet.network_zone-1.id}"],
      ingress: "${var.rules}",
      egress: "${var.rules}",
    }),
  ],
  [
    "a NAT gateway that leads to no internet",
    add("networking", "aws_nat_gateway.x", {
      subnet_id: "${aws_subnet.network_zone-1.id}",
      connectivity_type: "private",
    }),
  ],
  [
    "a launch template, which may encrypt",
    set("aws_instance.web", { root_block_device: undefined, launch_template: { id: "lt-1" } }),
  ],
  [
    "a key by an alias",
    (s) => {
      put(s, "sessions", "aws_kms_alias.other", { name: "alias/other" });
      const document = resource(s, "aws_ssm_document.logging_document");
      document.content = (document.content as string).replace(
        "${aws_kms_key.logging_key.arn}",
        "${aws_kms_alias.other.arn}",
      );
    },
  ],
  [
    "a log group by its name",
    (s) => {
      const document = resource(s, "aws_ssm_document.logging_document");
      document.content = (document.content as string).replace(
        "${aws_cloudwatch_log_group.logging.name}",
        "/session-manager/test",
      );
    },
  ],
  ...["aws_default_route_table", "aws_route", "aws_vpn_gateway_route_propagation"].map(
    (type): [string, Change] => [
      `a way out of the main table by ${type}`,
      all(
        withoutEndpoint,
        (s) => drop(s, "aws_route_table_association.network_route-zone-1"),
        (s) => drop(s, "aws_route_table_association.network_route-zone-2"),
        add(
          "networking",
          `${type}.x`,
          type === "aws_default_route_table"
            ? { default_route_table_id: VPC, route: [{ cidr_block: "10.99.0.0/16" }] }
            : { route_table_id: VPC },
        ),
      ),
    ],
  ),
  ...[
    { propagating_vgws: ["vgw-1"] },
    { route: "${var.routes}" },
    { dynamic: { route: { for_each: [], content: {} } } },
  ].map((more): [string, Change] => [
    `a way out by ${Object.keys(more).join()}`,
    all(withoutEndpoint, set("aws_route_table.network_isolated", more)),
  ]),
])("every rule is kept with %s", (_, change) => {
  expect(after(change)).toEqual([]);
});
