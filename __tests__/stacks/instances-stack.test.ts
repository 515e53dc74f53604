import type { Environment } from "../../stacks/settings/environment";
import { rankZones } from "../../stacks/placement";
import { MINIMAL, synthEnvironment } from "../support/synth";

const stack = (instances: Environment["instances"], changes: object = {}) =>
  synthEnvironment({ ...MINIMAL, ...changes, instances }).instances;

const OUTPUTS = "data.terraform_remote_state.test-networking.outputs";

const entry = (output: string, key: string): string => `try(${OUTPUTS}.${output}["${key}"], "")`;

test("one instance and what lets it be reached, and nothing else", () => {
  expect(stack({ web: {} }).inventory()).toEqual({
    aws_iam_role: 1,
    aws_iam_policy: 1,
    aws_iam_role_policy: 1,
    aws_iam_role_policy_attachment: 1,
    aws_iam_instance_profile: 1,
    aws_security_group: 1,
    aws_vpc_security_group_egress_rule: 1,
    aws_instance: 1,
    terraform_data: 1,
  });
});

test("a second instance shares all but itself", () => {
  expect(stack({ web: {}, db: {} }).inventory()).toMatchObject({
    aws_iam_role: 1,
    aws_security_group: 1,
    aws_instance: 2,
  });
});

test("an environment may have no instance yet", () => {
  const empty = stack({});
  expect(empty.inventory()).not.toHaveProperty("aws_instance");
  expect(empty.json.output.instance_ids.value).toEqual({});
});

test("instances are addressed and published by their names", () => {
  const two = stack({ web: {}, "db-1": {} });
  expect(Object.keys(two.resources("aws_instance")).sort()).toEqual(["db-1", "web"]);
  expect(two.json.output.instance_ids.value).toEqual({
    web: "${aws_instance.web.id}",
    "db-1": "${aws_instance.db-1.id}",
  });
  expect(two.resources("aws_instance").web?.tags.Name).toBe("test-web");
});

test.each(["backend", "aws", "current", "terraform", "test-networking", "instances", "outputs"])(
  "an instance may be called %s",
  (name) => {
    expect(Object.keys(stack({ [name]: {} }).resources("aws_instance"))).toEqual([name]);
  },
);

test("every output publishes what it is called after", () => {
  const { output } = stack({ web: {} }).json;
  expect(
    Object.fromEntries(
      Object.entries(output).map(([name, one]) => [name, (one as { value: unknown }).value]),
    ),
  ).toEqual({
    instance_ids: { web: "${aws_instance.web.id}" },
    private_ips: { web: "${aws_instance.web.private_ip}" },
    security_group_id: "${aws_security_group.instance_access_security-group.id}",
    role_name: "${aws_iam_role.instance_access.name}",
    role_arn: "${aws_iam_role.instance_access.arn}",
    instance_profile_name: "${aws_iam_instance_profile.instance_access_profile.name}",
    instance_profile_arn: "${aws_iam_instance_profile.instance_access_profile.arn}",
  });
});

test("what is read of the network comes through the contract", () => {
  const { aws_security_group } = stack({ web: {} }).json.resource;
  expect(aws_security_group["instance_access_security-group"].vpc_id).toBe(`\${${OUTPUTS}.vpc_id}`);
  const rule = stack({ web: {} }).only("aws_vpc_security_group_egress_rule");
  expect(rule.referenced_security_group_id).toBe(`\${${OUTPUTS}.endpoint_security_group_id}`);
});

test("the way to S3 follows the gateway", () => {
  const rules = (s3Gateway: boolean) =>
    Object.values(
      stack({ web: {} }, { network: { endpoints: { s3Gateway } } }).resources(
        "aws_vpc_security_group_egress_rule",
      ),
    ).map((rule) => rule.prefix_list_id);
  expect(rules(false)).toEqual([undefined]);
  expect(rules(true)).toEqual([undefined, `\${${OUTPUTS}.s3_prefix_list_id}`]);
});

test("iam settings reach role and profile", () => {
  const boundary = "arn:aws:iam::111122223333:policy/boundary";
  const policy = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy";
  const set = stack(
    { web: {} },
    {
      iam: {
        roleName: "R",
        instanceProfileName: "P",
        permissionsBoundaryArn: boundary,
        managedPolicyArns: [policy],
      },
    },
  );
  expect(set.only("aws_iam_role")).toMatchObject({ name: "R", permissions_boundary: boundary });
  expect(set.only("aws_iam_instance_profile").name).toBe("P");
  expect(
    Object.values(set.resources("aws_iam_role_policy_attachment")).map((one) => one.policy_arn),
  ).toContain(policy);
});

test("credentials are bound to the agent's services where an instance has further ways, and to all elsewhere", () => {
  const bound = (web: object, changes: object = {}): unknown => {
    const policies = stack({ web }, changes).resources("aws_iam_role_policy");
    const policy = policies["instance_access_only-through-vpcs"]?.policy;
    return policy === undefined ? undefined : JSON.parse(policy).Statement[0].Action;
  };
  const egress = [{ cidr: "10.20.0.0/16", ports: 5432, description: "a database" }];
  const forward = { db: { host: "db.internal", port: 5432, cidr: "10.20.0.0/16" } };
  const agent = ["ssm:*", "ssmmessages:*"];
  expect(bound({})).toBe("*");
  // The agent's own connections, which nobody signs.
  expect(bound({}, { sessions: { forward } })).toBe("*");
  expect(bound({ egress })).toEqual(agent);
  expect(bound({ securityGroupIds: ["sg-0123456789abcdef0"] })).toEqual(agent);
  expect(bound({ image: "al2", egress })).toEqual([...agent, "ec2messages:*"]);
  expect(bound({}, { iam: { onlyThroughVpcs: false } })).toBeUndefined();
});

describe("placement", () => {
  const subnet = (instances: Environment["instances"], changes: object = {}) =>
    stack(instances, changes).only("aws_instance").subnet_id as string;

  test("a stated zone does what it says", () => {
    const placed = subnet({ web: { zone: "zone-2" } });
    expect(placed).toContain(`matchkeys(compact([${entry("subnet_ids", "zone-2")}]), `);
    expect(placed).not.toContain("zone-1");
    expect(stack({ web: { zone: "zone-2" } }).only("aws_instance").lifecycle.ignore_changes).not.toContain(
      "subnet_id",
    );
  });

  test("a calculated one is the name's first choice among the zones that offer the type, and never moves", () => {
    const [first, second] = rankZones("web", ["zone-1", "zone-2"]);
    const ranked = (output: string): string =>
      [first, second].map((zone) => entry(output, `${zone}`)).join(", ");
    expect(subnet({ web: {} })).toBe(
      `\${element(concat(matchkeys(compact([${ranked("subnet_ids")}]), compact([${ranked("availability_zones")}]), ` +
        'data.aws_ec2_instance_type_offerings.instance_type_offerings_t3-nano.locations), [""]), 0)}',
    );
    expect(stack({ web: {} }).only("aws_instance").lifecycle.ignore_changes).toContain("subnet_id");
  });

  test("a type that no zone offers is refused at plan, once for all instances of the type", () => {
    const two = stack({ a: {}, b: {}, c: { zone: "zone-1" }, d: { instanceType: "t3.micro" } });
    const offerings = Object.values(two.data("aws_ec2_instance_type_offerings"));
    for (const { condition } of offerings.flatMap(({ lifecycle }) => lifecycle.postcondition)) {
      expect(condition).toMatch(/^\$\{\(length\(setintersection\(self\.locations, .* >= 1\)\}$/);
    }
    const conditions = offerings.map(({ lifecycle }) =>
      lifecycle.postcondition.map((one: { error_message: string }) => one.error_message),
    );
    expect(conditions).toEqual([
      [
        expect.stringMatching(
          /^t3\.micro is not offered in .*\(zone-1, zone-2\): choose another instanceType, or more zones\.$/,
        ),
      ],
      [
        expect.stringMatching(/^t3\.nano is not offered in .*\(zone-1, zone-2\)/),
        expect.stringMatching(
          /^t3\.nano is not offered in .*\(zone-1\): choose another instanceType or zone\.$/,
        ),
      ],
    ]);
  });

  test("names spread over the zones, and most stay when one is added", () => {
    const names = Array.from({ length: 3000 }, (_, index) => `web-${index}`);
    const three = names.map((name) => rankZones(name, ["zone-1", "zone-2", "zone-3"])[0]);
    for (const zone of ["zone-1", "zone-2", "zone-3"]) {
      const share = three.filter((one) => one === zone).length;
      expect(share).toBeGreaterThan(900);
      expect(share).toBeLessThan(1100);
    }
    const four = names.map((name) => rankZones(name, ["zone-1", "zone-2", "zone-3", "zone-4"])[0]);
    four.forEach((zone, index) => expect([three[index], "zone-4"]).toContain(zone));
    expect(rankZones("web", ["b", "a"])).toEqual(rankZones("web", ["a", "b"]));
  });
});

describe("the user of sessions", () => {
  const made = (sessions: Environment["sessions"], web: object = {}) => {
    const { user_data, lifecycle } = synthEnvironment({
      ...MINIMAL,
      sessions,
      instances: { web },
    }).instances.only("aws_instance");
    return {
      user: /useradd/.test(user_data),
      keeps: (lifecycle.ignore_changes as string[]).includes("user_data"),
    };
  };

  test.each<[string, Environment["sessions"], object, boolean, boolean]>([
    ["nobody, and as ever, where sessions never were recorded", undefined, {}, false, false],
    ["ours, where they are", {}, {}, true, true],
    ["ours, by name", { runAsUser: "ssm-user" }, {}, true, true],
    ["whom the image brings", { runAsUser: "ops" }, {}, false, true],
    ["whoever is there, where recording is switched off", false, {}, false, true],
    [
      "nobody on Windows",
      {},
      {
        image: { parameter: "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base" },
        rootVolume: { sizeGiB: 30 },
        acceptUnrecorded: true,
      },
      false,
      true,
    ],
  ])("is %s", (_, sessions, web, user, keeps) => {
    expect(made(sessions, web)).toEqual({ user, keeps });
  });
});
