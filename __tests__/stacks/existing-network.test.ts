import type { Environment } from "../../stacks/settings/environment";
import { MIXED, existingNetwork } from "../support/existing-network";
import { MINIMAL, synthEnvironment } from "../support/synth";

const stacks = (endpoints: object = {}, changes: object = {}) =>
  synthEnvironment({ ...MINIMAL, network: existingNetwork(endpoints), ...changes } as Environment);

const outputs = (endpoints: object): string[] => Object.keys(stacks(endpoints).networking.json.output).sort();

const egress = (endpoints: object): object =>
  Object.fromEntries(
    Object.entries(stacks(endpoints).instances.resources("aws_vpc_security_group_egress_rule")).map(
      ([name, { cidr_ipv4, referenced_security_group_id, for_each }]) => [
        name,
        cidr_ipv4 ?? for_each ?? referenced_security_group_id,
      ],
    ),
  );

const OUTPUTS = "data.terraform_remote_state.test-networking.outputs";

test("endpoints that are made are all that is made, for the whole VPC, whose names they take over", () => {
  const { networking } = stacks();
  expect(networking.inventory()).toEqual({
    aws_security_group: 1,
    aws_vpc_security_group_ingress_rule: 1,
    aws_vpc_endpoint: 2,
  });
  expect(networking.only("aws_vpc_security_group_ingress_rule")).toMatchObject({
    for_each: "${toset(local.network_blocks)}",
    cidr_ipv4: "${each.value}",
  });
  for (const endpoint of Object.values(networking.resources("aws_vpc_endpoint"))) {
    expect(endpoint.subnet_ids).toEqual([
      "${data.aws_subnet.network_eu-central-1a.id}",
      "${data.aws_subnet.network_eu-central-1b.id}",
    ]);
  }
});

test("endpoints that are there, or elsewhere, leave nothing to be made", () => {
  expect(stacks({ services: "existing" }).networking.inventory()).toEqual({});
  expect(stacks({ services: { elsewhere: ["10.1.0.0/24"] } }).networking.inventory()).toEqual({});
});

test("the S3 gateway is in the subnets' own route tables, at the address it always has", () => {
  const { networking } = stacks({ services: { ssm: "existing" }, s3Gateway: true });
  expect(networking.resources("aws_vpc_endpoint").endpoints_s3).toMatchObject({
    vpc_endpoint_type: "Gateway",
    route_table_ids: "${local.network_route-tables}",
  });
  expect(networking.json.locals["network_route-tables"]).toContain(
    "data.aws_vpc.network.main_route_table_id",
  );
});

test("what there is not is not published, nor let out to", () => {
  const all = ["availability_zones", "subnet_ids", "vpc_id"];
  expect(outputs({})).toEqual([...all, "endpoint_ids", "endpoint_security_group_id"].sort());
  expect(egress({})).toEqual({
    "instance_access_https-to-endpoints": `\${${OUTPUTS}.endpoint_security_group_id}`,
  });
  expect(outputs({ services: "existing" })).toEqual(
    [...all, "endpoint_ids", "existing_endpoint_security_group_ids"].sort(),
  );
  expect(egress({ services: "existing" })).toEqual({
    "instance_access_https-to-existing-endpoints": `\${toset(${OUTPUTS}.existing_endpoint_security_group_ids)}`,
  });
  const elsewhere = { services: { elsewhere: ["10.1.0.0/24"] } };
  expect(outputs(elsewhere)).toEqual([...all, "assumptions"].sort());
  expect(egress(elsewhere)).toEqual({ "instance_access_https-to-10-1-0-0-24": "10.1.0.0/24" });
});

test("every way is open where an environment has them all, and each network once", () => {
  const { instances, networking } = synthEnvironment(MIXED);
  expect(Object.keys(instances.resources("aws_vpc_security_group_egress_rule")).sort()).toEqual([
    "instance_access_https-to-10-1-0-0-24",
    "instance_access_https-to-10-2-0-0-24",
    "instance_access_https-to-endpoints",
    "instance_access_https-to-existing-endpoints",
    "instance_access_https-to-s3",
  ]);
  expect(networking.json.output.assumptions.value).toEqual([
    "ec2messages answers under its own name in 10.1.0.0/24, 10.2.0.0/24, on port 443",
    "kms answers under its own name in 10.1.0.0/24, on port 443",
  ]);
  expect(instances.only("aws_instance").depends_on).toEqual(
    expect.arrayContaining([
      "aws_vpc_security_group_egress_rule.instance_access_https-to-existing-endpoints",
      "aws_vpc_security_group_egress_rule.instance_access_https-to-10-1-0-0-24",
    ]),
  );
});

test("an instance may name a zone of the subnets, and is placed among them otherwise", () => {
  const subnet = (web: object): string =>
    stacks({}, { instances: { web } }).instances.only("aws_instance").subnet_id;
  expect(subnet({ zone: "eu-central-1b" })).not.toContain("eu-central-1a");
  expect(subnet({})).toContain('subnet_ids["eu-central-1a"]');
  expect(subnet({})).toContain('subnet_ids["eu-central-1b"]');
});

test("DNS attributes matter where an endpoint of the VPC answers, and not where all is elsewhere", () => {
  const conditions = (endpoints: object) =>
    stacks(endpoints).networking.data("aws_vpc").network?.lifecycle?.postcondition ?? [];
  expect(conditions({ services: "existing" })).toHaveLength(2);
  expect(conditions({ services: { elsewhere: ["10.1.0.0/24"] } })).toEqual([]);
});

test("addresses are counted for what is still to be made, in each subnet and in all", () => {
  const conditions = (endpoints: object, changes: object = {}): string[] =>
    Object.values(stacks(endpoints, changes).networking.data("aws_subnet")).map(
      ({ lifecycle }) => lifecycle.postcondition.at(-1).condition,
    );
  const there = (zone = "") => `length(data.aws_instances.network_instances-there${zone}.ids)`;
  const made = "length(data.aws_security_groups.network_endpoints-there.ids) > 0 ? 0 : 2";
  const instances = {
    a: { zone: "eu-central-1a" },
    b: { zone: "eu-central-1b" },
    c: { zone: "eu-central-1b" },
  };
  expect(conditions({}, { instances })).toEqual(
    [
      ["-eu-central-1a", 1],
      ["-eu-central-1b", 2],
    ].map(
      ([zone, count]) =>
        `\${self.available_ip_address_count >= (max(0, min(${count} - ${there(zone as string)}, 3 - ${there()})) + (${made}))}`,
    ),
  );
  const { networking } = stacks({ services: "existing" });
  expect(networking.data("aws_security_groups")).toEqual({});
  expect(conditions({ services: "existing" })[0]).toMatch(/ \+ 0\)\}$/);
  // Whatever the role was called when they were made.
  expect(networking.data("aws_instances")["network_instances-there"]?.filter).toEqual([
    { name: "tag:SessionManagerStack", values: ["test-instances-????????"] },
  ]);
});

test("an environment of every kind, for reviewers", () => {
  const { json } = synthEnvironment(MIXED).networking;
  delete json.terraform.required_providers.aws.version;
  expect(
    JSON.parse(JSON.stringify(json, (key, value) => (key === "//" ? undefined : value))),
  ).toMatchSnapshot();
});
