import { changeLines, countsText, readChanges, readCreations } from "../../../cli/terraform/plan-changes";

/** A plan of one resource. */
function plan(change: object, rest: object = {}): string {
  return JSON.stringify({
    terraform_version: "1.11.4",
    resource_changes: [{ address: "aws_instance.web", mode: "managed", ...rest, change }],
  });
}

test.each([
  [
    { actions: ["create"], before: null, after: {} },
    {},
    "1 to add, 0 to change, 0 to destroy",
    "+ aws_instance.web",
  ],
  [
    { actions: ["delete"], before: {}, after: null },
    {},
    "0 to add, 0 to change, 1 to destroy",
    "- aws_instance.web",
  ],
  [
    {
      actions: ["update"],
      before: { tags: { a: "1" }, monitoring: false, ami: "ami-1" },
      after: { tags: { a: "2" }, monitoring: true, ami: "ami-1" },
      after_unknown: { public_dns: true, tags: {} },
    },
    {},
    "0 to add, 1 to change, 0 to destroy",
    "~ aws_instance.web (tags, monitoring, public_dns)",
  ],
  [
    {
      actions: ["delete", "create"],
      replace_paths: [["ami"], ["root_block_device", 0, "volume_size"]],
    },
    {},
    "1 to add, 0 to change, 1 to destroy",
    "-/+ aws_instance.web (ami, root_block_device.0.volume_size forces it)",
  ],
  [
    { actions: ["create", "delete"] },
    { action_reason: "replace_because_tainted" },
    "1 to add, 0 to change, 1 to destroy",
    "+/- aws_instance.web (replace because tainted)",
  ],
  [{ actions: ["forget"] }, {}, "0 to add, 0 to change, 0 to destroy, 1 to forget", ". aws_instance.web"],
  [
    { actions: ["no-op"], importing: { id: "i-1" } },
    {},
    "1 to import, 0 to add, 0 to change, 0 to destroy",
    " aws_instance.web (import)",
  ],
  [
    { actions: ["no-op"] },
    { previous_address: "aws_instance.old" },
    "0 to add, 0 to change, 0 to destroy",
    " aws_instance.web (was aws_instance.old)",
  ],
])("%j is told as Terraform tells it", (change, rest, counts, line) => {
  const changes = readChanges(plan(change, rest));
  expect(countsText(changes)).toBe(counts);
  expect(changeLines(changes)).toEqual([line]);
});

test("what is only read, and what stays, has no line", () => {
  expect(changeLines(readChanges(plan({ actions: ["no-op"] })))).toEqual([]);
  expect(changeLines(readChanges(plan({ actions: ["read"] }, { mode: "data" })))).toEqual([]);
});

test("outputs and drift are named, without values", () => {
  const changes = readChanges(
    JSON.stringify({
      terraform_version: "1.11.4",
      output_changes: {
        same: { actions: ["no-op"], before: "s3cret", after: "s3cret", after_unknown: false },
        later: { actions: ["no-op"], after_unknown: true },
        gone: { actions: ["delete"], before: "s3cret", after: null, after_unknown: false },
      },
      resource_changes: [
        {
          address: "aws_vpc.network",
          change: { actions: ["update"], before: { tags: "s3cret" }, after: {} },
        },
      ],
      resource_drift: [
        {
          address: "aws_vpc.network",
          change: { actions: ["update"], before: { tags: "s3cret" }, after: {} },
        },
        {
          address: "aws_subnet.stays",
          change: { actions: ["update"], before: {}, after: { arn: "s3cret" } },
        },
      ],
    }),
  );
  expect(changeLines(changes)).toEqual([
    "~ aws_vpc.network (tags)",
    "outputs: later, gone",
    "changed without Terraform: aws_vpc.network",
  ]);
  expect(JSON.stringify(changes)).not.toContain("s3cret");
});

describe("what plan -json says", () => {
  const stream = (...messages: object[]): string =>
    [{ type: "version", terraform: "1.11.4" }, ...messages]
      .map((message) => JSON.stringify({ "@message": "", ...message }))
      .join("\n");
  const planned = (addr: string, action = "create"): object => ({
    type: "planned_change",
    change: { action, resource: { addr } },
  });
  const OUTPUTS = { type: "outputs", outputs: { vpc_id: { action: "create" } } };
  const NOTHING = { import: 0, add: 0, change: 0, destroy: 0, forget: 0 };

  test("is enough for a plan that creates alone, and for one that changes nothing", () => {
    expect(readCreations(stream(planned("aws_vpc.network"), OUTPUTS), true)).toEqual({
      terraformVersion: "1.11.4",
      counts: { ...NOTHING, add: 1 },
      resources: [{ address: "aws_vpc.network", mark: "+" }],
      outputs: ["vpc_id"],
      drift: [],
    });
    expect(readCreations(stream(OUTPUTS), false)).toEqual({
      terraformVersion: "1.11.4",
      counts: NOTHING,
      resources: [],
      outputs: [],
      drift: [],
    });
  });

  test.each([
    ["something is replaced", stream(planned("aws_vpc.network"), planned("aws_subnet.a", "replace"))],
    ["only outputs change", stream(OUTPUTS)],
    ["Terraform speaks in words", "Terraform used the selected providers to generate ..."],
  ])("is not enough where %s", (_case, said) => {
    expect(readCreations(said, true)).toBeUndefined();
  });
});
