import { join } from "node:path";
import { addStacks } from "../../stacks";
import { loadEnvironments } from "../../stacks/settings/load";
import { type StackJson, synth } from "./synth";

/** The project's own environments, as they are deployed. */
export function ownStacks(): Record<string, StackJson> {
  const { environments, problems } = loadEnvironments(join(__dirname, "../../environments"));
  expect(problems).toEqual([]);
  return synth((app) => environments.forEach((environment) => addStacks(app, environment))).stacks;
}
