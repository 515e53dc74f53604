import { ownStacks } from "../support/environments";
import type { StackJson } from "../support/synth";

/** AWS Cookbook, recipe 1.6, line by line: what each of its commands makes is in the JSON. */
describe("recipe 1.6", () => {
  let networking: StackJson;
  let instances: StackJson;

  beforeAll(() => {
    const stacks = ownStacks();
    networking = stacks["recipe-networking"] as StackJson;
    instances = stacks["recipe-instances"] as StackJson;
  });

  test("preparation: a VPC 10.10.0.0/23 with two isolated /24 subnets and route tables", () => {
    expect(networking.only("aws_vpc").cidr_block).toBe("10.10.0.0/23");
    const subnets = Object.values(networking.resources("aws_subnet"));
    expect(subnets.map(({ cidr_block }) => cidr_block)).toEqual(["10.10.0.0/24", "10.10.1.0/24"]);
    expect(Object.keys(networking.resources("aws_route_table_association"))).toHaveLength(2);
    expect(networking.only("aws_route_table").route).toBeUndefined();
    expect(networking.resources("aws_route")).toEqual({});
  });

  test("preparation: the endpoints that Systems Manager requires, with private DNS", () => {
    const endpoints = Object.values(networking.resources("aws_vpc_endpoint"));
    expect(endpoints.map(({ service_name }) => service_name).sort()).toEqual([
      "com.amazonaws.us-east-1.ec2messages",
      "com.amazonaws.us-east-1.ssm",
      "com.amazonaws.us-east-1.ssmmessages",
    ]);
    expect(endpoints.map(({ private_dns_enabled }) => private_dns_enabled)).toEqual([true, true, true]);
  });

  test("preparation: what helper.py exported, SUBNET_1 and INSTANCE_SG, are outputs", () => {
    expect(networking.json.output.subnet_ids.value["zone-1"]).toBe("${aws_subnet.network_zone-1.id}");
    expect(instances.json.output.security_group_id.value).toBe(
      "${aws_security_group.instance_access_security-group.id}",
    );
  });

  test("steps 1 and 2: the role AWSCookbook106SSMRole, for EC2", () => {
    const role = instances.only("aws_iam_role");
    expect(role.name).toBe("AWSCookbook106SSMRole");
    expect(JSON.parse(role.assume_role_policy)).toEqual({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
  });

  test("step 3: AmazonSSMManagedInstanceCore attached to the role", () => {
    expect(instances.only("aws_iam_role_policy_attachment")).toMatchObject({
      role: "${aws_iam_role.instance_access.name}",
      policy_arn: expect.stringMatching(/^arn:\$\{.*\}:iam::aws:policy\/AmazonSSMManagedInstanceCore$/),
    });
  });

  test("steps 4 and 5: the instance profile AWSCookbook106InstanceProfile, with the role", () => {
    expect(instances.only("aws_iam_instance_profile")).toMatchObject({
      name: "AWSCookbook106InstanceProfile",
      role: "${aws_iam_role.instance_access.name}",
    });
  });

  test("step 6: the latest Amazon Linux 2 AMI, from its parameter", () => {
    const [[name, parameter], ...others] = Object.entries(instances.data("aws_ssm_parameter")) as [
      [string, { name: string }],
    ];
    expect(others).toEqual([]);
    expect(parameter.name).toBe("/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2");
    expect(instances.only("aws_instance").ami).toBe(`\${data.aws_ssm_parameter.${name}.insecure_value}`);
  });

  test("step 7: one t3.nano with profile, subnet, security group, metadata options and Name", () => {
    const instance = instances.only("aws_instance");
    expect(instance).toMatchObject({
      instance_type: "t3.nano",
      iam_instance_profile: "${aws_iam_instance_profile.instance_access_profile.name}",
      vpc_security_group_ids: ["${aws_security_group.instance_access_security-group.id}"],
      subnet_id: expect.stringContaining("data.terraform_remote_state.recipe-networking.outputs.subnet_ids"),
      metadata_options: {
        http_tokens: "required",
        http_put_response_hop_limit: 64,
        http_endpoint: "enabled",
      },
      tags: { Name: "AWSCookbook106" },
    });
    expect(instance.root_block_device.tags).toEqual({ Name: "AWSCookbook106" });
  });

  test("validation: sessions need the instance's id, and its metadata names the profile", () => {
    expect(instances.json.output.instance_ids.value).toEqual({ cookbook: "${aws_instance.cookbook.id}" });
    expect(instances.json.output.instance_profile_arn.value).toBe(
      "${aws_iam_instance_profile.instance_access_profile.arn}",
    );
  });

  test("clean-up: nothing keeps a destroy from removing everything", () => {
    for (const { name, config } of [...networking.all(), ...instances.all()]) {
      expect({ name, preventDestroy: config.lifecycle?.prevent_destroy }).toEqual({
        name,
        preventDestroy: undefined,
      });
    }
    expect(instances.only("aws_instance").disable_api_termination).toBe(false);
  });

  test("discussion: no inbound rule, and no key", () => {
    expect(instances.resources("aws_vpc_security_group_ingress_rule")).toEqual({});
    expect(instances.only("aws_security_group")).toMatchObject({ ingress: [] });
    expect(instances.only("aws_instance")).not.toHaveProperty("key_name");
  });
});
