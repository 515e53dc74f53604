import { coverage } from "../../../modules/rules/coverage";
import { JsonGraph } from "../../../modules/rules/json-graph";

type Blocks = Record<string, Record<string, Record<string, unknown>>>;

/** What of a stranger's resources is covered, when a stack of ours is guarded. */
function covered(ours: Blocks, theirs: Blocks, guarded = ["ours"]): string[] {
  const types = Object.keys(ours);
  const output = Object.fromEntries(types.map((type) => [type, { value: `\${${type}.x.id}` }]));
  const graph = new JsonGraph({ ours: { resource: ours, output }, theirs: { resource: theirs } });
  return [...coverage(graph, guarded)]
    .filter(({ stack }) => stack === "theirs")
    .map(({ address }) => address)
    .sort();
}

const ref = (type: string): string => `\${data.terraform_remote_state.ours.outputs.${type}}`;

test.each([
  ["vpc_id", "aws_vpc"],
  ["subnet_id", "aws_subnet"],
  ["subnet_ids", "aws_subnet"],
  ["route_table_id", "aws_route_table"],
  ["route_table_id", "aws_default_route_table"],
  ["route_table_id", "aws_vpc"],
  ["default_route_table_id", "aws_vpc"],
  ["default_network_acl_id", "aws_vpc"],
  ["security_group_id", "aws_security_group"],
  ["security_group_id", "aws_default_security_group"],
  ["vpc_endpoint_id", "aws_vpc_endpoint"],
  ["instance", "aws_instance"],
  ["instance_id", "aws_instance"],
  ["network_interface", "aws_network_interface"],
  ["network_interface", "aws_instance"],
  ["network_interface_id", "aws_network_interface"],
  ["network_interface_id", "aws_instance"],
  ["role", "aws_iam_role"],
  ["key_id", "aws_kms_key"],
  ["bucket", "aws_s3_bucket"],
  ["arn", "aws_sns_topic"],
])("a resource whose %s is our %s is covered", (argument, type) => {
  expect(covered({ [type]: { x: {} } }, { aws_thing: { x: { [argument]: [ref(type)] } } })).toEqual([
    "aws_thing.x",
  ]);
  expect(covered({ [type]: { x: {} } }, { aws_thing: { x: { other_argument: ref(type) } } })).toEqual([]);
  expect(
    covered(
      { aws_elsewhere: { x: {} } },
      { [type]: { x: {} }, aws_thing: { x: { [argument]: `\${${type}.x.id}` } } },
    ),
  ).toEqual([]);
});

test.each([
  ["vpc_security_group_ids", "aws_security_group"],
  ["security_groups", "aws_security_group"],
  ["iam_instance_profile", "aws_iam_instance_profile"],
])("an instance whose %s is our %s is covered", (argument, type) => {
  expect(covered({ [type]: { x: {} } }, { aws_instance: { x: { [argument]: ref(type) } } })).toEqual([
    "aws_instance.x",
  ]);
  expect(covered({ [type]: { x: {} } }, { aws_thing: { x: { [argument]: ref(type) } } })).toEqual([]);
});

test.each([
  ["aws_instance", "vpc_security_group_ids", "aws_security_group"],
  ["aws_instance", "vpc_security_group_ids", "aws_default_security_group"],
  ["aws_instance", "security_groups", "aws_security_group"],
  ["aws_instance", "security_groups", "aws_default_security_group"],
  ["aws_instance", "iam_instance_profile", "aws_iam_instance_profile"],
  ["aws_iam_instance_profile", "role", "aws_iam_role"],
  ["aws_vpc_endpoint", "security_group_ids", "aws_security_group"],
  ["aws_vpc_endpoint", "security_group_ids", "aws_default_security_group"],
  ["aws_iam_role_policy_attachment", "policy_arn", "aws_iam_policy"],
  ["aws_route_table_association", "route_table_id", "aws_route_table"],
  ["aws_volume_attachment", "volume_id", "aws_ebs_volume"],
])("our %s takes along the %s that is a stranger's %s", (type, argument, taken) => {
  const build = (holder: string): string[] => {
    const graph = new JsonGraph({
      ours: {
        resource: { [holder]: { x: { [argument]: "${data.terraform_remote_state.theirs.outputs.x}" } } },
      },
      theirs: { resource: { [taken]: { x: {} } }, output: { x: { value: `\${${taken}.x.id}` } } },
    });
    return [...coverage(graph, ["ours"])].map(({ address }) => address);
  };
  expect(build(type)).toEqual([`${type}.x`, `${taken}.x`]);
  expect(build("aws_other")).toEqual(["aws_other.x"]);
});

test("what is below a guarded path is covered, what only begins alike is not", () => {
  const at = (path: string) => ({ "//": { metadata: { path } } });
  const resource = {
    aws_thing: { a: at("app/web"), b: at("app/web/volume"), c: at("app/website"), d: at("app") },
  };
  const graph = new JsonGraph({ app: { resource, data: { aws_thing: { e: at("app/web/lookup") } } } });
  expect([...coverage(graph, ["app/web"])].map(({ address }) => address)).toEqual([
    "aws_thing.a",
    "aws_thing.b",
  ]);
});

test("what attaches to what attaches is covered too", () => {
  expect(
    covered(
      { aws_vpc: { x: {} } },
      {
        aws_subnet: { s: { vpc_id: ref("aws_vpc") } },
        aws_instance: { i: { subnet_id: "${aws_subnet.s.id}" } },
        aws_eip: { e: { instance: "${aws_instance.i.id}" } },
      },
    ),
  ).toEqual(["aws_eip.e", "aws_instance.i", "aws_subnet.s"]);
});
