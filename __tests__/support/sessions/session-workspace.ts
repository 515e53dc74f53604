import type { Environment } from "../../../stacks/settings/environment";
import { Workspace } from "../cli";
import type { Moto } from "../moto";
import { ReachableInstances } from "../reachable-instances";
import { SessionBroker } from "./broker";

/** A workspace whose instances can be reached, and whose sessions a broker on this machine carries. */
export class SessionWorkspace extends Workspace {
  /** Session Manager. What it is not asked, {@link instances} answer. */
  public readonly broker: SessionBroker;
  public readonly instances: ReachableInstances;

  constructor(moto: Moto, environments: Readonly<Record<string, Environment>>) {
    super(environments);
    this.instances = new ReachableInstances(moto);
    this.broker = new SessionBroker(() => this.instances.service.url);
  }

  /** Starts what answers. */
  public async start(): Promise<void> {
    await this.instances.start(this);
    await this.broker.start();
    this.env.AWS_ENDPOINT_URL = this.broker.url;
  }

  /** Puts a plugin on the PATH that shows what it is given, and ends a session with the broker as AWS's does. */
  public standInPlugin(body = STAND_IN_PLUGIN): void {
    this.program(
      "session-manager-plugin",
      `if (args[0] === "--version") { console.log("1.3.0.0"); process.exit(); }\n${body}`,
    );
  }

  public override remove(): void {
    this.broker.stop();
    this.instances.stop();
    super.remove();
  }
}

/**
 * What a plugin does that a test can do without: it opens the channel with its token, acknowledges nothing, and ends when
 * the session does. AWS's own is in the tests of real-plugin.ts.
 */
export const STAND_IN_PLUGIN = `
  const WebSocket = require(${JSON.stringify(require.resolve("ws"))});
  const { SessionId, TokenValue, StreamUrl } = JSON.parse(process.env[args[0]]);
  console.log("\\nStarting session with SessionId: " + SessionId);
  const socket = new WebSocket(StreamUrl);
  socket.on("open", () => socket.send(JSON.stringify({ TokenValue, ClientVersion: "1.3.0.0" })));
  const { localPortNumber: [port] = [] } = JSON.parse(args[4]).Parameters ?? {};
  socket.on("message", (data) => {
    const type = data.toString("latin1", 4, 36).trim();
    if (type === "start_publication" && port !== undefined) {
      console.log("Port " + port + " opened for sessionId " + SessionId + ".\\nWaiting for connections...");
    }
    if (type === "channel_closed") {
      const { Output } = JSON.parse(data.subarray(120).toString());
      console.log(Output === "" ? "\\nExiting session with sessionId: " + SessionId + "." : "\\nSessionId: " + SessionId + " : " + Output);
      process.exit(0);
    }
  });
  process.on("SIGINT", () => { console.log("Terminate signal received, exiting."); process.exit(0); });`;
