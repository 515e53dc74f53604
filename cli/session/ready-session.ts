import type { ChosenInstance } from "../assembly/choose";
import { patience } from "../aws/ask-until";
import { reachable } from "../instance/wait-until-online";
import { whyNotFound } from "../process/find-program";
import { Failure } from "../terminal/failure";
import { tell } from "../terminal/output";
import type { SessionClientName, SessionOptions } from "./options";
import { INSTALL_PLUGIN, OLDEST_PLUGIN, PLUGIN, findPlugin, installedPluginFault } from "./plugin-versions";
import type { SessionContext, SessionRequest } from "./start-session";

/** All that it takes to open sessions on an instance that takes them. */
export interface ReadySession {
  readonly id: string;
  /** AWS's plugin, absolute; undefined where the client is this project's own. */
  readonly plugin: string | undefined;
  readonly request: (wanted: Pick<SessionRequest, "documentName" | "parameters">) => SessionRequest;
  readonly context: SessionContext;
}

/**
 * Finds the client and the instance, and waits until it takes sessions. A plugin that can lose them is told.
 *
 * @param policy the policy that allows it; undefined where there is none
 * @throws where AWS does not support the plugin, there is none that is asked for, or the instance is not reachable in time.
 */
export async function readySession(
  chosen: ChosenInstance,
  { timeout, reason, client }: SessionOptions,
  policy: string | undefined,
): Promise<ReadySession> {
  const { region } = chosen.environment;
  const plugin = pluginOf(client);
  await Promise.all([
    // Its start takes no time of its own: meanwhile what asks AWS is loaded, which takes longer.
    plugin === undefined ? undefined : heedFaults(),
    import("@aws-sdk/client-ec2"),
    import("@aws-sdk/client-ssm"),
  ]);
  const id = await reachable(chosen, patience(timeout), policy);
  return {
    id,
    plugin,
    request: (wanted) => ({ region, id, reason, ...wanted }),
    context: { ...chosen, policy },
  };
}

/** The plugin, unless the client is to be this project's own: by the wish of a person, or for want of a plugin. */
function pluginOf(client: SessionClientName | undefined): string | undefined {
  if (client === "builtin") {
    return undefined;
  }
  const plugin = findPlugin();
  if (plugin !== undefined) {
    return plugin;
  }
  if (client === "plugin") {
    throw new Failure(
      `${whyNotFound(PLUGIN)}: install it, ${INSTALL_PLUGIN} (${OLDEST_PLUGIN} or later, the oldest that AWS supports), ` +
        "or take this project's own client with --client builtin",
    );
  }
  tell(`${whyNotFound(PLUGIN)}: with this project's own client, which nobody has tried on AWS yet`);
  return undefined;
}

async function heedFaults(): Promise<void> {
  const fault = await installedPluginFault();
  if (fault === undefined) {
    return;
  }
  const text = `${fault.seen}: ${fault.fix}`;
  if (fault.refused) {
    throw new Failure(`${text}, or take this project's own client with --client builtin`);
  }
  tell(text);
}
