import type { App } from "cdktf";
import { InstancesStack } from "./instances-stack";
import { NetworkingStack } from "./networking-stack";
import type { EnvironmentSettings } from "./settings/environment";

/** Adds the stacks of one environment, in the order they are deployed. */
export function addStacks(app: App, settings: EnvironmentSettings): void {
  const networking = new NetworkingStack(app, settings);
  // The sessions stack will stand here: it reads nothing of networking, and instances read it.
  new InstancesStack(app, settings, networking);
}
