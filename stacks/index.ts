import type { App } from "cdktf";
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

/** What is wrong with any stack, found before the first is written: an earlier output stays whole. */
export function stackProblems(app: App): string[] {
  return app.node
    .findAll()
    .flatMap((construct) =>
      construct.node.validate().map((message) => `[${construct.node.path}] ${message}`),
    );
}
