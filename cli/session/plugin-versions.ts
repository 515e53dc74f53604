import { isOlder } from "../../modules/facts/agent-versions";
import { delimiter, join } from "node:path";
import { findProgram } from "../process/find-program";
import { capture } from "../process/run";

/** The plugin's name, by which the AWS CLI looks for it. */
export const PLUGIN = "session-manager-plugin";

/**
 * Where AWS's installers put it. Their link to it is not made everywhere, and what a desktop or cron starts has a short
 * PATH: https://github.com/aws/aws-cli/issues/6800
 */
export const PLUGIN_FOLDERS = [
  "/usr/local/sessionmanagerplugin/bin",
  "C:\\Program Files\\Amazon\\SessionManagerPlugin\\bin",
];

/** Where the plugin is. What is started from now on finds it too, as the AWS CLI looks on the PATH alone. */
export function findPlugin(): string | undefined {
  const found = findProgram(PLUGIN);
  const folder = PLUGIN_FOLDERS.find((one) => findProgram(join(one, PLUGIN)) !== undefined);
  if (found !== undefined || folder === undefined) {
    return found;
  }
  process.env.PATH = [...(process.env.PATH ? [process.env.PATH] : []), folder].join(delimiter);
  return findProgram(PLUGIN);
}

/** What people install the plugin by. */
export const INSTALL_PLUGIN =
  "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html";

/** The oldest version that AWS supports, of 2025-11-19: the first that signs the opening of a session's channel. */
export const OLDEST_PLUGIN = "1.2.764.0";

/** Versions of the plugin, and what is wrong with them. */
interface Fault {
  /** The versions, each by its number; or all that come before one. */
  readonly versions: readonly string[] | { readonly before: string };
  /** Whether no session is begun with them; otherwise people are told. */
  readonly refused: boolean;
  /** What is wrong, after "session-manager-plugin 1.2.3.4". */
  readonly reason: string;
}

/**
 * The first that fits counts. As AWS listed them in October 2026, up to 1.2.896.0:
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/plugin-version-history.html
 */
const FAULTS: readonly Fault[] = [
  {
    versions: ["1.2.688.0"],
    refused: true,
    reason: "was withdrawn by AWS on 2024-11-20",
  },
  {
    versions: ["1.2.889.0"],
    refused: true,
    reason: "was withdrawn by AWS on 2026-10-09, the day it came out",
  },
  {
    versions: { before: OLDEST_PLUGIN },
    refused: true,
    reason: `is older than ${OLDEST_PLUGIN} of 2025-11-19, the oldest that AWS supports`,
  },
  {
    // https://github.com/aws/session-manager-plugin/issues/136, of 2026-04-15, which is open.
    versions: ["1.2.792.0", "1.2.804.0"],
    refused: false,
    reason:
      "cannot resume a session whose connection drops once temporary credentials are an hour old " +
      "(aws/session-manager-plugin#136)",
  },
  {
    versions: { before: "1.2.835.0" },
    refused: false,
    reason: "can leave a tunnel dead without a word after its connection dropped",
  },
];

/** What is wrong with a plugin. */
export interface PluginFault {
  /** Whether no session is begun with it. */
  readonly refused: boolean;
  /** What is wrong, in a sentence without what to do. */
  readonly seen: string;
  /** What to do. */
  readonly fix: string;
}

/** What is wrong with a version of the plugin; undefined where nothing is, as far as is known. */
export function pluginFault(version: string): PluginFault | undefined {
  const found = FAULTS.find(({ versions }) =>
    "before" in versions ? isOlder(version, versions.before) : versions.includes(version),
  );
  return (
    found && {
      refused: found.refused,
      seen: `session-manager-plugin ${version} ${found.reason}`,
      fix: `install the newest, ${INSTALL_PLUGIN}`,
    }
  );
}

/** The version in what the plugin says; undefined where that is none. */
export function pluginVersion(stdout: string): string | undefined {
  return /^\d+(\.\d+){3}$/.exec(stdout.trim())?.[0];
}

/**
 * What is wrong with the plugin on the PATH. One that does not tell its version has no fault that is known: the AWS CLI
 * starts it all the same.
 */
export async function installedPluginFault(): Promise<PluginFault | undefined> {
  const plugin = findPlugin();
  if (plugin === undefined) {
    return undefined;
  }
  const said = await capture(plugin, ["--version"]).catch(() => undefined);
  const version = said?.status === 0 ? pluginVersion(said.stdout) : undefined;
  return version === undefined ? undefined : pluginFault(version);
}
