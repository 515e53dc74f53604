import { isOlder } from "../../modules/facts/agent-versions";
import { BadFrame } from "../channel/frame";
import { type ChannelEnd, DataChannel, FLAG } from "../channel/data-channel";
import type { SessionKind } from "../channel/handshake";
import { PortConnections } from "../channel/port-connections";
import {
  type OpenTunnel,
  type SessionOver,
  attemptTunnel,
  silentFor,
  withoutWayBack,
} from "./tunnel-attempt";

/** The first agent that carries several connections at once. */
const FIRST_MULTIPLEXING = "3.0.196.1";

/** Opens a tunnel with the client of this project. */
export const builtinTunnel: OpenTunnel = (request, localPort, hooks) =>
  attemptTunnel(request, hooks, (session, { listens, ends }) => {
    const fails = (trouble: unknown): void => ends({ closed: false, output: "", trouble });
    const channel: DataChannel = new DataChannel({
      ...session,
      onBegun: (kind) => {
        const fault = portFault(kind);
        if (fault === undefined) {
          connections.listen(localPort).then(listens, fails);
        } else {
          fails(fault);
        }
      },
      onOutput: (bytes) => connections.receive(bytes),
      onFlag: (flag) => flag === FLAG.portUnreachable && hooks.onUnreachable(),
      onNews: (news) => {
        if (news.news === "silent") {
          ends(silentFor(news.seconds));
        } else if (news.news !== "message") {
          hooks.onNews(news);
        }
      },
    });
    const connections = new PortConnections(channel);
    void channel.ended.then((end) => ends(sessionOver(end)));
    return {
      probe: () => channel.probe(),
      idle: () => connections.idle,
      leave: () => channel.flag(FLAG.terminate),
      close: () => {
        connections.end();
        channel.end();
      },
    };
  });

/** What the end of a channel is to whoever opened it. */
export function sessionOver(end: ChannelEnd): SessionOver {
  switch (end.how) {
    case "closed":
      return { closed: true, output: end.output };
    case "lost":
      return { closed: false, output: "", trouble: end.reason };
    case "ended":
      return { closed: false, output: "" };
    default:
      return withoutWayBack(end);
  }
}

/** What this client cannot do with a session; undefined where it can. */
function portFault(kind: SessionKind | undefined): BadFrame | undefined {
  if (kind?.type !== "Port") {
    return new BadFrame(`the agent began a session of another kind, ${kind?.type ?? "a shell"}`);
  }
  return isOlder(kind.agentVersion, FIRST_MULTIPLEXING)
    ? new BadFrame(`SSM Agent ${kind.agentVersion} carries one connection at a time`)
    : undefined;
}
