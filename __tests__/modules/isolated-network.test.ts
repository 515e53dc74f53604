import { IsolatedNetwork, type IsolatedNetworkProps } from "../../modules";
import { type Json, synthModule } from "../support/synth";
import { unresolved, unresolvedNumber } from "../support/tokens";

const PROPS: IsolatedNetworkProps = {
  name: "test",
  region: "eu-central-1",
  cidr: "10.10.0.0/23",
  availabilityZones: 2,
  endpointServices: ["ssm", "ssmmessages"],
};

const network = (overrides: Partial<IsolatedNetworkProps> = {}) =>
  synthModule((stack) => new IsolatedNetwork(stack, "network", { ...PROPS, ...overrides }));

const subnets = (overrides: Partial<IsolatedNetworkProps> = {}) =>
  Object.values(network(overrides).resources("aws_subnet")).sort((a, b) =>
    a.tags.Name < b.tags.Name ? -1 : 1,
  );

test("makes a VPC, subnets, one route table without a route, and nothing else", () => {
  const stack = network();
  expect(stack.inventory()).toEqual({
    aws_vpc: 1,
    aws_default_security_group: 1,
    aws_route_table: 1,
    aws_route_table_association: 2,
    aws_subnet: 2,
  });
  expect(stack.only("aws_route_table").route).toBeUndefined();
});

test("DNS is on, since private names of endpoints need both switches", () => {
  expect(network().only("aws_vpc")).toMatchObject({
    cidr_block: "10.10.0.0/23",
    enable_dns_support: true,
    enable_dns_hostnames: true,
    tags: { Name: "test" },
  });
});

test("the default security group loses its rules", () => {
  const group = network().only("aws_default_security_group");
  expect(group.vpc_id).toBe("${aws_vpc.network.id}");
  // Empty, not absent: else a rule that is added by hand would stay.
  expect(group).toMatchObject({ ingress: [], egress: [] });
});

test("no subnet gives out public addresses", () => {
  expect(subnets().map((subnet) => subnet.map_public_ip_on_launch)).toEqual([false, false]);
});

describe("zones given by number", () => {
  test("are those that offer every endpoint and every instance type", () => {
    const stack = network({ instanceTypes: ["t3.nano", "t4g.nano", "t3.nano"] });
    const services = Object.values(stack.data("aws_vpc_endpoint_service"));
    expect(services.map(({ service }) => service)).toEqual(["ssm", "ssmmessages"]);
    const types = Object.values(stack.data("aws_ec2_instance_type_offerings"));
    expect(types.map(({ filter }) => filter)).toEqual([
      [{ name: "instance-type", values: ["t3.nano"] }],
      [{ name: "instance-type", values: ["t4g.nano"] }],
    ]);
    const [eligible] = Object.values(stack.json.locals) as string[];
    expect(eligible).toMatch(/^\$\{sort\(setintersection\(/);
    expect(eligible?.match(/availability_zones|locations/g)).toHaveLength(4);
  });

  test("differ, whatever became of the earlier ones", () => {
    const [first, second, third] = subnets({ availabilityZones: 3 }).map(
      (subnet) => subnet.availability_zone,
    );
    expect(first).not.toMatch(/setsubtract/);
    expect(second.match(/aws_subnet\.network_zone-\d/g)).toEqual(["aws_subnet.network_zone-1"]);
    expect(third.match(/aws_subnet\.network_zone-\d/g)).toEqual([
      "aws_subnet.network_zone-1",
      "aws_subnet.network_zone-2",
    ]);
    const conditions = subnets({ availabilityZones: 3 }).map(
      ({ lifecycle }) => lifecycle.postcondition.length,
    );
    expect(conditions).toEqual([0, 1, 2]);
    const [, , { lifecycle }] = subnets({ availabilityZones: 3 }) as [unknown, unknown, { lifecycle: Json }];
    for (const { condition } of lifecycle.postcondition) {
      expect(condition).toMatch(
        /^\$\{\(self\.availability_zone != aws_subnet\.network_zone-[12]\w*\.availability_zone\)\}$/,
      );
    }
  });

  test("stay where they are when AWS adds a zone", () => {
    expect(subnets().map(({ lifecycle }) => lifecycle.ignore_changes)).toEqual([
      ["availability_zone"],
      ["availability_zone"],
    ]);
  });

  test("are refused at plan where there are too few, with the reason", () => {
    for (const { lifecycle } of subnets({ instanceTypes: ["t3.nano"] })) {
      expect(lifecycle.precondition).toHaveLength(1);
      expect(lifecycle.precondition[0].condition).toMatch(/^\$\{\(length\(.*\) >= 1\)\}$/);
      expect(lifecycle.precondition[0].error_message).toMatch(
        /asks for 2 zones, but only \$\{length\(.*of eu-central-1.*\(ssm, ssmmessages\) and every instance type \(t3\.nano\)/,
      );
    }
  });

  test("one more adds a subnet and its route, and changes nothing else", () => {
    const before = network().json.resource;
    const after = network({ availabilityZones: 3 }).json.resource;
    for (const type of ["aws_vpc", "aws_route_table", "aws_default_security_group"]) {
      expect(after[type]).toEqual(before[type]);
    }
    for (const [name, subnet] of Object.entries(before.aws_subnet) as [string, Record<string, unknown>][]) {
      expect({ ...after.aws_subnet[name], lifecycle: null }).toEqual({ ...subnet, lifecycle: null });
    }
  });
});

describe("zones given by name", () => {
  const named = { availabilityZones: ["eu-central-1a", "eu-central-1c"], instanceTypes: ["t3.nano"] };

  test("are just those", () => {
    expect(subnets(named).map((subnet) => subnet.availability_zone)).toEqual([
      "eu-central-1a",
      "eu-central-1c",
    ]);
    expect(Object.keys(network(named).resources("aws_subnet")).join()).toMatch(
      /eu-central-1a.*eu-central-1c/,
    );
  });

  test("must offer the endpoints; types are each instance's own business", () => {
    expect(network(named).data("aws_ec2_instance_type_offerings")).toEqual({});
    expect(subnets(named)[0]?.lifecycle).toEqual({
      precondition: [
        {
          condition: expect.stringMatching(/^\$\{contains\(.*"eu-central-1a"\)\}$/),
          error_message: expect.stringMatching(/^eu-central-1a does not offer every endpoint service/),
        },
      ],
    });
  });
});

test("flow logs are made where asked for", () => {
  const stack = network({ flowLogs: { retentionDays: 30 } });
  expect(stack.inventory()).toMatchObject({ aws_flow_log: 1, aws_cloudwatch_log_group: 1, aws_iam_role: 1 });
  expect(stack.only("aws_flow_log").vpc_id).toBe("${aws_vpc.network.id}");
});

test("bad props are refused together, each with the construct's path", () => {
  const build = () => network({ cidr: "8.8.0.0/16", availabilityZones: 9 });
  expect(build).toThrow(/^\[module\/network\] cidr: got "8\.8\.0\.0\/16"; allowed: a private block/);
  expect(build).toThrow(
    /\n\[module\/network\] availabilityZones: got 9; allowed: a whole number of zones from 1 to 6/,
  );
  expect(() => network({ availabilityZones: 5 })).toThrow(/at most 4 zones/);
});

test.each<[Partial<IsolatedNetworkProps>, string]>([
  [
    { subnetPrefix: 25.5 },
    "subnetPrefix: got 25.5; allowed: a whole number up to 28; leave it out to have it calculated",
  ],
  [
    { subnetPrefix: 30 },
    "subnetPrefix: got 30; allowed: a subnet prefix from /23, the network's own, to /28; choose a prefix in that range, or leave it out to have it calculated",
  ],
  [
    { cidr: unresolved(), subnetPrefix: 30 },
    "subnetPrefix: got 30; allowed: a whole number up to 28; leave it out to have it calculated",
  ],
  [
    { subnetPrefix: 23 },
    "subnetPrefix: got 23; allowed: at most 1 zones, as 10.10.0.0/23 holds 1 subnets of /23; set subnetPrefix to 24",
  ],
  [
    { endpointServices: ["ssm", "ssm"] },
    'endpointServices: got ["ssm","ssm"]; allowed: each once; remove the second one',
  ],
  [
    { instanceTypes: ["t3.nano", "huge"] },
    'instanceTypes[1]: got "huge"; allowed: an EC2 instance type such as t3.nano or t4g.small; write family, dot and size, in lower case',
  ],
])("%j is refused", (overrides, refusal) => {
  expect(() => network(overrides)).toThrow(new Error(`[module/network] ${refusal}`));
});

test("variables are left to Terraform", () => {
  const blocks = (overrides: Partial<IsolatedNetworkProps>) =>
    subnets({ availabilityZones: 1, ...overrides }).map((subnet) => subnet.cidr_block);
  expect(blocks({ subnetPrefix: unresolvedNumber("var.prefix") })).toEqual([
    '${cidrsubnet("10.10.0.0/23", (${var.prefix} - tonumber(split("/", "10.10.0.0/23")[1])), 0)}',
  ]);
  expect(blocks({ region: unresolved("var.region"), availabilityZones: ["eu-central-1b"] })).toEqual([
    "10.10.0.128/25",
  ]);
});
