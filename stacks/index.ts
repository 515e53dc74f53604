import { type App, TerraformStack } from "cdktf";
import { invokeAspects } from "cdktf/lib/synthesize/synthesizer";
import { InstancesStack } from "./instances-stack";
import { NetworkingStack } from "./networking-stack";
import { SessionsStack } from "./sessions-stack";
import type { EnvironmentSettings } from "./settings/environment";

/** Adds the stacks of one environment, in the order they are deployed. */
export function addStacks(app: App, settings: EnvironmentSettings): void {
  const networking = new NetworkingStack(app, settings);
  const sessions = settings.sessions === undefined ? undefined : new SessionsStack(app, settings);
  new InstancesStack(app, settings, networking, sessions);
}

/**
 * What is wrong with any stack, found before the first is written: an earlier output stays whole. What CDKTF would do
 * to the stacks while writing is done before, so that nothing escapes the checks.
 */
export function stackProblems(app: App): string[] {
  const stacks = app.node.findAll().filter(TerraformStack.isStack);
  stacks.forEach((stack) => stack.prepareStack());
  stacks.forEach(invokeAspects);
  return app.node
    .findAll()
    .flatMap((construct) =>
      construct.node.validate().map((message) => `[${construct.node.path}] ${message}`),
    );
}
