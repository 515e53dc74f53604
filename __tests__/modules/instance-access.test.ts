import { InstanceAccess, type InstanceAccessProps, ManagedInstance, SsmEndpoints } from "../../modules";
import { type Json, synthModule } from "../support/synth";
import { unresolved, unresolvedList, unresolvedNumber } from "../support/tokens";

const PROPS: InstanceAccessProps = { name: "test", vpcId: "vpc-1", endpointSecurityGroupId: "sg-endpoints" };

const access = (overrides: Partial<InstanceAccessProps> = {}) =>
  synthModule((stack) => new InstanceAccess(stack, "access", { ...PROPS, ...overrides }));

test("makes role, profile and security group, and nothing else", () => {
  expect(access().inventory()).toEqual({
    aws_iam_role: 1,
    aws_iam_policy: 1,
    aws_iam_role_policy: 1,
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

test("what others attach to the role does not keep it from being destroyed", () => {
  expect(access().only("aws_iam_role").force_detach_policies).toBe(true);
});

test("the role can do what being reached takes, and no more", () => {
  const channels = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"];
  const actions = (props: Partial<InstanceAccessProps>) => {
    const { name, policy } = access(props).only("aws_iam_policy");
    expect(name).toBe("test-instances");
    return JSON.parse(policy).Statement.flatMap(({ Action }: { Action: string[] }) => Action);
  };
  const five = ["ssm:UpdateInstanceInformation", ...channels.map((one) => `ssmmessages:${one}`)];
  expect(actions({})).toEqual(five);
  const messages = [
    "AcknowledgeMessage",
    "DeleteMessage",
    "FailMessage",
    "GetEndpoint",
    "GetMessages",
    "SendReply",
  ];
  expect(actions({ ec2Messages: true })).toEqual([...five, ...messages.map((one) => `ec2messages:${one}`)]);
  expect(access().only("aws_iam_role_policy_attachment")).toMatchObject({
    role: "${aws_iam_role.access.name}",
    policy_arn: expect.stringMatching(/^\$\{aws_iam_policy\.access_be-reached\w*\.arn\}$/),
  });
  expect(access().only("aws_iam_instance_profile").role).toBe("${aws_iam_role.access.name}");
});

test("AWS's policy takes the place of it where it is asked for, and is never detached before", () => {
  const core = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
  const stack = access({ managedPolicyArns: [core] });
  expect(stack.resources("aws_iam_policy")).toEqual({});
  const [[name, config], ...others] = Object.entries(stack.resources("aws_iam_role_policy_attachment")) as [
    [string, Json],
  ];
  expect(others).toEqual([]);
  expect(name).toMatch(/^access_session-manager/);
  expect(config.policy_arn).toBe(
    "arn:${data.aws_partition.aws_partition.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore",
  );
  for (const one of [config, access().only("aws_iam_role_policy_attachment")]) {
    expect(one.lifecycle).toEqual({ create_before_destroy: true });
  }
});

describe("credentials of the role", () => {
  const fence = (props: Partial<InstanceAccessProps>): Json | undefined => {
    const [policy, ...others] = Object.values(access(props).resources("aws_iam_role_policy")).filter(
      ({ name }) => name === "only-through-vpcs",
    );
    expect(others).toEqual([]);
    return policy && JSON.parse(policy.policy).Statement[0];
  };
  const own = "$${aws:Ec2InstanceSourceVpc}";

  test("work through endpoints of the instances' own VPC, and of those that are named", () => {
    expect(fence({})).toEqual({
      Sid: "OnlyThroughEndpointsOfTheseVpcs",
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: {
        StringNotEquals: { "aws:SourceVpc": [own] },
        Null: { "ec2:SourceInstanceARN": "false" },
        BoolIfExists: { "aws:ViaAWSService": "false" },
      },
    });
    const hub = "vpc-0123456789abcdef1";
    const named = fence({ onlyThroughVpcs: [hub], endpointNetworks: ["10.1.0.0/24"] });
    expect(named?.Condition.StringNotEquals).toEqual({ "aws:SourceVpc": [own, hub] });
  });

  test("work from anywhere where that is said, or endpoints are nobody knows where", () => {
    expect(fence({ onlyThroughVpcs: false })).toBeUndefined();
    expect(fence({ endpointNetworks: ["10.1.0.0/24"] })).toBeUndefined();
  });

  test("are bound for the agent's services alone where programs may call others", () => {
    const agent = ["ssm:*", "ssmmessages:*"];
    const managedPolicyArns = ["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"];
    const egress = { db: { cidr: "10.0.0.0/16", ports: 443, description: "x" } };
    const recording = { logGroupArn: "group", keyArn: "key" };
    expect(fence({ managedPolicyArns })?.Action).toEqual(agent);
    expect(fence({ egress })?.Action).toEqual(agent);
    expect(fence({ callsElsewhere: true, ec2Messages: true, recording })?.Action).toEqual([
      ...agent,
      "ec2messages:*",
      "logs:*",
      "kms:*",
    ]);
    expect(fence({ managedPolicyArns, egress, callsElsewhere: false })?.Action).toBe("*");
  });
});

test("the key decrypts what was encrypted for a session, and copies by way of S3", () => {
  const recording = { logGroupArn: "group", keyArn: "key", archive: { bucketName: "b", prefix: "p" } };
  const policies = Object.values(access({ recording }).resources("aws_iam_role_policy"));
  const statements = policies.flatMap(({ policy }) => JSON.parse(policy).Statement as Json[]);
  const ofKey = statements.filter(({ Resource }) => Resource === "key");
  expect(ofKey.map(({ Action, Condition }) => [Action, Condition])).toEqual([
    ["kms:Decrypt", { Null: { "kms:EncryptionContext:aws:ssm:SessionId": "false" } }],
    [["kms:GenerateDataKey", "kms:Decrypt"], { StringLike: { "kms:ViaService": "s3.*.amazonaws.com" } }],
  ]);
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
    expect(readiness).toHaveLength(5);
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
    "aws_iam_role_policy.access_only-through-vpcs",
    "aws_iam_role_policy_attachment.access_session-manager",
    "aws_vpc_endpoint.own_ssm",
    "aws_vpc_endpoint.own_ssmmessages",
    "aws_vpc_security_group_egress_rule.access_https-to-endpoints",
    "aws_vpc_security_group_ingress_rule.own_https-from-vpc",
  ]);
});

test("a way out that is open already is not opened twice, which AWS would refuse", () => {
  const rule = (target: object, ports = 443) => ({ ...target, ports, description: "Tunnels" });
  const json = access({
    endpointSecurityGroupId: "sg-0123456789abcdef0",
    endpointNetworks: ["10.1.0.0/24"],
    s3PrefixListId: "pl-63a5400a",
    egress: {
      network: rule({ cidr: "10.1.0.0/24" }),
      endpoints: rule({ securityGroupId: "sg-0123456789abcdef0" }),
      s3: rule({ prefixListId: "pl-63a5400a" }),
      database: rule({ cidr: "10.1.0.0/24" }, 5432),
    },
  });
  const rules = Object.values(json.resources("aws_vpc_security_group_egress_rule"));
  expect(
    rules.map(({ description }) => description as string).filter((one) => one === "Tunnels"),
  ).toHaveLength(1);
  expect(rules).toHaveLength(4);
});

test("an access without any way to Systems Manager is refused", () => {
  expect(() => access({ endpointSecurityGroupId: undefined })).toThrow(
    "[module/access] endpointSecurityGroupId: got nothing; allowed: at least one way to Systems Manager; ",
  );
});

test("an empty list is no way to Systems Manager", () => {
  const none = {
    endpointSecurityGroupId: undefined,
    existingEndpointSecurityGroupIds: [],
    endpointNetworks: [],
  };
  expect(() => access(none)).toThrow(
    new Error(
      "[module/access] endpointSecurityGroupId: got nothing; allowed: at least one way to Systems Manager; " +
        "name the endpoints' security group, or existingEndpointSecurityGroupIds or endpointNetworks",
    ),
  );
});

test("more policies or rules than AWS gives to anybody are refused, those counted that are made here", () => {
  const managedPolicyArns = Array.from({ length: 24 }, (_, index) => `arn:aws:iam::aws:policy/P${index}`);
  const few = managedPolicyArns.slice(1);
  expect(() => access({ managedPolicyArns })).not.toThrow();
  expect(() => access({ managedPolicyArns: few, inlinePolicies: false })).not.toThrow();
  expect(() => access({ managedPolicyArns, inlinePolicies: false })).toThrow(
    /managedPolicyArns: .*up to 25 managed policies attached to a role, the most that AWS gives, not 26; /,
  );
  const networks = (length: number) =>
    Array.from({ length }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`);
  const egress = { db: { cidr: "10.250.0.0/24", ports: 5432, description: "Database" } };
  expect(() => access({ endpointNetworks: networks(499), egress })).not.toThrow();
  expect(() => access({ endpointNetworks: networks(500), egress })).toThrow(
    /endpointNetworks: .*up to 500 outbound rules per security group, the most that AWS gives, not 501; join blocks/,
  );
});

test("networks that are public, or named twice, are refused", () => {
  expect(() => access({ endpointNetworks: ["52.94.0.0/16", "10.1.0.0/24", "10.1.0.0/24"] })).toThrow(
    new Error(
      '[module/access] endpointNetworks: got ["52.94.0.0/16","10.1.0.0/24","10.1.0.0/24"]; allowed: each once; remove the second one\n' +
        '[module/access] endpointNetworks[0]: got "52.94.0.0/16"; allowed: a private block, inside 10.0.0.0/8, ' +
        '172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10; choose one, such as "10.10.0.0/23"',
    ),
  );
});

test("names and ARNs that IAM does not take are refused together", () => {
  const data = "arn:aws:iam::aws:policy/Data";
  expect(() =>
    access({
      roleName: "x".repeat(65),
      instanceProfileName: "a b",
      permissionsBoundaryArn: "boundary",
      managedPolicyArns: [data, data, "Core"],
      onlyThroughVpcs: ["vpc-1", "vpc-1"],
    }),
  ).toThrow(
    new Error(
      [
        `[module/access] roleName: got "${"x".repeat(65)}"; allowed: 1 to 64 letters, digits and + = , . @ _ -; shorten or rename it`,
        '[module/access] instanceProfileName: got "a b"; allowed: 1 to 128 letters, digits and + = , . @ _ -; shorten or rename it',
        '[module/access] permissionsBoundaryArn: got "boundary"; allowed: the ARN of a managed policy; copy it from the policy\'s page',
        `[module/access] managedPolicyArns: got ${JSON.stringify([data, data, "Core"])}; allowed: each managed policy once; remove the second one`,
        `[module/access] managedPolicyArns[2]: got "Core"; allowed: the ARN of a managed policy; copy it from the policy's page`,
        '[module/access] onlyThroughVpcs: got ["vpc-1","vpc-1"]; allowed: each once; remove the second one',
        '[module/access] onlyThroughVpcs[0]: got "vpc-1"; allowed: a VPC id such as vpc-0123456789abcdef0; copy it from the VPC\'s page',
        '[module/access] onlyThroughVpcs[1]: got "vpc-1"; allowed: a VPC id such as vpc-0123456789abcdef0; copy it from the VPC\'s page',
      ].join("\n"),
    ),
  );
  expect(() => access({ roleName: "x".repeat(64), instanceProfileName: "x".repeat(128) })).not.toThrow();
  expect(() => access({ instanceProfileName: "x".repeat(129) })).toThrow(/1 to 128 letters/);
});

test("ways out are refused with their names, and where one is there already", () => {
  const [cidr, description] = ["10.1.0.0/24", "x"];
  expect(() =>
    access({
      egress: {
        none: { ports: 0, description: "" },
        both: { cidr: "hello", prefixListId: "pl-63a5400a", ports: 70000, description },
        one: { cidr, ports: 1, description },
        two: { cidr, ports: 1, description: "y" },
      },
    }),
  ).toThrow(
    new Error(
      [
        "[module/access] egress.none.ports: got 0; allowed: a port from 1 to 65535, or { from, to } in that order; name the ports the service listens on",
        '[module/access] egress.none.description: got ""; allowed: 1 to 255 characters: letters, digits, blanks and . _ - : / ( ) # , @ [ ] + = & ; { } ! $ *; say in plain words what the way out is for',
        '[module/access] egress.none: got {"ports":0,"description":""}; allowed: exactly one target: cidr, securityGroupId or prefixListId; write one rule per target',
        "[module/access] egress.both.ports: got 70000; allowed: a port from 1 to 65535, or { from, to } in that order; name the ports the service listens on",
        '[module/access] egress.both.cidr: got "hello"; allowed: an IPv4 block such as "10.10.0.0/23"; write four numbers from 0 to 255, a slash and the prefix length',
        '[module/access] egress.both: got {"cidr":"hello","prefixListId":"pl-63a5400a","ports":70000,"description":"x"}; allowed: exactly one target: cidr, securityGroupId or prefixListId; write one rule per target',
        '[module/access] egress.two: got {"cidr":"10.1.0.0/24","ports":1,"description":"y"}; allowed: each way out once; remove this rule: an earlier one says the same',
      ].join("\n"),
    ),
  );
});

test("variables are left to Terraform", () => {
  const stack = access({
    existingEndpointSecurityGroupIds: unresolvedList("var.groups"),
    endpointNetworks: [unresolved("var.network"), "10.1.0.0/24"],
    roleName: unresolved("var.role"),
    instanceProfileName: unresolved("var.profile"),
    permissionsBoundaryArn: unresolved("var.boundary"),
    managedPolicyArns: [unresolved("var.policy")],
    egress: {
      db: {
        cidr: unresolved("var.cidr"),
        ports: unresolvedNumber("var.port"),
        description: unresolved("var.why"),
      },
      web: {
        securityGroupId: unresolved("var.group"),
        ports: { from: unresolvedNumber("var.from"), to: 90 },
        description: "x",
      },
    },
  });
  const rules = Object.values(stack.resources("aws_vpc_security_group_egress_rule"));
  expect(rules.map((rule) => rule.cidr_ipv4 ?? rule.referenced_security_group_id)).toEqual(
    expect.arrayContaining(["${var.network}", "10.1.0.0/24", "${var.cidr}", "${var.group}"]),
  );
});

test("a role's own policies are no longer together than IAM takes them", () => {
  const vpcs = (count: number) =>
    Array.from({ length: count }, (_, index) => `vpc-${String(index).padStart(17, "0")}`);
  expect(access({ onlyThroughVpcs: vpcs(380) }).only("aws_iam_role_policy").policy).toContain(
    "vpc-00000000000000379",
  );
  expect(() => access({ onlyThroughVpcs: vpcs(450) })).toThrow(
    /^\[module\/access\] onlyThroughVpcs: got 450; allowed: as many VPCs as the 10240 characters of a role's own policies hold: with these there may be 1\d{4}; leave some out$/,
  );
});
