import { changeLines, countsText, readChanges } from "../../../cli/terraform/plan-changes";

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
