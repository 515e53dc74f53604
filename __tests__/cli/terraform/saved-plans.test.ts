import { digestRead, outputsRead } from "../../../cli/terraform/saved-plans";

/** The JSON of a stack that has these expressions. */
function json(...expressions: string[]): string {
  return JSON.stringify({ resource: { terraform_data: { one: { input: expressions } } } });
}

test("the outputs that a stack reads are those its expressions name", () => {
  const reading = json(
    "${data.terraform_remote_state.dev-net.outputs.vpc_id}",
    '${try(data.terraform_remote_state.dev-net.outputs.subnet_ids["zone-1"], "")}',
    '${data.terraform_remote_state.dev-net.outputs["key-arn"]}',
    "${data.terraform_remote_state.dev-networking.outputs.other}",
  );
  expect(outputsRead(reading, "dev-net")).toEqual(["key-arn", "subnet_ids", "vpc_id"]);
  expect(outputsRead(reading, "dev-sessions")).toEqual([]);
});

test("who reads outputs without a name reads them all", () => {
  const reading = json(
    "${data.terraform_remote_state.dev-net.outputs.a}",
    "${keys(data.terraform_remote_state.dev-net.outputs)}",
  );
  expect(outputsRead(reading, "dev-net")).toBeUndefined();
  expect(digestRead(reading, "dev-net", { a: 1, b: 1 })).not.toBe(
    digestRead(reading, "dev-net", { a: 1, b: 2 }),
  );
});

test("a digest changes with what is read, and with nothing else", () => {
  const reading = json("${data.terraform_remote_state.dev-net.outputs.a}");
  const digest = digestRead(reading, "dev-net", { a: { one: "1" }, b: "1" });
  expect(digestRead(reading, "dev-net", { b: "2", a: { one: "1" } })).toBe(digest);
  expect(digestRead(reading, "dev-net", { a: { one: "2" }, b: "1" })).not.toBe(digest);
  expect(digestRead(reading, "dev-net", undefined)).not.toBe(digest);
});
