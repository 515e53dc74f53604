import { MINIMAL, synthEnvironment } from "../support/synth";

const networking = (network: object = {}, name = "test") =>
  synthEnvironment({ ...MINIMAL, network }, name).networking;

const INVENTORY = {
  aws_vpc: 1,
  aws_default_security_group: 1,
  aws_route_table: 1,
  aws_route_table_association: 2,
  aws_subnet: 2,
  aws_security_group: 1,
  aws_vpc_security_group_ingress_rule: 1,
  aws_vpc_endpoint: 2,
};

test("the default network is just this", () => {
  expect(networking().inventory()).toEqual(INVENTORY);
  expect(Object.keys(networking().json.output).sort()).toEqual([
    "availability_zones",
    "endpoint_ids",
    "endpoint_security_group_id",
    "route_table_id",
    "subnet_ids",
    "vpc_id",
  ]);
});

test("every output publishes what it is called after", () => {
  const { output } = networking({ endpoints: { s3Gateway: true } }).json;
  const values = Object.entries(output as Record<string, { value: unknown }>).map(([name, { value }]) => [
    name,
    value,
  ]);
  expect(Object.fromEntries(values)).toEqual({
    vpc_id: "${aws_vpc.network.id}",
    subnet_ids: {
      "zone-1": "${aws_subnet.network_zone-1.id}",
      "zone-2": "${aws_subnet.network_zone-2.id}",
    },
    availability_zones: {
      "zone-1": "${aws_subnet.network_zone-1.availability_zone}",
      "zone-2": "${aws_subnet.network_zone-2.availability_zone}",
    },
    route_table_id: "${aws_route_table.network_isolated.id}",
    endpoint_ids: {
      ssm: "${aws_vpc_endpoint.endpoints_ssm.id}",
      ssmmessages: "${aws_vpc_endpoint.endpoints_ssmmessages.id}",
      s3: "${aws_vpc_endpoint.endpoints_s3.id}",
    },
    endpoint_security_group_id: "${aws_security_group.endpoints.id}",
    s3_prefix_list_id: "${aws_vpc_endpoint.endpoints_s3.prefix_list_id}",
  });
});

test("every subnet has the route table, and the S3 gateway is in it", () => {
  const stack = networking({ endpoints: { s3Gateway: true } });
  const routes = Object.values(stack.resources("aws_route_table_association"));
  expect(routes.map(({ subnet_id, route_table_id }) => [subnet_id, route_table_id])).toEqual([
    ["${aws_subnet.network_zone-1.id}", "${aws_route_table.network_isolated.id}"],
    ["${aws_subnet.network_zone-2.id}", "${aws_route_table.network_isolated.id}"],
  ]);
  expect(stack.resources("aws_vpc_endpoint").endpoints_s3?.route_table_ids).toEqual([
    "${aws_route_table.network_isolated.id}",
  ]);
});

test("features decide what is added", () => {
  const endpoints = { s3Gateway: true };
  expect(networking({ endpoints }).inventory()).toEqual({ ...INVENTORY, aws_vpc_endpoint: 3 });
  expect(networking({ endpoints }).json.output.endpoint_ids.value).toEqual({
    ssm: "${aws_vpc_endpoint.endpoints_ssm.id}",
    ssmmessages: "${aws_vpc_endpoint.endpoints_ssmmessages.id}",
    s3: "${aws_vpc_endpoint.endpoints_s3.id}",
  });
  expect(networking({ endpoints }).json.output.s3_prefix_list_id.value).toBe(
    "${aws_vpc_endpoint.endpoints_s3.prefix_list_id}",
  );
  expect(networking({ flowLogs: { retentionDays: 30 } }).inventory()).toEqual({
    ...INVENTORY,
    aws_flow_log: 1,
    aws_cloudwatch_log_group: 1,
    aws_iam_role: 1,
    aws_iam_role_policy: 1,
  });
});

test("older agents have their endpoint, where an image needs it or settings say so", () => {
  const services = (changes: object): string[] => {
    const { networking: stack } = synthEnvironment({ ...MINIMAL, ...changes });
    return Object.keys(stack.json.output.endpoint_ids.value as object).sort();
  };
  const instances = (image: unknown) => ({
    instances: { new: {}, old: { image, rootVolume: { sizeGiB: 30 } } },
  });
  const parameter = "/aws/service/ami-windows-latest/Windows_Server-2012-R2_RTM-English-64Bit-Base";
  for (const image of [
    "al2",
    { parameter },
    { parameter: "/aws/service/ami-amazon-linux-latest/amzn2-ami-kernel-5.10-hvm-x86_64-gp2" },
  ]) {
    expect(services(instances(image))).toEqual(["ec2messages", "ssm", "ssmmessages"]);
  }
  for (const image of [
    "al2023",
    { amiId: "ami-0123456789abcdef0" },
    { parameter: parameter.replace("2012-R2_RTM", "2022") },
  ]) {
    expect(services(instances(image))).toEqual(["ssm", "ssmmessages"]);
  }
  const network = (ec2Messages: boolean) => ({ network: { endpoints: { ec2Messages } } });
  expect(services(network(true))).toContain("ec2messages");
  const said = { ...network(false), ...instances({ parameter: "/golden" }) };
  expect(services(said)).not.toContain("ec2messages");
});

test("endpoints are in every subnet, and admit the network they are in", () => {
  const stack = networking({ cidr: "192.168.0.0/22", availabilityZones: 3 });
  for (const endpoint of Object.values(stack.resources("aws_vpc_endpoint"))) {
    expect(endpoint.subnet_ids).toEqual([1, 2, 3].map((zone) => `\${aws_subnet.network_zone-${zone}.id}`));
  }
  expect(stack.only("aws_vpc_security_group_ingress_rule").cidr_ipv4).toBe("192.168.0.0/22");
});

test("zones must offer the endpoints and instance types of the environment", () => {
  const { networking: stack } = synthEnvironment({
    ...MINIMAL,
    instances: { a: { instanceType: "t4g.nano" }, b: {} },
    network: { endpoints: { ec2Messages: false } },
  });
  const services = Object.values(stack.data("aws_vpc_endpoint_service")).map(({ service }) => service);
  expect(services).toEqual(["ssm", "ssmmessages"]);
  const types = Object.values(stack.data("aws_ec2_instance_type_offerings")).map(
    ({ filter }) => filter[0].values[0],
  );
  expect(types.sort()).toEqual(["t3.nano", "t4g.nano"]);
});

test("names begin with the prefix", () => {
  expect(networking({}, "prod").only("aws_vpc").tags.Name).toBe("prod");
  const { networking: stack } = synthEnvironment({ ...MINIMAL, namePrefix: "acme" });
  expect(stack.only("aws_vpc").tags.Name).toBe("acme");
  expect(stack.only("aws_security_group").name).toBe("acme-endpoints");
});
