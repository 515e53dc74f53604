import {
  all,
  breaking,
  type Case,
  type Change,
  drop,
  EGRESS,
  FULL,
  GROUP,
  INGRESS,
  OWN_GROUP,
  put,
  resource,
  set,
  type Stacks,
} from "../../support/rules";
import type { Json } from "../../support/synth";

const after = breaking(FULL);
const ENDPOINTS = "aws_security_group.endpoints";
const ZONES = ["network/zone-1", "network/zone-2"];

const ingressRule = (values: Json) => (stacks: Stacks) => {
  const old = resource(stacks, INGRESS);
  put(stacks, "networking", INGRESS, { security_group_id: old.security_group_id, ...values });
};
const egressRule = (values: Json) => (stacks: Stacks) => {
  const old = resource(stacks, EGRESS);
  put(stacks, "instances", EGRESS, { security_group_id: old.security_group_id, ...values });
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
      ingressRule({ ...https, from_port: 444, to_port: 444, cidr_ipv4: "10.10.0.0/23" }),
      shut(...ZONES),
    ],
    [
      "ports below",
      ingressRule({ ...https, from_port: 1, to_port: 442, cidr_ipv4: "10.10.0.0/23" }),
      shut(...ZONES),
    ],
    [
      "another protocol",
      ingressRule({ ...https, ip_protocol: "udp", cidr_ipv4: "10.10.0.0/23" }),
      shut(...ZONES),
    ],
    [
      "a block that holds one subnet",
      ingressRule({ ...https, cidr_ipv4: "10.10.0.0/25" }),
      shut("network/zone-2"),
    ],
    ["a smaller block than any subnet", ingressRule({ ...https, cidr_ipv4: "10.10.0.0/26" }), shut(...ZONES)],
    ["a block beside", ingressRule({ ...https, cidr_ipv4: "10.11.0.0/23" }), shut(...ZONES)],
    ["no block at all", ingressRule({ ...https, cidr_ipv4: "nonsense" }), shut(...ZONES)],
    [
      "the endpoints' own group",
      ingressRule({ ...https, referenced_security_group_id: "${aws_security_group.endpoints.id}" }),
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
    ["just both subnets", ingressRule({ ...https, cidr_ipv4: "10.10.0.0/24" })],
    ["every protocol", ingressRule({ ip_protocol: "-1", cidr_ipv4: "10.0.0.0/8" })],
    ["TCP by number", ingressRule({ ...https, ip_protocol: "6", cidr_ipv4: "10.10.0.0/23" })],
    [
      "ports as texts",
      ingressRule({ ip_protocol: "tcp", from_port: "443", to_port: "443", cidr_ipv4: "10.10.0.0/23" }),
    ],
    [
      "a protocol that is a variable",
      ingressRule({ ...https, ip_protocol: "${var.p}", cidr_ipv4: "10.10.0.0/23" }),
    ],
    [
      "ports that are variables",
      ingressRule({ ...https, from_port: "${var.p}", to_port: "${var.p}", cidr_ipv4: "10.10.0.0/23" }),
    ],
    ["a block that is a variable", ingressRule({ ...https, cidr_ipv4: "${var.cidr}" })],
    ["a prefix list", ingressRule({ ...https, prefix_list_id: "pl-0123" })],
    [
      "a group that is not known",
      ingressRule({ ...https, referenced_security_group_id: "sg-0123456789abcdef0" }),
    ],
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
      all(ingressRule({ ...https, referenced_security_group_id: OWN_FROM_NETWORKING }), (s) => {
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
      "endpoints in a group that is not known",
      all(
        (s) => drop(s, INGRESS),
        ...["ssm", "ssmmessages", "ec2messages", "logs", "kms"].map((one) =>
          set(`aws_vpc_endpoint.endpoints_${one}`, { security_group_ids: ["sg-0123"] }),
        ),
        egressRule({ ip_protocol: "-1", cidr_ipv4: "10.10.0.0/23" }),
      ),
    ],
    [
      "a subnet whose block is a variable",
      all(
        ingressRule({ ...https, cidr_ipv4: "10.10.0.0/25" }),
        set("aws_subnet.network_zone-2", { cidr_block: "${var.cidr}" }),
      ),
    ],
    [
      "a subnet whose block AWS chooses",
      all(
        ingressRule({ ...https, cidr_ipv4: "10.10.0.0/25" }),
        set("aws_subnet.network_zone-2", { cidr_block: undefined }),
      ),
    ],
    [
      "instances whose groups are not all known",
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
    ["another port", egressRule({ ...https, from_port: 80, to_port: 80, cidr_ipv4: "10.10.0.0/23" }), shut],
    [
      "a block that holds one of two endpoint subnets",
      egressRule({ ...https, cidr_ipv4: "10.10.0.128/25" }),
      shut,
    ],
    [
      "the prefix list of S3",
      egressRule({
        ...https,
        prefix_list_id: "${data.terraform_remote_state.test-networking.outputs.s3_prefix_list_id}",
      }),
      shut,
    ],
    ["the instances' own group", egressRule({ ...https, referenced_security_group_id: OWN_GROUP }), shut],
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
    ["the VPC's block", egressRule({ ...https, cidr_ipv4: "10.10.0.0/23" })],
    [
      "both subnets by two rules",
      all(egressRule({ ...https, cidr_ipv4: "10.10.0.128/25" }), (s) =>
        put(s, "instances", "aws_vpc_security_group_egress_rule.x", {
          ...https,
          security_group_id: OWN_GROUP,
          cidr_ipv4: "10.10.0.0/25",
        }),
      ),
    ],
    ["another prefix list", egressRule({ ...https, prefix_list_id: "pl-0123" })],
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
      "endpoints whose subnets are not known",
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
