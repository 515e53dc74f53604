import { type ChannelNews, DataChannel } from "../channel/data-channel";
import { PluginRelay } from "../channel/plugin-relay";
import type { NoWayBack } from "../channel/resuming-socket";
import { type ShellStreams, ShellTerminal } from "../channel/shell-terminal";
import { runInForeground } from "../process/foreground";
import { type EndSignal, exitStatus, whileHandling } from "../process/signals";
import { tell } from "../terminal/output";
import { sanitize } from "../terminal/sanitize";
import { type BegunSession, beginSession } from "./aws-session";
import { sessionOver } from "./builtin-tunnel";
import { pluginArgs, pluginEnv } from "./plugin";
import type { ReadySession } from "./ready-session";
import { sessionEnd } from "./session-ends";
import { type SessionRequest, sessionFailure } from "./start-session";
import { type SessionOver, withoutWayBack } from "./tunnel-attempt";

/** How a shell ended. */
export interface ShellEnd extends SessionOver {
  /** The status to end with, as far as the client knows one. */
  readonly status: number;
}

/** Opens a shell, and stays until it ends: the status to end with. */
export async function openShell(
  { plugin, request, context }: ReadySession,
  documentName: string | undefined,
): Promise<number> {
  const asked = request({ documentName });
  let session: BegunSession;
  try {
    session = await beginSession(asked);
  } catch (error) {
    throw sessionFailure(error, context);
  }
  const shell = plugin === undefined ? builtinShell(session) : pluginShell(plugin, session, asked);
  // A client that fails must leave no session behind.
  const end = await shell.catch((trouble: unknown) => ({ closed: false, output: "", trouble, status: 1 }));
  if (!end.closed) {
    await session.terminate();
  }
  const why = sessionEnd(end, context);
  if (why !== undefined) {
    tell(sanitize(why.text));
  }
  return end.status;
}

/** Opens a shell with the client of this project, on the terminal of this process. */
export async function builtinShell(
  session: BegunSession,
  streams: ShellStreams = { input: process.stdin, output: process.stdout, errors: process.stderr },
): Promise<ShellEnd> {
  let [exitCode, left, received]: [number, boolean, EndSignal | undefined] = [0, false, undefined];
  let open = false;
  const channel: DataChannel = new DataChannel({
    ...session,
    onBegun: () => {
      open = true;
      terminal.begin();
    },
    onOutput: (bytes, stream) => terminal.show(bytes, stream),
    onFlag: () => undefined,
    onExitCode: (code) => (exitCode = code),
    onNews: (news) => terminal.tell(newsText(news)),
  });
  const terminal = new ShellTerminal(channel, streams, () => {
    left = true;
    channel.end();
  });
  const end = await whileHandling(
    (signal) => {
      received ??= signal;
      channel.end();
    },
    () => channel.ended,
  );
  if (open) {
    terminal.end();
  }
  if (received !== undefined || left) {
    return { closed: false, output: "", status: received === undefined ? 0 : exitStatus(received) };
  }
  const over = sessionOver(end);
  return { ...over, status: over.output === "" && over.trouble === undefined ? exitCode : 1 };
}

/** Opens a shell with AWS's plugin, on the terminal of this process. */
export async function pluginShell(
  plugin: string,
  session: BegunSession,
  request: SessionRequest,
): Promise<ShellEnd> {
  let [output, gone]: [string | undefined, NoWayBack | undefined] = [undefined, undefined];
  const tell = (news: ChannelNews): void => void process.stderr.write(`\r\n${newsText(news)}\r\n`);
  const relay = new PluginRelay({
    ...session,
    onClosed: (said) => (output = said),
    onGone: (why) => {
      gone = why;
      relay.close("");
    },
    onNews: tell,
    onSilent: (seconds) => tell({ news: "silent", seconds }),
  });
  const { env, cleanUp } = pluginEnv(session, await relay.start());
  const { status, stderr } = await runInForeground(plugin, pluginArgs(session, request), env).finally(() => {
    relay.end();
    cleanUp();
  });
  process.stderr.write(stderr);
  if (gone !== undefined) {
    return { ...withoutWayBack(gone), status: 1 };
  }
  const isWished = status === 0 && output === "";
  // The plugin's own status is 0 in every way that it ends by itself.
  return { closed: output !== undefined, output: output ?? "", status: isWished ? 0 : status || 1 };
}

/** What happens to a session's connection, in words. */
function newsText(news: ChannelNews): string {
  switch (news.news) {
    case "message":
      return sanitize(news.text);
    case "away":
      return `the connection is lost (${sanitize(news.reason)}): coming back for as long as AWS keeps the session`;
    case "back":
      return `connected again, after ${news.seconds.toFixed(1)} s`;
    case "silent":
      return `the instance has not answered for ${news.seconds} s: it may be busy, or gone`;
  }
}
