import { lossText, readLosses } from "../../../cli/terraform/losses";

interface Change {
  readonly actions?: readonly string[];
  readonly before?: object;
  readonly after?: object;
  readonly after_unknown?: object;
  readonly before_sensitive?: object;
  readonly replace_paths?: readonly (readonly string[])[];
  readonly action_reason?: string;
}

const REPLACED = ["delete", "create"];

/** What is lost by a plan that does this to resources, by their addresses. */
function losses(changes: Readonly<Record<string, Change>>, ...subnetsInUse: string[]): string[] {
  const plan = {
    terraform_version: "1.11.4",
    resource_changes: Object.entries(changes).map(([address, { action_reason: reason, ...change }]) => ({
      address,
      type: address.split(".")[0],
      mode: "managed",
      action_reason: reason,
      change: { actions: REPLACED, before: {}, after: {}, after_unknown: {}, replace_paths: [], ...change },
    })),
  };
  return readLosses(JSON.stringify(plan), new Set(subnetsInUse)).map(lossText);
}

const VPC: Change = {
  before: { cidr_block: "10.10.0.0/23" },
  after: { cidr_block: "10.20.0.0/23" },
  replace_paths: [["cidr_block"]],
};

test("a VPC that is replaced is told with the setting that does it, and what it was and is", () => {
  expect(losses({ "aws_vpc.network": VPC })).toEqual([
    "aws_vpc.network is replaced: the whole network goes, which AWS refuses as long as an instance is in it: set it back " +
      'and destroy, to deploy anew (network.cidr was "10.10.0.0/23" and is "10.20.0.0/23")',
  ]);
});

test("the log of the watch holds no records that anybody would miss", () => {
  const gone = { actions: ["delete"] };
  expect(losses({ "aws_cloudwatch_log_group.watch_log-group": gone })).toEqual([]);
  expect(losses({ "aws_cloudwatch_log_group.logging": gone })).toHaveLength(1);
});

test("a subnet counts where it has instances, and goes by the cause of its VPC", () => {
  const subnet: Change = {
    before: { id: "subnet-1", vpc_id: "vpc-1" },
    after_unknown: { vpc_id: true },
    replace_paths: [["vpc_id"]],
  };
  expect(losses({ "aws_subnet.network_zone-1": subnet }, "subnet-2")).toEqual([]);
  expect(losses({ "aws_vpc.network": VPC, "aws_subnet.network_zone-1": subnet }, "subnet-1")[1]).toMatch(
    /^aws_subnet\.network_zone-1 is replaced: .* \(network\.cidr was "10\.10\.0\.0\/23" and is "10\.20\.0\.0\/23"\)$/,
  );
});

test.each<[string, string, Change, string]>([
  [
    "an image that the settings name",
    "aws_instance.web",
    { action_reason: "replace_by_triggers" },
    'aws_instance.web is replaced: its disk goes (instances.web.image was "/old" and is "/new")',
  ],
  [
    "user data, whose text is nobody's to see",
    "aws_instance.web",
    { before: { user_data: "a" }, after: { user_data: "b" }, replace_paths: [["user_data"]] },
    "aws_instance.web is replaced: its disk goes (instances.web.userData has changed)",
  ],
  [
    "a value that is secret",
    "aws_cloudwatch_log_group.logging",
    {
      before: { name: "a" },
      after: { name: "b" },
      before_sensitive: { name: true },
      replace_paths: [["name"]],
    },
    "aws_cloudwatch_log_group.logging is replaced: its records go (namePrefix has changed)",
  ],
  [
    "an argument that no setting is known for",
    "aws_kms_key.logging_key",
    { before: { x: 1 }, after: { x: 2 }, replace_paths: [["x"]] },
    "aws_kms_key.logging_key is replaced: what it has encrypted, recordings included, can be read no more (x was 1 and is 2)",
  ],
  [
    "something that was not made completely",
    "aws_s3_bucket.logging_archive",
    { action_reason: "replace_because_tainted" },
    "aws_s3_bucket.logging_archive is replaced: its objects go (it was not made completely: Terraform has marked it as tainted)",
  ],
  [
    "an instance that is taken out of the settings",
    "aws_instance.web",
    { actions: ["delete"] },
    "aws_instance.web is destroyed: its disk goes (instances.web is not in the settings any more)",
  ],
  [
    "sessions that are switched off",
    "aws_ssm_document.logging_document",
    { actions: ["delete"] },
    "aws_ssm_document.logging_document is destroyed: sessions that people start with it are refused until it is there again (sessions is false)",
  ],
  [
    "root shells that are taken away",
    "aws_ssm_document.logging_root-document",
    { actions: ["delete"] },
    "aws_ssm_document.logging_root-document is destroyed: sessions that people start with it are refused until it is there again (sessions.rootShell is not in the settings any more)",
  ],
  [
    "a tunnel that is taken away",
    "aws_ssm_document.operators_forward-db",
    { actions: ["delete"] },
    "aws_ssm_document.operators_forward-db is destroyed: sessions that people start with it are refused until it is there again (sessions.forward.db is not in the settings any more)",
  ],
  [
    "flow logs that are switched off",
    "aws_cloudwatch_log_group.network_flow-logs_log-group",
    { actions: ["delete"] },
    "aws_cloudwatch_log_group.network_flow-logs_log-group is destroyed: its records go (network.flowLogs is not in the settings any more)",
  ],
])("names %s", (_what, address, change, text) => {
  const image: Change = {
    actions: ["update"],
    before: { input: { image: "/old" } },
    after: { input: { image: "/new" } },
  };
  expect(losses({ [address]: change, "terraform_data.web_image": image })).toEqual([text]);
});

type Changes = Record<string, [before: object, after: object]>;

test.each<[string, Changes, string]>([
  ["user data where sessions are recorded", { "user-data": [{}, {}] }, "instances.web.userData has changed"],
  [
    "metadata that is for root only",
    { image: [{ image: "/i" }, { image: "/i", metadataForRootOnly: true }] },
    "instances.web.metadataForRootOnly was false and is true",
  ],
  [
    "several of them",
    { image: [{ image: "/i" }, { image: "/j" }], "user-data": [{}, {}] },
    'instances.web.image was "/i" and is "/j"; instances.web.userData has changed',
  ],
  [
    "another architecture",
    {
      image: [
        { image: "/i", architecture: "a" },
        { image: "/i", architecture: "b" },
      ],
    },
    "instances.web.image or instanceType asks for another image",
  ],
])("names %s, which stands beside the instance", (_what, changes, cause) => {
  const beside = Object.entries(changes).map(([what, [before, after]]): [string, Change] => [
    `terraform_data.web_${what}`,
    { actions: ["update"], before: { input: before }, after: { input: after } },
  ]);
  expect(
    losses({ "aws_instance.web": { action_reason: "replace_by_triggers" }, ...Object.fromEntries(beside) }),
  ).toEqual([`aws_instance.web is replaced: its disk goes (${cause})`]);
});

test("an instance that goes as others come may be one of them, and it is said how to say so", () => {
  const gone = { actions: ["delete"] };
  const come = { actions: ["create"] };
  const said = (name: string): string =>
    "aws_instance.web is destroyed: its disk goes (instances.web is not in the settings any more; " +
    `if it is ${name} now, write renamedFrom: "web" there, and it keeps its disk)`;
  expect(losses({ "aws_instance.web": gone, "aws_instance.frontend": come })).toEqual([said("frontend")]);
  expect(
    losses({
      "aws_instance.web": gone,
      "aws_instance.a": come,
      "aws_instance.b": come,
      "aws_instance.c": {},
    }),
  ).toEqual([said("a or b"), expect.stringMatching(/^aws_instance\.c is replaced: its disk goes/) as string]);
});

test("the role and the profile of instances are told, and no other's", () => {
  const renamed: Change = { before: { name: "a" }, after: { name: "b" }, replace_paths: [["name"]] };
  const goes =
    "instances have no role until the new one is there, and their agents, once refused, stay away for up to half an hour";
  expect(
    losses({
      "aws_iam_role.instance_access": renamed,
      "aws_iam_instance_profile.instance_access_profile": renamed,
      "aws_iam_role.watch_role": renamed,
    }),
  ).toEqual([
    `aws_iam_role.instance_access is replaced: ${goes} (iam.roleName was "a" and is "b")`,
    `aws_iam_instance_profile.instance_access_profile is replaced: ${goes} (iam.instanceProfileName was "a" and is "b")`,
  ]);
});

test("what is changed in place, forgotten or of another type is no loss", () => {
  expect(
    losses({
      "aws_vpc.network": { actions: ["update"] },
      "aws_kms_key.logging_key": { actions: ["forget"] },
      "aws_instance.web": { actions: ["create"] },
      "aws_security_group.endpoints": {},
      "aws_vpc_endpoint.endpoints_ssm": { actions: ["delete"] },
    }),
  ).toEqual([]);
});
