import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Aspects, DataResource, type TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";
import { addStacks, stackProblems } from "../../stacks";
import { MINIMAL, settingsOf } from "../support/synth";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "settled-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Judges and writes an environment as main.ts does, with an aspect on its instances' stack. */
function written(visit: (stack: TerraformStack, element: IConstruct) => void) {
  const app = new App({ outdir: folder, skipValidation: true });
  addStacks(app, settingsOf(MINIMAL));
  const stack = app.node.findChild("test-instances") as TerraformStack;
  Aspects.of(stack).add({ visit: (element) => visit(stack, element) });
  expect(stackProblems(app)).toEqual([]);
  app.synth();
  const read = (name: string) =>
    JSON.parse(readFileSync(join(folder, "stacks", name, "cdk.tf.json"), "utf8")) as Record<string, never>;
  return { instances: read("test-instances"), networking: read("test-networking") };
}

test("what an aspect does only after the rules have judged is not written", () => {
  let judged = false;
  const { instances } = written((stack, element) => {
    if (element === stack) {
      stack.addOverride("locals.visit", judged ? "unjudged" : "judged");
    }
    stack.node.addValidation({
      validate: () => {
        judged = true;
        return [];
      },
    });
  });
  expect(instances).toMatchObject({ locals: { visit: "judged" } });
});

test("what an aspect adds is written, and what it refers to in another stack is read from there", () => {
  const { instances, networking } = written((stack, element) => {
    if (element === stack && stack.node.tryFindChild("added") === undefined) {
      const other = stack.node.root.node.findChild("test-networking");
      const beside = new DataResource(other, "beside", { input: { x: "x" } });
      new DataResource(stack, "added", { input: { x: beside.output } });
    }
  });
  expect(JSON.stringify(instances)).toContain('"x":"${data.terraform_remote_state.');
  expect(JSON.stringify(networking)).toContain('"cross-stack-output-terraform_data');
});

test("an aspect that would add without end is left after some rounds", () => {
  let count = 0;
  const { instances } = written((stack, element) => {
    if (element === stack) {
      new DataResource(stack, `added-${count++}`, { input: { x: "x" } });
    }
  });
  expect(instances).toHaveProperty("resource.terraform_data.added-0");
});
