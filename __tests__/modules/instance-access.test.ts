import { InstanceAccess, type InstanceAccessProps, ManagedInstance, SsmEndpoints } from "../../modules";
import { synthModule } from "../support/synth";

const PROPS: InstanceAccessProps = { name: "test", vpcId: "vpc-1", endpointSecurityGroupId: "sg-endpoints" };

const access = (overrides: Partial<InstanceAccessProps> = {}) =>
  synthModule((stack) => new InstanceAccess(stack, "access", { ...PROPS, ...overrides }));

test("makes role, profile and security group, and nothing else", () => {
  expect(access().inventory()).toEqual({
    aws_iam_role: 1,
    aws_iam_role_policy_attachment: 1,
    aws_iam_instance_profile: 1,
    aws_security_group: 1,
    aws_vpc_security_group_egress_rule: 1,
  });
});

test("EC2, and nobody else, may use the role", () => {
  expect(JSON.parse(access().only("aws_iam_role").assume_role_policy)).toEqual({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  });
});

test("the role can do what the agent needs, in any partition", () => {
  expect(access().only("aws_iam_role_policy_attachment")).toMatchObject({
    role: "${aws_iam_role.access.name}",
    policy_arn:
      "arn:${data.aws_partition.aws_partition.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore",
  });
  expect(access().only("aws_iam_instance_profile").role).toBe("${aws_iam_role.access.name}");
});

test("names follow the prefix, or are given", () => {
  expect(access().only("aws_iam_role").name).toBe("test-instances");
  expect(access().only("aws_iam_instance_profile").name).toBe("test-instances");
  const named = access({ roleName: "Role", instanceProfileName: "Profile" });
  expect(named.only("aws_iam_role").name).toBe("Role");
  expect(named.only("aws_iam_instance_profile").name).toBe("Profile");
});

test("a permissions boundary bounds the role", () => {
  const arn = "arn:aws:iam::111122223333:policy/boundary";
  expect(access({ permissionsBoundaryArn: arn }).only("aws_iam_role").permissions_boundary).toBe(arn);
  expect(access().only("aws_iam_role")).not.toHaveProperty("permissions_boundary");
});

test("further policies have addresses that do not depend on their order", () => {
  const arns = [
    "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy",
    "arn:aws:iam::111122223333:policy/team/data",
  ];
  const addresses = (managedPolicyArns: string[]) => {
    const attachments = access({ managedPolicyArns }).resources("aws_iam_role_policy_attachment");
    return Object.fromEntries(
      Object.entries(attachments).map(([name, { policy_arn }]) => [name, policy_arn]),
    );
  };
  expect(Object.values(addresses(arns))).toEqual(expect.arrayContaining(arns));
  expect(addresses([...arns].reverse())).toEqual(addresses(arns));
});

test("HTTPS to the endpoints is the only way out, and there is no way in", () => {
  const stack = access();
  expect(stack.only("aws_vpc_security_group_egress_rule")).toMatchObject({
    security_group_id: expect.stringMatching(/^\$\{aws_security_group\.access_security-group\w+\.id\}$/),
    referenced_security_group_id: "sg-endpoints",
    ip_protocol: "tcp",
    from_port: 443,
    to_port: 443,
    description: expect.stringMatching(/./),
  });
  const group = stack.only("aws_security_group");
  expect(group).toMatchObject({ name: "test-instances", vpc_id: "vpc-1" });
  expect(group.ingress).toEqual([]);
  expect(group).not.toHaveProperty("egress");
});

test("the way to S3 is open where there is a gateway", () => {
  const rules = Object.values(
    access({ s3PrefixListId: "pl-1" }).resources("aws_vpc_security_group_egress_rule"),
  );
  expect(rules).toHaveLength(2);
  expect(rules.filter((rule) => rule.prefix_list_id === "pl-1")).toEqual([
    expect.objectContaining({ ip_protocol: "tcp", from_port: 443, to_port: 443 }),
  ]);
});

test("instances can wait for every permission and every way out", () => {
  synthModule((stack) => {
    const { readiness } = new InstanceAccess(stack, "access", {
      ...PROPS,
      s3PrefixListId: "pl-1",
      managedPolicyArns: ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"],
    });
    expect(readiness).toHaveLength(4);
  });
});

test("instances wait for endpoints that are made in the same stack, and for no others", () => {
  const json = synthModule((stack) => {
    const network = {
      region: "eu-central-1",
      vpcId: "vpc-1",
      vpcCidr: "10.0.0.0/24",
      subnetIds: ["subnet-1"],
    };
    const [own] = ["own", "other"].map((name) => new SsmEndpoints(stack, name, { name, ...network }));
    const endpointSecurityGroupId = own?.securityGroupId;
    const ours = new InstanceAccess(stack, "access", { ...PROPS, endpointSecurityGroupId });
    new ManagedInstance(stack, "web", { name: "web", access: ours, vpcId: "vpc-1", subnetId: "subnet-1" });
  });
  const waitsFor = json.only("aws_instance").depends_on as string[];
  expect(waitsFor.map((address) => address.replace(/_[0-9A-F]{8}$/, "")).sort()).toEqual([
    "aws_iam_role_policy_attachment.access_session-manager",
    "aws_vpc_endpoint.own_ec2messages",
    "aws_vpc_endpoint.own_ssm",
    "aws_vpc_endpoint.own_ssmmessages",
    "aws_vpc_security_group_egress_rule.access_https-to-endpoints",
    "aws_vpc_security_group_ingress_rule.own_https-from-vpc",
  ]);
});

test("an access without any way to Systems Manager is refused", () => {
  expect(() => access({ endpointSecurityGroupId: undefined })).toThrow(
    "[module/access] endpointSecurityGroupId: got nothing; allowed: at least one way to Systems Manager; ",
  );
});
