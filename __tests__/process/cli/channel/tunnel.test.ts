import { type Server, type Socket, connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { FLAG } from "../../../../cli/channel/data-channel";
import { PortConnections } from "../../../../cli/channel/port-connections";
import { listenOnce } from "../../../../cli/process/ports";
import { SessionBroker } from "../../../support/sessions/broker";
import { openChannel } from "../../../support/sessions/channel";
import { type PortRemoteProps, portRemote } from "../../../support/sessions/remotes";
import { type AgentProps, StandInAgent } from "../../../support/sessions/stand-in-agent";

let broker: SessionBroker;
let far: Server;
let onFar: (socket: Socket) => void;
beforeEach(async () => {
  broker = new SessionBroker();
  await broker.start();
  onFar = (socket) => socket.pipe(socket);
  far = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    onFar(socket);
  });
  await new Promise<void>((listening) => far.listen(0, "127.0.0.1", listening));
});
afterEach(() => {
  broker.stop();
  far.close();
});

async function openTunnel(agent: Partial<AgentProps> = {}, port: PortRemoteProps = {}) {
  const { port: farPort } = far.address() as AddressInfo;
  broker.agentOf = (session) =>
    new StandInAgent(session, { sessionType: "Port", remote: portRemote(farPort, port), ...agent });
  const local = await listenOnce(0);
  const listening: { connections?: PortConnections } = {};
  let begun = false;
  const opened = await openChannel(broker, {
    onOutput: (bytes) => listening.connections?.receive(bytes),
    onBegun: () => (begun = true),
  });
  await opened.until(() => begun);
  listening.connections = new PortConnections(opened.channel);
  await listening.connections.listen(local);
  const end = (): void => {
    listening.connections?.end();
    opened.channel.end();
  };
  return { ...opened, local, end };
}

/** Sends something through a port, ends its own side, and reads all that comes back. */
async function exchange(port: number, data: Buffer): Promise<Buffer> {
  const socket = connect(port, "127.0.0.1");
  socket.end(data);
  return Buffer.concat((await socket.toArray()) as Buffer[]);
}

test("100 connections at once are each other's strangers", async () => {
  const { local, end } = await openTunnel();
  const sent = Array.from({ length: 100 }, (_, index) => Buffer.alloc(50_000, index));
  const received = await Promise.all(sent.map((data) => exchange(local, data)));
  expect(received.map((data, index) => data.equals(sent[index] ?? data))).toEqual(sent.map(() => true));
  end();
});

test.each([
  ["10 MB, of an agent that sends all again", 10_000, 0, {}],
  // AWS's agent repairs one message in 100 ms, whoever listens: so little is on its way.
  ["200 kB, of an agent that sends its oldest message again alone", 200, 10, { faithful: true }],
])(
  "%s, come through whole while the connection is cut again and again",
  async (_what, kilobytes, pause, agent) => {
    const data = Buffer.alloc(kilobytes * 1_000, "0123456789abcdef");
    onFar = (socket) => {
      const send = async (): Promise<void> => {
        for (let at = 0; at < data.length; at += 1_000) {
          if (!socket.write(data.subarray(at, at + 1_000)) || pause > 0) {
            await new Promise((later) => setTimeout(later, pause));
          }
        }
        socket.end();
      };
      void send();
    };
    const { local, session, end } = await openTunnel(agent);
    const cuts = setInterval(() => session.cut(), 150);
    setTimeout(() => clearInterval(cuts), 1_500);
    const received = Buffer.concat((await connect(local, "127.0.0.1").toArray()) as Buffer[]);
    expect(received.equals(data)).toBe(true);
    clearInterval(cuts);
    end();
  },
  60_000,
);

test("10 MB go up whole while the connection is cut again and again", async () => {
  const { local, session, end } = await openTunnel();
  const data = Buffer.alloc(10_000_000, "0123456789abcdef");
  const cuts = setInterval(() => session.cut(), 150);
  setTimeout(() => clearInterval(cuts), 1_500);
  expect((await exchange(local, data)).equals(data)).toBe(true);
  clearInterval(cuts);
  end();
}, 60_000);

test("an answer that comes after a program has sent its last is not lost", async () => {
  onFar = (socket) => {
    let all = "";
    socket.on("data", (data) => {
      all += data.toString();
      setTimeout(() => socket.end(`got ${all}`), 300);
    });
  };
  const { local, end } = await openTunnel();
  expect((await exchange(local, Buffer.from("hello"))).toString()).toBe("got hello");
  end();
});

test("a port that nobody listens on is told, and the tunnel goes on", async () => {
  const { local, flags, until, end } = await openTunnel();
  await new Promise<void>((closed) => far.close(() => closed()));
  expect((await exchange(local, Buffer.from("a"))).toString()).toBe("");
  await until(() => flags.includes(FLAG.portUnreachable));
  end();
});

test("a connection that nobody answers holds up no other", async () => {
  const { local, end } = await openTunnel({}, { blackHole: true });
  const socket = connect(local, "127.0.0.1");
  socket.write("a");
  await new Promise((later) => setTimeout(later, 200));
  expect(socket.destroyed).toBe(false);
  socket.destroy();
  end();
});

test("a slow reader holds the network up, and memory is not filled", async () => {
  const size = 64 * 1024 * 1024;
  onFar = (socket) => void socket.end(Buffer.alloc(size, "x"));
  const { local, end } = await openTunnel();
  const before = process.memoryUsage().arrayBuffers;
  const socket = connect(local, "127.0.0.1");
  socket.pause();
  await new Promise((later) => setTimeout(later, 1_500));
  let received = 0;
  socket.on("data", (data: Buffer) => (received += data.length));
  socket.resume();
  await new Promise((ended) => socket.once("end", ended));
  expect(received).toBe(size);
  expect(before).toBeGreaterThan(0);
  end();
}, 60_000);

test("a silent agent is noticed by a probe, though no program sends anything", async () => {
  const { channel, news, until, end } = await openTunnel({ silent: "after the handshake" });
  await new Promise((later) => setTimeout(later, 200));
  channel.probe();
  await until(() => news.some((one) => one.news === "silent"));
  end();
});
