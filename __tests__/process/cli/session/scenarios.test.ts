import { type ChildProcess, spawn } from "node:child_process";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { describeMoto, freePort } from "../../../support/moto";
import { realPlugin } from "../../../support/sessions/real-plugin";
import { portRemote, shellRemote } from "../../../support/sessions/remotes";
import { SessionWorkspace } from "../../../support/sessions/session-workspace";
import { type AgentProps, StandInAgent } from "../../../support/sessions/stand-in-agent";
import { runOnTerminal } from "../../../support/pty";
import { FORWARDING } from "../../../support/forwarding";

const plugin = realPlugin();
const CLIENTS = plugin === undefined ? ["builtin"] : ["builtin", "plugin"];

/** What a command came to. */
interface Ran {
  readonly status: number | null;
  readonly said: string;
}

/** A command that runs. */
interface Running {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** Waits until it has said something. */
  readonly says: (pattern: RegExp) => Promise<void>;
  readonly ended: Promise<Ran>;
}

// A busy machine is slow, not wrong.
jest.setTimeout(90_000);

describeMoto("a session", (moto) => {
  let workspace: SessionWorkspace;
  let far: Server;
  let onFar: (socket: Socket) => void;

  beforeAll(async () => {
    workspace = new SessionWorkspace(moto, { dev: FORWARDING });
    if (plugin !== undefined) {
      workspace.link("session-manager-plugin", plugin);
    }
    workspace.env.AWS_REGION = "eu-central-1";
    await workspace.start();
    far = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => undefined);
      onFar(socket);
    });
    await new Promise<void>((listening) => far.listen(0, "127.0.0.1", listening));
  }, 120_000);
  beforeEach(() => {
    workspace.broker.forget();
    onFar = (socket) => socket.pipe(socket);
  });
  afterAll(() => {
    far.close();
    workspace.remove();
  });

  const shells = (props: Partial<AgentProps> = {}): void => {
    workspace.broker.agentOf = (session) => new StandInAgent(session, { remote: shellRemote(), ...props });
  };
  const ports = (props: Partial<AgentProps> = {}, remote: Parameters<typeof portRemote>[1] = {}): void => {
    workspace.broker.agentOf = (session) =>
      new StandInAgent(session, {
        sessionType: "Port",
        properties: {
          type: "LocalPortForwarding",
          localPortNumber: session.request.Parameters?.localPortNumber?.[0] ?? "",
          portNumber: "5432",
        },
        remote: portRemote((far.address() as AddressInfo).port, remote),
        ...props,
      });
  };

  function start(...args: readonly string[]): Running {
    const [program, all, options] = workspace.command(...args);
    const child = spawn(program, all, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    const more = (chunk: Buffer): void => void (said += chunk.toString());
    child.stdout.on("data", more);
    child.stderr.on("data", more);
    const ended = new Promise<Ran>((done) => child.on("close", (status) => done({ status, said })));
    const says = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(said)) {
        if (child.exitCode !== null) {
          throw new Error(`it ended with ${child.exitCode}, and said ${said}`);
        }
        await later(20);
      }
    };
    return { child, said: () => said, says, ended };
  }
  const shell = (client: string, ...keys: [string, string][]) =>
    runOnTerminal(workspace, ["connect", "web", "--client", client], keys);
  /** A tunnel that is open, and its port. */
  const tunnel = async (client: string): Promise<Running & { readonly port: number }> => {
    const port = await freePort();
    const running = start("forward", `db:${port}`, "--client", client);
    await running.says(/db: open:/);
    return { ...running, port };
  };
  const stop = async ({ child, ended }: Running): Promise<Ran> => {
    child.kill("SIGINT");
    return ended;
  };

  describe.each(CLIENTS)("with the client %s", (client) => {
    test("1: a shell shows what is said, and ends when it ends", async () => {
      shells();
      const { status, shown } = await shell(client, ["# ", "echo $((6 * 7))x\r"], ["42x", "exit 3\r"]);
      expect(status).toBe(0);
      expect(shown).toContain("42x");
      expect(workspace.broker.count("TerminateSession")).toBe(0);
    });

    test("2: letters beyond ASCII come through", async () => {
      shells();
      const { shown } = await shell(client, ["# ", "echo 'grüße 🙂'y\r"], ["y\r", "exit\r"]);
      expect(shown).toContain("grüße 🙂y");
    });

    test("3: the far terminal has the size of the near one", async () => {
      shells();
      const { shown } = await shell(client, ["# ", "sleep 1; stty size\r"], ["40 160", "exit\r"]);
      expect(shown).toContain("40 160");
    });

    test("4: Ctrl-C and Ctrl-\\ are the far shell's", async () => {
      shells();
      const { status, shown } = await shell(
        client,
        ["# ", "echo go; sleep 60\r"],
        ["go\r", "\u0003"],
        ["# ", "(echo on; exec sleep 60)\r"],
        ["on\r", "\u001c"],
        ["# ", "exit\r"],
      );
      expect(status).toBe(0);
      expect(shown).toContain("^C");
    });

    test("5 and 6: without a terminal it is 100 rows of 300 columns, and the end of the input ends it", async () => {
      shells();
      const running = start("connect", "web", "--client", client);
      await running.says(/# /);
      running.child.stdin?.write("stty size; echo done\n");
      await running.says(/100 300[^]*done/);
      running.child.stdin?.end();
      const { status } = await running.ended;
      // AWS's plugin ends without having the shell end.
      expect(status).toBe(client === "builtin" ? 0 : 1);
    });

    test("8: a shell is encrypted with a key of KMS", async () => {
      shells({ kms: true });
      workspace.env.AWS_ENDPOINT_URL_KMS = workspace.broker.url;
      const { status, shown } = await shell(client, ["# ", "echo $((6 * 7))x\r"], ["42x", "exit\r"]);
      expect(status).toBe(0);
      expect(shown).toContain("This session is encrypted using AWS KMS.");
    });

    test("9: the operator may not use the key", async () => {
      shells({ kms: true });
      workspace.env.AWS_ENDPOINT_URL_KMS = workspace.broker.url;
      workspace.broker.denied = Object.assign(new Error("no"), { name: "AccessDeniedException" });
      const { status, shown } = await shell(client);
      expect(status).toBe(1);
      expect(shown).toMatch(/attach the policy dev-session-shell to whom you are in AWS/);
    });

    test("10 and 11: the agent refuses, and that is said in words", async () => {
      shells({
        kms: true,
        refuses: { output: "\n----------ERROR-------\nFetching data key failed: AccessDenied", after: 100 },
      });
      workspace.env.AWS_ENDPOINT_URL_KMS = workspace.broker.url;
      const { status, shown } = await shell(client);
      expect(status).toBe(1);
      expect(shown).toContain("the instance may not decrypt the session's key");
    });

    test("12: AWS begins no session", async () => {
      workspace.broker.refusal = Object.assign(new Error("gone"), { name: "TargetNotConnected" });
      const { status, shown } = await shell(client);
      expect(status).toBe(1);
      expect(shown).toContain(
        "web is not connected to Systems Manager: npm run doctor -- web tells why (gone)",
      );
    });

    test("14: a gateway that is not reached is told, and Ctrl-C ends it", async () => {
      shells();
      workspace.broker.streamUrl = "ws://127.0.0.1:9";
      const { status, shown } = await shell(client, ["the connection is lost", "\u0003"]);
      expect(shown).toContain("ECONNREFUSED");
      expect(status).toBe(130);
      expect(workspace.broker.count("TerminateSession")).toBe(1);
    });

    test("15: an agent that says nothing is given up", async () => {
      shells({ silent: "from the start" });
      const { status, shown } = await shell(client);
      expect(status).toBe(1);
      expect(shown).toContain("the instance's agent sent nothing for 30 s");
    });

    test("16, 17 and 18: a shell goes on after cuts, and an outage of which AWS's plugin alone would die", async () => {
      shells();
      const running = start("connect", "web", "--client", client);
      await running.says(/# /);
      workspace.broker.resume = (attempt) => (attempt <= 8 ? "InternalServerError" : "session");
      workspace.broker.latest.cut();
      await running.says(/connected again/);
      running.child.stdin?.write("echo $((6 * 7))x\n");
      await running.says(/42x/);
      running.child.stdin?.write("exit\n");
      expect((await running.ended).status).toBe(0);
      expect(workspace.broker.count("ResumeSession")).toBe(9);
    });

    test("19: a session that AWS has given up meanwhile is told", async () => {
      shells();
      const running = start("connect", "web", "--client", client);
      await running.says(/# /);
      workspace.broker.resume = () => "expired";
      workspace.broker.latest.cut();
      const { status, said } = await running.ended;
      expect(status).toBe(1);
      expect(said).toContain("AWS has given the session up while the connection was lost");
    });

    test.each([
      ["Your session timed out due to inactivity and has been terminated.", 1, "sessions.idleMinutes"],
      ["", 0, ""],
    ])("20 and 21: it is ended by AWS: %j", async (output, ends, words) => {
      shells();
      const running = start("connect", "web", "--client", client);
      await running.says(/# /);
      workspace.broker.latest.close(output);
      const { status, said } = await running.ended;
      expect({ status, isSaid: said.includes(words) }).toEqual({ status: ends, isSaid: true });
    });

    test("22 and 32: a tunnel whose agent has died is said to have dropped", async () => {
      ports({ silent: "after the handshake" });
      const running = start("forward", `db:${await freePort()}`, "--client", client);
      await running.says(/db: dropped \(the instance has not answered for 1\d s\)/);
      await stop(running);
    });

    test("25: a tunnel carries 100 connections at once", async () => {
      ports();
      const running = await tunnel(client);
      const sent = Array.from({ length: 100 }, (_, index) => Buffer.alloc(20_000, index));
      // The plugin loses an answer that comes after a program has sent its last: these stay until they have all.
      const received = await Promise.all(sent.map((data) => exchange(running.port, data)));
      expect(received.map((data, index) => data.equals(sent[index] ?? data))).toEqual(sent.map(() => true));
      expect((await stop(running)).status).toBe(0);
      // AWS's plugin may be gone before the agent has ended the session, and it is ended at the service then.
      expect(workspace.broker.count("TerminateSession")).toBeLessThanOrEqual(client === "builtin" ? 0 : 1);
    });

    test("27: a port that nobody listens on is told, and the tunnel stays", async () => {
      ports({ remote: portRemote(1) });
      const running = await tunnel(client);
      await exchange(running.port, Buffer.from("a"), 0);
      await running.says(/web cannot reach db.internal:5432/);
      expect((await stop(running)).status).toBe(0);
    });

    test("28: a target that nobody answers for is waited for, and the tunnel stays", async () => {
      ports({}, { blackHole: true });
      const running = await tunnel(client);
      const socket = connect(running.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write("a");
      await later(500);
      expect(socket.readyState).toBe("open");
      socket.destroy();
      expect((await stop(running)).status).toBe(0);
    });

    test("29: a target that does not resolve ends it after three tries, and is never said to be open", async () => {
      ports({ refuses: { output: "lookup db.internal: no such host", after: 100 } });
      const running = start("forward", `db:${await freePort()}`, "--client", client);
      const { status, said } = await running.ended;
      expect(status).toBe(1);
      expect(said).toContain("db: failed: the instance does not find db.internal by its name");
      expect(said).not.toContain("db: open:");
      expect(workspace.broker.requests).toHaveLength(3);
    });

    test("30: a local port that is taken is refused before a session is begun", async () => {
      const other = createServer();
      await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
      const { port } = other.address() as AddressInfo;
      const { status, said } = await start("forward", `db:${port}`, "--client", client).ended;
      other.close();
      expect(status).toBe(1);
      expect(said).toContain(`db:${port}: port ${port} is in use by another program`);
      expect(workspace.broker.requests).toEqual([]);
    });

    test("31: a transfer comes through whole though its connection is cut, of an agent that resends its oldest alone", async () => {
      ports({ faithful: true });
      onFar = (socket) => void drip(socket);
      const running = await tunnel(client);
      const { latest } = workspace.broker;
      const cuts = setInterval(() => latest.cut(), 300);
      setTimeout(() => clearInterval(cuts), 2_000);
      const received = await exchange(running.port, Buffer.from("go"), 200_000);
      clearInterval(cuts);
      expect(received.length).toBe(200_000);
      expect((await stop(running)).status).toBe(0);
    });

    test("33: an agent that carries one connection at a time", async () => {
      ports({ version: "3.0.196.0" }, { multiplexed: false });
      if (client === "builtin") {
        const { status, said } = await start("forward", `db:${await freePort()}`, "--client", client).ended;
        expect(status).toBe(1);
        expect(said).toContain(
          "db: failed: this client refuses what it does not know (SSM Agent 3.0.196.0 carries one connection at a time): " +
            "install AWS's plugin, and take --client plugin",
        );
      } else {
        const running = await tunnel(client);
        expect((await exchange(running.port, Buffer.from("hello"))).toString()).toBe("hello");
        expect((await stop(running)).status).toBe(0);
      }
    });

    test("34: a client that is killed leaves no session behind where that can be helped", async () => {
      shells();
      const running = start("connect", "web", "--client", client);
      await running.says(/# /);
      running.child.kill("SIGTERM");
      expect((await running.ended).status).toBe(143);
      expect(workspace.broker.count("TerminateSession")).toBe(1);
    });
  });
});

function later(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/** Sends something through a port, and takes so many bytes back. */
async function exchange(port: number, data: Buffer, expected = data.length): Promise<Buffer> {
  const socket = connect(port, "127.0.0.1");
  const received: Buffer[] = [];
  let length = 0;
  const done = new Promise<void>((resolve) => {
    socket.on("data", (chunk: Buffer) => {
      received.push(chunk);
      length += chunk.length;
      if (length >= expected) {
        resolve();
      }
    });
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
  });
  socket.write(data);
  await done;
  socket.destroy();
  return Buffer.concat(received);
}

/** Sends 200 kB over two seconds. */
async function drip(socket: Socket): Promise<void> {
  for (let sent = 0; sent < 200_000; sent += 1_000) {
    socket.write(Buffer.alloc(1_000, "x"));
    await later(10);
  }
}
