import { differences } from "../../scripts/json-differences";

test.each([
  ["nothing, whatever the order of keys", { a: 1, b: [{ c: 2 }] }, { b: [{ c: 2 }], a: 1 }, []],
  ["a value, deep inside", { a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: "2" }] } }, ['a.b.1.c: 2 -> "2"']],
  ["a key that one lacks", { a: 1 }, { b: null }, ["a: 1 -> nothing", "b: nothing -> null"]],
  ["lists of two lengths, as a whole", { a: [1] }, { a: [1, 2] }, ["a: [1] -> [1,2]"]],
  ["the order of a list", { a: [1, 2] }, { a: [2, 1] }, ["a.0: 1 -> 2", "a.1: 2 -> 1"]],
  ["kinds", { a: [] }, { a: {} }, ["a: [] -> {}"]],
  ["all of it", undefined, { a: 1 }, [': nothing -> {"a":1}']],
])("tells %s", (_, before, after, expected) => {
  const told = differences(before, after).map((one) => `${one.path}: ${one.before} -> ${one.after}`);
  expect(told).toEqual(expected);
});
