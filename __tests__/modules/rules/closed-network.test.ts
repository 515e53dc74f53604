import { add as addTo, all, type Change, FULL, OWN_GROUP, resource, set } from "../../support/rules";
import type { Json } from "../../support/synth";
import { casesOf, foreign } from "./cases";

const { broken, kept } = casesOf(FULL);
const add = (address: string, config: Json, layer = "networking"): Change => addTo(layer, address, config);
const VPC = "${data.terraform_remote_state.test-networking.outputs.vpc_id}";
const table = { route_table_id: "${aws_route_table.network_isolated.id}" };

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
