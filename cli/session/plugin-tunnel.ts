import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { PluginRelay } from "../channel/plugin-relay";
import { startFailure } from "../process/find-program";
import { pluginArgs, pluginEnv } from "./plugin";
import { type OpenTunnel, attemptTunnel, silentFor, withoutWayBack } from "./tunnel-attempt";

/** What the plugin says while all is well. */
const NEWS = /^(Starting session |Port \d+ opened |Waiting for connections|Connection accepted |\s*$)/;

/** Opens tunnels with AWS's plugin. */
export const pluginTunnel =
  (plugin: string): OpenTunnel =>
  (request, _localPort, hooks) =>
    attemptTunnel(request, hooks, (session, { listens, ends }) => {
      let child: ChildProcess | undefined;
      let [last, over] = ["the plugin ended", false];
      const fails = (trouble: unknown): void => ends({ closed: false, output: "", trouble });
      const relay = new PluginRelay({
        ...session,
        onNews: hooks.onNews,
        onGone: (why) => ends(withoutWayBack(why)),
        onClosed: (output) => ends({ closed: true, output }),
        onSilent: (seconds) => ends(silentFor(seconds)),
      });
      const read = (line: string): void => {
        if (/^Port \d+ opened for sessionId /.test(line)) {
          listens();
        } else if (line.startsWith("Connection to destination port failed")) {
          hooks.onUnreachable();
        } else if (!NEWS.test(line)) {
          last = line.trim();
        }
      };
      // Alone, it would try to come back for ever.
      const kill = (): void => void child?.kill("SIGKILL");
      process.once("exit", kill);
      let cleanUp: () => void = () => undefined;
      const run = async (): Promise<void> => {
        const url = await relay.start();
        if (over) {
          return;
        }
        const { env, cleanUp: remove } = pluginEnv(session, url);
        cleanUp = remove;
        child = spawn(plugin, pluginArgs(session, request), {
          env,
          // A terminal's Ctrl-C is for this process alone, which has it end. Windows would open a window for it.
          detached: process.platform !== "win32",
          windowsHide: true,
          stdio: ["ignore", "pipe", "pipe"],
        });
        for (const stream of [child.stdout, child.stderr]) {
          if (stream !== null) {
            createInterface({ input: stream }).on("line", read);
          }
        }
        child.on("error", (error) => fails(startFailure(plugin, error)));
        child.on("close", () => fails(last));
      };
      run().catch(fails);
      return {
        probe: () => relay.probe(),
        idle: () => relay.idle,
        leave: () => void child?.kill("SIGINT"),
        close: () => {
          over = true;
          process.off("exit", kill);
          relay.end();
          kill();
          cleanUp();
        },
      };
    });
