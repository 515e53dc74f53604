import { Ec2TransitGateway } from "@cdktf/provider-aws/lib/ec2-transit-gateway";
import { Ec2TransitGatewayVpcAttachment } from "@cdktf/provider-aws/lib/ec2-transit-gateway-vpc-attachment";
import { Route } from "@cdktf/provider-aws/lib/route";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import type { TerraformStack } from "cdktf";
import { InstanceAccess, IsolatedNetwork, ManagedInstance } from "../../../modules";
import {
  add,
  all,
  breaking,
  type Case,
  type Change,
  drop,
  EGRESS,
  INGRESS,
  OWN_GROUP,
  resource,
  set,
} from "../../support/rules";
import { type Json, MINIMAL, synthModule } from "../../support/synth";
import { refusals } from "./composed";

const BLOCK = "10.200.0.0/24";
const SPOKE = "${aws_vpc.network.id}";
const after = breaking(MINIMAL);

/** Adds a resource; other changes must not change what is added for the next test. */
const put =
  (address: string, config: Json, layer = "networking"): Change =>
  (stacks) =>
    add(layer, address, structuredClone(config))(stacks);
const without =
  (...addresses: string[]): Change =>
  (stacks) =>
    addresses.forEach((address) => drop(stacks, address));
const attachment = (name: string, vpc: string): Change =>
  put(`aws_ec2_transit_gateway_vpc_attachment.${name}`, {
    vpc_id: vpc,
    transit_gateway_id: "${aws_ec2_transit_gateway.hub.id}",
    subnet_ids: [],
  });
const endpoint = (service: string): Change =>
  put(`aws_vpc_endpoint.hub_${service}`, {
    vpc_id: "${aws_vpc.hub.id}",
    service_name: `com.amazonaws.eu-central-1.${service}`,
    vpc_endpoint_type: "Interface",
    private_dns_enabled: true,
    subnet_ids: ["${aws_subnet.hub.id}"],
    security_group_ids: ["${aws_security_group.hub.id}"],
  });

/** A spoke whose services answer in a hub, both in one JSON, and every link between them. */
const spokeAndHub: Change = all(
  without(
    "aws_vpc_endpoint.endpoints_ssm",
    "aws_vpc_endpoint.endpoints_ssmmessages",
    EGRESS,
    INGRESS,
    "aws_iam_role_policy.instance_access_only-through-vpcs",
  ),
  put("aws_vpc.hub", { cidr_block: "10.200.0.0/16" }),
  put("aws_subnet.hub", { vpc_id: "${aws_vpc.hub.id}", cidr_block: BLOCK }),
  put("aws_route_table.hub", { vpc_id: "${aws_vpc.hub.id}" }),
  put("aws_route_table_association.hub", {
    subnet_id: "${aws_subnet.hub.id}",
    route_table_id: "${aws_route_table.hub.id}",
  }),
  put("aws_security_group.hub", {
    vpc_id: "${aws_vpc.hub.id}",
    ingress: [{ protocol: "tcp", from_port: 443, to_port: 443, cidr_blocks: ["10.0.0.0/8"] }],
  }),
  endpoint("ssm"),
  endpoint("ssmmessages"),
  put("aws_ec2_transit_gateway.hub", {}),
  attachment("spoke", SPOKE),
  attachment("hub", "${aws_vpc.hub.id}"),
  put("aws_route.there", {
    route_table_id: "${aws_route_table.network_isolated.id}",
    destination_cidr_block: BLOCK,
    transit_gateway_id: "${aws_ec2_transit_gateway_vpc_attachment.spoke.transit_gateway_id}",
  }),
  (stacks) =>
    put("aws_route.back", {
      route_table_id: "${aws_route_table.hub.id}",
      destination_cidr_block: resource(stacks, "aws_vpc.network").cidr_block as string,
      transit_gateway_id: "${aws_ec2_transit_gateway.hub.id}",
    })(stacks),
  put("aws_route53profiles_association.spoke", { profile_id: "rp-1", resource_id: SPOKE }),
  put(
    "aws_vpc_security_group_egress_rule.hub",
    {
      security_group_id: OWN_GROUP,
      ip_protocol: "tcp",
      from_port: 443,
      to_port: 443,
      cidr_ipv4: BLOCK,
    },
    "instances",
  ),
);

const profile = (...services: string[]): Change =>
  all(
    put("aws_route53profiles_profile.p", { name: "p" }),
    set("aws_route53profiles_association.spoke", { profile_id: "${aws_route53profiles_profile.p.id}" }),
    ...services.map((service) =>
      put(`aws_route53profiles_resource_association.${service}`, {
        profile_id: "${aws_route53profiles_profile.p.id}",
        resource_arn: `\${aws_vpc_endpoint.hub_${service}.arn}`,
      }),
    ),
  );
const noProfile = without("aws_route53profiles_association.spoke");
const zone = (name: string): Change =>
  put(`aws_route53_zone.${name.split(".")[0]}`, { name, vpc: [{ vpc_id: SPOKE }] });

const record = (name: string): Change =>
  put(`aws_route53_record.${name.split(".")[0]}`, {
    zone_id: "${aws_route53_zone.eu-central-1.zone_id}",
    name,
  });

const noName = (service: string): string =>
  `hub-dns: test-networking/network has no private hosted zone and no Route 53 Profile in which ${service} leads to test-networking/aws_vpc_endpoint.hub_${service}`;

test.each<Case>([
  [
    "no ssmmessages in the hub",
    without("aws_vpc_endpoint.hub_ssmmessages"),
    [
      "agent-endpoints: test-networking/aws_vpc.hub has no ssmmessages endpoint, and neither has test-networking/network, whose instances look for it there",
    ],
  ],
  [
    "no ssm in the hub",
    without("aws_vpc_endpoint.hub_ssm"),
    [
      "agent-endpoints: test-networking/aws_vpc.hub has no ssm endpoint, and neither has test-networking/network, whose instances look for it there",
    ],
  ],
  [
    "a route to another block",
    set("aws_route.there", { destination_cidr_block: "10.201.0.0/24" }),
    [
      `hub-route: test-networking/network/isolated has no route to ${BLOCK}, where ssm, ssmmessages would answer`,
    ],
  ],
  [
    "no route at all",
    without("aws_route.there"),
    [
      `hub-route: test-networking/network/isolated has no route to ${BLOCK}, where ssm, ssmmessages would answer`,
    ],
  ],
  [
    "a rule out to another block than the one that is routed",
    set("aws_vpc_security_group_egress_rule.hub", { cidr_ipv4: "10.200.9.0/24" }),
    [
      "instance-egress: test-instances/instance_access/security-group lets out no HTTPS to test-networking/aws_vpc_endpoint.hub_ssm",
      "instance-egress: test-instances/instance_access/security-group lets out no HTTPS to test-networking/aws_vpc_endpoint.hub_ssmmessages",
      "hub-route: test-networking/network/isolated has no route to 10.200.9.0/24, where ssm, ssmmessages would answer",
    ],
  ],
  [
    "no rule out",
    without("aws_vpc_security_group_egress_rule.hub"),
    [
      "instance-egress: test-instances/instance_access/security-group lets out no HTTPS beyond test-networking/network, which has no endpoint for ssm, ssmmessages",
    ],
  ],
  [
    "a rule out on another port",
    set("aws_vpc_security_group_egress_rule.hub", { from_port: 80, to_port: 80 }),
    [
      "instance-egress: test-instances/instance_access/security-group lets out no HTTPS beyond test-networking/network, which has no endpoint for ssm, ssmmessages",
    ],
  ],
  [
    "a hub without an attachment",
    without("aws_ec2_transit_gateway_vpc_attachment.hub"),
    [
      "hub-route: test-networking/aws_ec2_transit_gateway.hub has no attachment of test-networking/aws_vpc.hub, between test-networking/network and where ssm, ssmmessages would answer",
    ],
  ],
  [
    "a hub whose table has another route back",
    set("aws_route.back", { destination_cidr_block: "172.16.0.0/12" }),
    [
      /has no route back to 10\.\S+, from where test-networking\/network calls test-networking\/aws_vpc_endpoint\.hub_ssm$/
        .source,
    ],
  ],
  [
    "endpoints that do not admit the spoke",
    set("aws_security_group.hub", {
      ingress: [{ protocol: "tcp", from_port: 443, to_port: 443, cidr_blocks: ["10.200.0.0/16"] }],
    }),
    [
      "^endpoint-ingress: test-networking/aws_security_group.hub admits no HTTPS from test-networking/network/zone-1",
    ],
  ],
  [
    "an endpoint's policy that shuts the agent out",
    set("aws_vpc_endpoint.hub_ssm", { policy: '{"Statement":[]}' }),
    [
      "endpoint-policy: test-networking/aws_vpc_endpoint.hub_ssm has a policy that shuts out ssm:UpdateInstanceInformation",
    ],
  ],
  ["no zone and no Profile for the spoke", noProfile, [noName("ssm"), noName("ssmmessages")]],
  ["a Profile that leaves ssmmessages out", profile("ssm"), [noName("ssmmessages")]],
  ["a zone for ssm alone", all(noProfile, zone("ssm.eu-central-1.amazonaws.com")), [noName("ssmmessages")]],
  [
    "zones of another Region",
    all(noProfile, zone("ssm.eu-west-1.amazonaws.com"), zone("ssmmessages.eu-west-1.amazonaws.com")),
    [noName("ssm"), noName("ssmmessages")],
  ],
  ["a zone of one's own", all(noProfile, zone("corp.example.com")), [noName("ssm"), noName("ssmmessages")]],
  [
    "a zone above both, with a record for ssm alone",
    all(noProfile, zone("eu-central-1.amazonaws.com"), record("ssm.eu-central-1.amazonaws.com")),
    [noName("ssmmessages")],
  ],
  [
    "a Profile with an endpoint whose private DNS is off",
    all(
      profile("ssm", "ssmmessages"),
      set("aws_vpc_endpoint.hub_ssmmessages", { private_dns_enabled: false }),
    ),
    [noName("ssmmessages")],
  ],
  [
    "a route to the internet",
    set("aws_route.there", { transit_gateway_id: undefined, gateway_id: "igw-1" }),
    [
      `hub-route: test-networking/network/isolated has only a route by igw-1 to ${BLOCK}, where ssm, ssmmessages would answer`,
    ],
  ],
  [
    "a route back by another transit gateway",
    all(
      put("aws_ec2_transit_gateway.other", {}),
      set("aws_route.back", { transit_gateway_id: "${aws_ec2_transit_gateway.other.id}" }),
    ),
    ["network", "aws_vpc.hub"].map(
      (vpc) =>
        `hub-route: test-networking/aws_ec2_transit_gateway.other has no attachment of test-networking/${vpc}, between test-networking/network and where ssm, ssmmessages would answer`,
    ),
  ],
  [
    "names that the VPC does not ask for",
    set("aws_vpc.network", { enable_dns_support: false }),
    ["vpc-dns: test-networking/network has enable_dns_support off"],
  ],
])("%s is refused, with the link that is missing", (_, change, expected) => {
  const found = after(all(spokeAndHub, change));
  const [pattern = ""] = expected;
  if (/^\^|\$$/.test(pattern)) {
    expect(found.join("\n")).toMatch(new RegExp(pattern, "m"));
    expect(new Set(found.map((one) => one.split(":")[0])).size).toBe(1);
  } else {
    expect(found).toEqual(expected);
  }
});

test.each<[string, Change]>([
  ["every link", () => undefined],
  ["a Profile with both", profile("ssm", "ssmmessages")],
  ["a zone above both", all(noProfile, zone("eu-central-1.amazonaws.com"))],
  [
    "a zone for each",
    all(noProfile, zone("ssm.eu-central-1.amazonaws.com"), zone("ssmmessages.eu-central-1.amazonaws.com")),
  ],
  [
    "a zone above both, with a record for each",
    all(
      noProfile,
      zone("eu-central-1.amazonaws.com"),
      record("ssm.eu-central-1.amazonaws.com."),
      record("ssmmessages"),
    ),
  ],
  [
    "a resolver rule",
    all(
      noProfile,
      put("aws_route53_resolver_rule_association.x", { vpc_id: SPOKE, resolver_rule_id: "rslvr-1" }),
    ),
  ],
  [
    "name servers of one's own",
    all(noProfile, put("aws_vpc_dhcp_options_association.x", { vpc_id: SPOKE, dhcp_options_id: "dopt-1" })),
  ],
  ["a wider route", set("aws_route.there", { destination_cidr_block: "10.0.0.0/8" })],
  [
    "a route to a prefix list",
    set("aws_route.there", { destination_cidr_block: undefined, destination_prefix_list_id: "pl-1" }),
  ],
  ["a block that is a variable", set("aws_vpc_security_group_egress_rule.hub", { cidr_ipv4: "${var.hub}" })],
  [
    "a hub that is not in the JSON",
    all(
      set("aws_vpc_security_group_egress_rule.hub", { cidr_ipv4: "10.99.0.0/24" }),
      set("aws_route.there", { destination_cidr_block: "10.99.0.0/24", transit_gateway_id: "tgw-0123" }),
      without("aws_vpc_endpoint.hub_ssmmessages"),
    ),
  ],
  [
    "a hub that a module may add to",
    all(without("aws_vpc_endpoint.hub_ssmmessages"), (stacks) => {
      (stacks["test-networking"] as Json).module = { m: { vpc: "${aws_vpc.hub.id}" } };
    }),
  ],
  [
    "a peering connection",
    all(
      without(
        "aws_ec2_transit_gateway.hub",
        "aws_ec2_transit_gateway_vpc_attachment.spoke",
        "aws_ec2_transit_gateway_vpc_attachment.hub",
      ),
      put("aws_vpc_peering_connection.x", { vpc_id: SPOKE, peer_vpc_id: "${aws_vpc.hub.id}" }),
      ...["there", "back"].map((route) =>
        set(`aws_route.${route}`, {
          transit_gateway_id: undefined,
          vpc_peering_connection_id: "${aws_vpc_peering_connection.x.id}",
        }),
      ),
    ),
  ],
])("%s is kept", (_, change) => {
  expect(after(all(spokeAndHub, change))).toEqual([]);
});

test("a peering connection with another VPC is refused", () => {
  const change = all(
    put("aws_vpc.other", { cidr_block: "10.50.0.0/16" }),
    put("aws_vpc_peering_connection.x", { vpc_id: SPOKE, peer_vpc_id: "${aws_vpc.other.id}" }),
    set("aws_route.there", {
      transit_gateway_id: undefined,
      vpc_peering_connection_id: "${aws_vpc_peering_connection.x.id}",
    }),
  );
  expect(after(all(spokeAndHub, change))).toEqual([
    "hub-route: test-networking/aws_vpc_peering_connection.x has no attachment of test-networking/aws_vpc.hub, between test-networking/network and where ssm, ssmmessages would answer",
  ]);
});

/** The constructs of a spoke, and a hub beside them that has these services. */
function spoke(stack: TerraformStack, services: readonly string[], routed = BLOCK): void {
  const region = "eu-central-1";
  const network = new IsolatedNetwork(stack, "network", {
    name: "spoke",
    region,
    cidr: "10.10.0.0/23",
    availabilityZones: ["eu-central-1a"],
    endpointServices: ["ssm"],
  });
  const hub = new Vpc(stack, "hub", { cidrBlock: "10.200.0.0/16" });
  const subnet = new Subnet(stack, "hub-subnet", { vpcId: hub.id, cidrBlock: BLOCK });
  for (const service of services) {
    new VpcEndpoint(stack, `hub-${service}`, {
      vpcId: hub.id,
      serviceName: `com.amazonaws.${region}.${service}`,
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      subnetIds: [subnet.id],
    });
  }
  const gateway = new Ec2TransitGateway(stack, "gateway");
  const attach = (id: string, vpcId: string, subnetId: string) =>
    new Ec2TransitGatewayVpcAttachment(stack, id, {
      vpcId,
      subnetIds: [subnetId],
      transitGatewayId: gateway.id,
    });
  const own = attach("attach-spoke", network.vpcId, Object.values(network.subnetIds)[0] as string);
  attach("attach-hub", hub.id, subnet.id);
  new Route(stack, "there", {
    routeTableId: network.routeTableId,
    destinationCidrBlock: routed,
    transitGatewayId: own.transitGatewayId,
  });
  new Route(stack, "back", {
    routeTableId: hub.mainRouteTableId,
    destinationCidrBlock: "10.10.0.0/23",
    transitGatewayId: gateway.id,
  });
  const access = new InstanceAccess(stack, "access", {
    name: "spoke",
    vpcId: network.vpcId,
    endpointNetworks: [BLOCK],
  });
  new ManagedInstance(stack, "web", {
    name: "web",
    access,
    vpcId: network.vpcId,
    subnetId: Object.values(network.subnetIds)[0] as string,
  });
}

test("constructs beside a hub that has ssm alone are refused", () => {
  const found = refusals(() => synthModule((stack) => spoke(stack, ["ssm"])));
  expect(found.filter((line) => line.includes("agent-endpoints"))).toEqual([
    "  [module] agent-endpoints: module/hub has no ssmmessages endpoint, and neither has module/network, whose instances look for it there, so module/web would not be reached or recorded. Add it: with network.endpoints in an environment, with SsmEndpoints in code.",
  ]);
});

test("constructs beside a hub with a route to another block are refused for the route", () => {
  const found = refusals(() => synthModule((stack) => spoke(stack, ["ssm", "ssmmessages"], "10.201.0.0/24")));
  expect(
    found.some((line) => line.includes(`hub-route: module/network/isolated has no route to ${BLOCK}`)),
  ).toBe(true);
  expect(found.some((line) => line.includes("agent-endpoints"))).toBe(false);
});
