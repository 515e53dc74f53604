import {
  all,
  breaking,
  type Case,
  type Change,
  drop,
  FULL,
  INGRESS,
  OWN_GROUP,
  put,
  resource,
  set,
  type Stacks,
  TO_S3,
} from "../../support/rules";
import type { Json } from "../../support/synth";

const after = breaking(FULL);
const endpoint = (service: string): string => `aws_vpc_endpoint.endpoints_${service}`;
const away = (stacks: Stacks) =>
  put(stacks, "networking", "aws_route.hub", {
    route_table_id: "${aws_route_table.network_isolated.id}",
    destination_cidr_block: "10.99.0.0/16",
    transit_gateway_id: "tgw-0123",
  });
/** Lets instances out to where that route leads. */
const outThere: Change = (s) =>
  put(s, "instances", "aws_vpc_security_group_egress_rule.hub", {
    security_group_id: OWN_GROUP,
    ip_protocol: "tcp",
    from_port: 443,
    to_port: 443,
    cidr_ipv4: "10.99.0.0/24",
  });
/** Lets the role's credentials be used over such a route. */
const unbound: Change = (s) => drop(s, "aws_iam_role_policy.instance_access_only-through-vpcs");

test("an environment with everything keeps every rule", () => {
  expect(after(() => undefined)).toEqual([]);
});

describe("agent-endpoints", () => {
  const missing = (service: string): string[] => [
    `agent-endpoints: test-networking/network has no ${service} endpoint`,
  ];
  const al2 = (stacks: Stacks) => {
    put(stacks, "instances", "aws_instance.old", {
      ...resource(stacks, "aws_instance.web"),
      ami: "${data.aws_ami.old.id}",
    });
    (stacks["test-instances"] as Json).data.aws_ami = {
      old: { filter: [{ name: "name", values: ["amzn2-ami-hvm-*"] }] },
    };
  };
  test.each<Case>([
    ["no ssm", (s) => drop(s, endpoint("ssm")), missing("ssm")],
    ["no ssmmessages", (s) => drop(s, endpoint("ssmmessages")), missing("ssmmessages")],
    ["no logs where sessions are recorded", (s) => drop(s, endpoint("logs")), missing("logs")],
    ["no kms where sessions are encrypted", (s) => drop(s, endpoint("kms")), missing("kms")],
    [
      "no ec2messages with Amazon Linux 2",
      all(al2, (s) => drop(s, endpoint("ec2messages"))),
      missing("ec2messages"),
    ],
    [
      "a gateway in place of an interface",
      set(endpoint("ssm"), { vpc_endpoint_type: undefined }),
      missing("ssm"),
    ],
    [
      "no s3 where copies are kept",
      all(
        (s) => drop(s, endpoint("s3")),
        (s) => drop(s, TO_S3),
      ),
      ["agent-endpoints: test-networking/network has no s3 endpoint, which copies of recordings go through"],
    ],
    ["an endpoint in another VPC", set(endpoint("ssm"), { vpc_id: "vpc-0123" }), missing("ssm")],
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });

  test.each<[string, Change]>([
    ["no ec2messages with Amazon Linux 2023", (s) => drop(s, endpoint("ec2messages"))],
    ["ec2messages with Amazon Linux 2", al2],
    ["a route by which services may answer", all((s) => drop(s, endpoint("ssm")), away, outThere, unbound)],
    [
      "a service that Terraform looks up by name",
      all(set(endpoint("ssm"), { service_name: "${data.aws_vpc_endpoint_service.x.service_name}" }), (s) => {
        (s["test-networking"] as Json).data.aws_vpc_endpoint_service.x = { service: "ssm" };
      }),
    ],
    [
      "a service that Terraform looks up by its full name",
      all(set(endpoint("ssm"), { service_name: "${data.aws_vpc_endpoint_service.x.service_name}" }), (s) => {
        (s["test-networking"] as Json).data.aws_vpc_endpoint_service.x = {
          service_name: "com.amazonaws.eu-central-1.ssm",
        };
      }),
    ],
    ["a service that is a variable", set(endpoint("ssm"), { service_name: "${var.service}" })],
    ["a type that is a variable", set(endpoint("ssm"), { vpc_endpoint_type: "${var.type}" })],
    [
      "an interface for S3 instead of the gateway",
      all(set(endpoint("s3"), { vpc_endpoint_type: "Interface", private_dns_enabled: true }), (s) =>
        drop(s, TO_S3),
      ),
    ],
    ["a VPC that is not known", set("aws_instance.web", { subnet_id: "subnet-0123" })],
    [
      "a VPC that another stack made",
      (s) => {
        drop(s, endpoint("ssm"));
        s["test-networking"]!.output.subnet_ids = { value: "${module.vpc.subnets}" };
      },
    ],
    [
      "sessions that are not recorded",
      all(
        (s) => drop(s, endpoint("logs")),
        (s) => drop(s, endpoint("kms")),
        set("aws_instance.web", { tags: {} }),
        set("aws_instance.db", { tags: {} }),
      ),
    ],
  ])("is kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });

  test("names each instance once, under the one thing to mend", () => {
    expect(after((s) => drop(s, endpoint("ssm")))).toHaveLength(1);
  });
});

describe("private-dns", () => {
  const off = ["private-dns: test-networking/endpoints/ssm has private DNS off"];
  test.each<Case>([
    ["false", set(endpoint("ssm"), { private_dns_enabled: false }), off],
    ["false as a text", set(endpoint("ssm"), { private_dns_enabled: "false" }), off],
    ["nothing, which stands for false", set(endpoint("ssm"), { private_dns_enabled: undefined }), off],
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    ["a variable", set(endpoint("ssm"), { private_dns_enabled: "${var.dns}" })],
    ["an endpoint that nobody needs", set(endpoint("ec2messages"), { private_dns_enabled: false })],
    ["services that may answer elsewhere", all(set(endpoint("ssm"), { private_dns_enabled: false }), away)],
    [
      "a second endpoint that has it",
      (s) => {
        put(s, "networking", "aws_vpc_endpoint.second", { ...resource(s, endpoint("ssm")) });
        resource(s, endpoint("ssm")).private_dns_enabled = false;
      },
    ],
  ])("is kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
});

describe("vpc-dns", () => {
  test.each<Case>([
    [
      "support off",
      set("aws_vpc.network", { enable_dns_support: false }),
      ["vpc-dns: test-networking/network has enable_dns_support off"],
    ],
    [
      "host names off",
      set("aws_vpc.network", { enable_dns_hostnames: false }),
      ["vpc-dns: test-networking/network has enable_dns_hostnames off"],
    ],
    [
      "host names left out, which stands for off",
      set("aws_vpc.network", { enable_dns_hostnames: undefined }),
      ["vpc-dns: test-networking/network has enable_dns_hostnames off"],
    ],
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    ["support left out, which stands for on", set("aws_vpc.network", { enable_dns_support: undefined })],
    [
      "variables",
      set("aws_vpc.network", { enable_dns_support: "${var.a}", enable_dns_hostnames: "${var.b}" }),
    ],
    [
      "no endpoint that would need it",
      all(away, outThere, unbound, set("aws_vpc.network", { enable_dns_hostnames: false }), (s) => {
        for (const service of ["ssm", "ssmmessages", "ec2messages", "logs", "kms"]) {
          drop(s, endpoint(service));
        }
      }),
    ],
  ])("is kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
});

describe("endpoint-in-reach", () => {
  const other = (stacks: Stacks) => {
    put(stacks, "networking", "aws_vpc.other", { cidr_block: "10.50.0.0/24" });
    put(stacks, "networking", "aws_subnet.other", {
      vpc_id: "${aws_vpc.other.id}",
      cidr_block: "10.50.0.0/25",
    });
  };
  test.each<Case>([
    [
      "an endpoint without subnets",
      set(endpoint("ssm"), { subnet_ids: undefined }),
      ["endpoint-in-reach: test-networking/endpoints/ssm has no subnet, so no interface"],
    ],
    [
      "an empty list of subnets",
      set(endpoint("ssm"), { subnet_ids: [] }),
      ["endpoint-in-reach: test-networking/endpoints/ssm has no subnet, so no interface"],
    ],
    [
      "a subnet of another VPC",
      all(
        other,
        (s) => {
          resource(s, endpoint("ssm")).subnet_ids = ["${aws_subnet.other.id}"];
        },
        set(INGRESS, { cidr_ipv4: "10.0.0.0/8" }),
      ),
      [
        "endpoint-in-reach: test-networking/endpoints/ssm is in test-networking/aws_subnet.other, a subnet of another VPC",
      ],
    ],
  ])("is broken by %s", (_, change, expected) => {
    expect(after(change)).toEqual(expected);
  });
  test.each<[string, Change]>([
    [
      "one subnet for instances in two: a VPC's subnets reach each other",
      set(endpoint("ssm"), { subnet_ids: ["${aws_subnet.network_zone-2.id}"] }),
    ],
    ["subnets that are not known", set(endpoint("ssm"), { subnet_ids: ["${var.subnet}"] })],
    [
      "a subnet given by an association",
      (s) => {
        resource(s, endpoint("ssm")).subnet_ids = [];
        put(s, "networking", "aws_vpc_endpoint_subnet_association.one", {
          vpc_endpoint_id: "${aws_vpc_endpoint.endpoints_ssm.id}",
          subnet_id: "${aws_subnet.network_zone-1.id}",
        });
      },
    ],
  ])("is kept with %s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
});

describe("s3-route", () => {
  const ZONES = ["network/zone-1", "network/zone-2"];
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
    ["tables that are not known", set(S3, { route_table_ids: ["${var.table}"] })],
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
