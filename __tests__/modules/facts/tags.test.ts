import { tagKeyProblem, tagValueProblem, twinKey, valueOfTag } from "../../../modules/facts/tags";

test.each(["Team", "cost:center", "a/b=c+d-e@f", "Größe", "x".repeat(128)])("key %s is good", (key) => {
  expect(tagKeyProblem(key)).toBeUndefined();
});

test.each(["", "aws:name", "AWS:Name", "x".repeat(129), "a\nb", "a$b", "a{b}"])(
  "key %j is refused",
  (key) => {
    expect(tagKeyProblem(key)).toMatch(/allowed: keys/);
  },
);

test("values have their own limits", () => {
  expect(tagValueProblem("")).toBeUndefined();
  expect(tagValueProblem("x".repeat(256))).toBeUndefined();
  expect(tagValueProblem("x".repeat(257))).toMatch(/up to 256/);
  expect(tagValueProblem("${var.x}")).toMatch(/allowed: values/);
});

test("twinKey finds what IAM takes for the same key", () => {
  expect(twinKey(["Team", "Cost", "team"])).toBe("team");
  expect(twinKey(["Team", "Cost"])).toBeUndefined();
});

test("a tag is found in whatever case its key is written", () => {
  expect(valueOfTag({ Team: "data", sessionACCESS: "dev" }, "SessionAccess")).toBe("dev");
  expect(valueOfTag({ Session: "dev" }, "SessionAccess")).toBeUndefined();
});
