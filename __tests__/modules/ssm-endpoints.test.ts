import { SsmEndpoints, type SsmEndpointsProps } from "../../modules";
import { type Json, synthModule } from "../support/synth";
import { unresolved, unresolvedList } from "../support/tokens";

const PROPS: SsmEndpointsProps = {
  name: "test",
  region: "eu-central-1",
  vpcId: "vpc-1",
  vpcCidr: "10.10.0.0/23",
  subnetIds: ["subnet-1", "subnet-2"],
};

const ACCOUNT = "${data.aws_caller_identity.aws_account.account_id}";

const endpoints = (overrides: Partial<SsmEndpointsProps> = {}) =>
  synthModule((stack) => new SsmEndpoints(stack, "endpoints", { ...PROPS, ...overrides }));

const byService = (overrides: Partial<SsmEndpointsProps> = {}): Record<string, Json> =>
  Object.fromEntries(
    Object.values(endpoints(overrides).resources("aws_vpc_endpoint")).map((endpoint) => [
      endpoint.service_name.split(".").pop(),
      endpoint,
    ]),
  );

test("makes the two endpoints behind one security group with one rule", () => {
  expect(endpoints().inventory()).toEqual({
    aws_vpc_endpoint: 2,
    aws_security_group: 1,
    aws_vpc_security_group_ingress_rule: 1,
  });
});

test("every interface endpoint answers under the service's own name, in every subnet", () => {
  const all = byService({ ec2Messages: true });
  expect(Object.keys(all).sort()).toEqual(["ec2messages", "ssm", "ssmmessages"]);
  for (const [service, endpoint] of Object.entries(all)) {
    expect(endpoint).toMatchObject({
      vpc_id: "vpc-1",
      service_name: `com.amazonaws.eu-central-1.${service}`,
      vpc_endpoint_type: "Interface",
      private_dns_enabled: true,
      subnet_ids: ["subnet-1", "subnet-2"],
      security_group_ids: ["${aws_security_group.endpoints.id}"],
      tags: { Name: `test-${service}` },
    });
  }
});

test("a Region that has no ec2messages is told of, and needs none", () => {
  const region = "mx-central-1";
  expect(() => endpoints({ region, ec2Messages: true })).toThrow(
    "[module/endpoints] ec2Messages: got true; allowed: false in mx-central-1, which has no ec2messages; write ec2Messages: false",
  );
  expect(Object.keys(byService({ region })).sort()).toEqual(["ssm", "ssmmessages"]);
});

test("HTTPS from the VPC is all that the endpoints admit", () => {
  const stack = endpoints();
  expect(stack.only("aws_vpc_security_group_ingress_rule")).toMatchObject({
    cidr_ipv4: "10.10.0.0/23",
    ip_protocol: "tcp",
    from_port: 443,
    to_port: 443,
    description: "HTTPS from the VPC",
    security_group_id: "${aws_security_group.endpoints.id}",
  });
  const group = stack.only("aws_security_group");
  expect(group.description).toBeTruthy();
  expect(group).not.toHaveProperty("ingress");
  expect(group).not.toHaveProperty("egress");
});

test("whoever calls through an interface endpoint belongs to the account, and may call only its service", () => {
  for (const [service, { policy }] of Object.entries(byService({ ec2Messages: true, recording: true }))) {
    for (const { Action, Effect, Principal, Condition } of JSON.parse(policy).Statement) {
      expect([Action].flat().every((one: string) => one.startsWith(`${service}:`))).toBe(true);
      expect({ Effect, Principal }).toEqual({ Effect: "Allow", Principal: "*" });
      expect(Condition.StringEquals["aws:PrincipalAccount"]).toBe(ACCOUNT);
    }
  }
});

test("what is called belongs to the account, but for what has no account or is the agent's own", () => {
  const all = byService({ ec2Messages: true, recording: true });
  const exempt = Object.fromEntries(
    Object.entries(all).map(([service, { policy }]) => {
      const statements = JSON.parse(policy).Statement as Json[];
      const [own, ...others] = statements;
      const condition = { "aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT };
      if (["ssm", "logs", "kms"].includes(service)) {
        expect(own?.Condition).toEqual({ StringEquals: condition });
      }
      return [service, others.map(({ Action, Resource }) => [Action, Resource])];
    }),
  );
  const ofAws = (what: string) =>
    `arn:\${data.aws_partition.aws_partition.partition}:ssm:eu-central-1::${what}`;
  expect(exempt).toEqual({
    ssm: [
      [["ssm:UpdateInstanceInformation"], "*"],
      ["ssm:*", [ofAws("document/*"), ofAws("parameter/aws/*")]],
    ],
    ssmmessages: [],
    ec2messages: [],
    logs: [["logs:DescribeLogGroups", "*"]],
    kms: [],
  });
});

test("ec2messages is there for older agents only", () => {
  expect(SsmEndpoints.services({})).toEqual(["ssm", "ssmmessages"]);
  expect(SsmEndpoints.services({ ec2Messages: true })).toEqual(["ssm", "ssmmessages", "ec2messages"]);
  expect(SsmEndpoints.services({ ec2Messages: false })).toEqual(["ssm", "ssmmessages"]);
});

test("the S3 gateway lets packages and agent updates be read, and nothing else", () => {
  const { s3 } = byService({ s3Gateway: { routeTableIds: ["rtb-1"] } });
  expect(s3).toMatchObject({
    service_name: "com.amazonaws.eu-central-1.s3",
    vpc_endpoint_type: "Gateway",
    route_table_ids: ["rtb-1"],
  });
  expect(s3).not.toHaveProperty("subnet_ids");
  const [statement, ...others] = JSON.parse(s3?.policy).Statement;
  expect(others).toEqual([]);
  expect(statement).toMatchObject({ Effect: "Allow", Principal: "*", Action: "s3:GetObject" });
  expect(statement.Resource).toEqual(
    [
      "al2023-repos-eu-central-1-de612dc2",
      "amazonlinux-2-repos-eu-central-1",
      "amazon-ssm-eu-central-1",
      "amazon-ssm-packages-eu-central-1",
      "aws-ssm-eu-central-1",
      "aws-ssm-distributor-file-eu-central-1",
      "aws-ssm-document-attachments-eu-central-1",
      "patch-baseline-snapshot-eu-central-1",
      "eu-central-1-birdwatcher-prod",
    ].map((bucket) => `arn:\${data.aws_partition.aws_partition.partition}:s3:::${bucket}/*`),
  );
});

test("the attributes name what was made", () => {
  synthModule((stack) => {
    const { endpointIds, s3PrefixListId } = new SsmEndpoints(stack, "endpoints", {
      ...PROPS,
      s3Gateway: { routeTableIds: ["rtb-1"] },
    });
    expect(Object.keys(endpointIds)).toEqual(["ssm", "ssmmessages", "s3"]);
    expect(s3PrefixListId).toBeDefined();
    expect(new SsmEndpoints(stack, "plain", PROPS).s3PrefixListId).toBeUndefined();
  });
});

test("a block that is none is refused, and variables are left to Terraform", () => {
  expect(() => endpoints({ vpcCidr: ["10.0.0.0/16", "hello"] })).toThrow(
    new Error(
      '[module/endpoints] vpcCidr: got "hello"; allowed: an IPv4 block such as "10.10.0.0/23"; ' +
        "write four numbers from 0 to 255, a slash and the prefix length",
    ),
  );
  expect(() => endpoints({ vpcCidr: unresolved() })).not.toThrow();
  expect(() => endpoints({ vpcCidr: unresolvedList() })).not.toThrow();
});
