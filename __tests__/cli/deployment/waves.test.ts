import { waves } from "../../../cli/deployment/waves";
import { plainStack } from "../../support/plain-stack";

const stack = (name: string, ...dependencies: string[]) => ({
  ...plainStack(name, "/nowhere", ""),
  dependencies,
});

test("what does not depend on each other goes side by side, and what depends on a group comes behind it", () => {
  const stacks = [
    stack("a-networking"),
    stack("a-sessions"),
    stack("a-instances", "a-networking", "a-sessions"),
    stack("a-more", "a-instances"),
    stack("a-alone"),
  ];
  expect(waves(stacks).map((wave) => wave.map(({ name }) => name))).toEqual([
    ["a-networking", "a-sessions", "a-alone"],
    ["a-instances"],
    ["a-more"],
  ]);
});
