import { checked, checkedEach, checkedOptional, form, wholeNumbers } from "../../../modules/facts/bound";
import { ARCHIVE_BUCKET } from "../../../modules/facts/archive";
import { AMI_ID, PREFIX_LIST_ID } from "../../../modules/facts/ec2-ids";
import { EMAIL } from "../../../modules/facts/email";

const DAYS = wholeNumbers("a whole number of days", [1, 7], "choose one of a week");
const WORD = form(/^[a-z]+$/, "a word", "write one");

test.each([1, 7])("%p is in the range", (value) => {
  expect(DAYS.problem(value)).toBeUndefined();
});

test.each([0, 8, 1.5, NaN, Infinity])("%p is not", (value) => {
  expect(DAYS.problem(value)).toBe("allowed: a whole number of days from 1 to 7; choose one of a week");
});

test("a range without an end has no end in its words", () => {
  const { allowed, problem } = wholeNumbers("a whole number of days", [1, Infinity], "");
  expect(allowed).toBe("a whole number of days from 1");
  expect(problem(Number.MAX_SAFE_INTEGER)).toBeUndefined();
});

test("a prop is checked; one that may be left out, where it is given", () => {
  expect(checked("word", undefined, WORD).problem).toBe("allowed: a word; give one");
  expect(checkedOptional("word", undefined, WORD).problem).toBeUndefined();
  expect(checkedOptional("word", "1", WORD).problem).toBe("allowed: a word; write one");
  expect(checkedEach("words", [undefined as unknown as string], WORD)[0]?.problem).toBe(
    "allowed: a word; give one",
  );
  expect(checked("word", "ab", WORD)).toEqual({ prop: "word", given: "ab", problem: undefined });
  expect(checkedEach("words", ["ab", "1"], WORD)).toEqual([
    { prop: "words[0]", given: "ab", problem: undefined },
    { prop: "words[1]", given: "1", problem: "allowed: a word; write one" },
  ]);
});

test.each([
  ["an AMI id such as ami-0123456789abcdef0", AMI_ID],
  ["a prefix list id such as pl-63a5400a", PREFIX_LIST_ID],
])("ids are %s", (allowed, id) => {
  expect(id.problem(allowed.split(" ").pop() as string)).toBeUndefined();
  expect(id.allowed).toBe(allowed);
});

test.each(["abc", "a.b", `a${"x".repeat(61)}b`])("%s is the name of a bucket", (name) => {
  expect(ARCHIVE_BUCKET.problem(name)).toBeUndefined();
});

test.each(["ab", "a..b", "192.168.5.4", "-ab", `a${"x".repeat(62)}b`])("%s is none", (name) => {
  expect(ARCHIVE_BUCKET.problem(name)).toMatch(/3 to 63 lower-case letters/);
});

test("an e-mail address has up to 254 characters", () => {
  expect(EMAIL.problem(`${"x".repeat(249)}@b.de`)).toBeUndefined();
  expect(EMAIL.problem(`${"x".repeat(250)}@b.de`)).toMatch(/an e-mail address/);
});
