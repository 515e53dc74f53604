import { type App, TerraformStack } from "cdktf";
import { invokeAspects } from "cdktf/lib/synthesize/synthesizer";
import { EnvironmentStack } from "./environment-stack";
import { InstancesStack } from "./instances-stack";
import { NetworkingStack } from "./networking-stack";
import { SessionsStack } from "./sessions-stack";
import type { EnvironmentSettings } from "./settings/environment";

/** An aspect that adds something at every visit would never come to an end. */
const MAX_ROUNDS = 3;

/** Adds the stacks of one environment, in the order they are deployed. */
export function addStacks(app: App, settings: EnvironmentSettings): void {
  const networking = new NetworkingStack(app, settings);
  const sessions = settings.sessions === undefined ? undefined : new SessionsStack(app, settings);
  new InstancesStack(app, settings, networking, sessions);
}

/**
 * Adds the stacks of one environment, and says what a construct refuses of it: some bounds show only there, such as the size of
 * a policy. Anything else that is thrown is a fault of the code.
 */
export function refusedStacks(app: App, settings: EnvironmentSettings): string[] {
  try {
    addStacks(app, settings);
    return [];
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith(`[${settings.name}-`))) {
      throw error;
    }
    return error.message.split("\n").map((line) => `environments/${settings.name}.ts: ${line}`);
  }
}

/**
 * What is wrong with any stack, found before the first is written: an earlier output stays whole. What CDKTF would do
 * to the stacks while writing is done before, so that nothing escapes the checks, and just what was judged is written.
 */
export function stackProblems(app: App): string[] {
  const stacks = app.node.findAll().filter(TerraformStack.isStack);
  // Other aspects are to see what one adds. What refers to another stack adds elements to both when it is prepared.
  let before: number;
  let rounds = 0;
  do {
    before = app.node.findAll().length;
    stacks.forEach(invokeAspects);
    stacks.forEach((stack) => stack.prepareStack());
    rounds += 1;
  } while (app.node.findAll().length > before && rounds < MAX_ROUNDS);
  stacks.filter((stack) => stack instanceof EnvironmentStack).forEach((stack) => stack.settle());
  return app.node
    .findAll()
    .flatMap((construct) =>
      construct.node.validate().map((message) => `[${construct.node.path}] ${message}`),
    );
}
