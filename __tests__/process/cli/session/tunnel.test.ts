import { join } from "node:path";
import { Tunnel, type TunnelEvent, type TunnelTimes } from "../../../../cli/session/tunnel";
import { Workspace } from "../../../support/cli";
import { onPlatform } from "../../../support/platform";

const OPEN =
  'console.log("\\nStarting session with SessionId: alice-1\\nPort 5432 opened for sessionId alice-1.\\nWaiting for connections...");';

/** Runs until Ctrl-C, as the plugin does. */
const STAY = 'setInterval(() => {}, 1000); process.on("SIGINT", () => process.exit(0));';

const denied = "An error occurred (AccessDeniedException) when calling the StartSession operation: no";

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace();
});

afterEach(() => workspace.remove());

/** Runs a tunnel whose program has a body for each call, the last for all that follow. */
async function run(
  bodies: readonly string[],
  act: (event: TunnelEvent, tunnel: Tunnel) => void = () => undefined,
  times: Partial<TunnelTimes> = {},
  obstacles: (string | undefined)[] = [],
): Promise<{ events: TunnelEvent[]; stopped: boolean; wasOpen: boolean }> {
  const recording = JSON.stringify(join(workspace.folder, "aws.calls"));
  const cases = bodies.map((body, index) => `if (call === ${index + 1}) { ${body} }`).join("\nelse ");
  workspace.program(
    "aws",
    `const call = Math.min(${bodies.length}, require("node:fs").readFileSync(${recording}, "utf8").trim().split("\\n").length);\n${cases}`,
  );
  const events: TunnelEvent[] = [];
  const tunnel: Tunnel = new Tunnel({
    program: join(workspace.folder, "programs/aws"),
    args: ["ssm"],
    obstacle: () => Promise.resolve(obstacles.shift()),
    explain: ({ name, message }) => `explained: ${name} ${message}`,
    onEvent: (event) => {
      events.push(event);
      act(event, tunnel);
    },
    times: { firstDelay: 1, longestDelay: 4, settled: 60_000, opening: 60_000, ending: 60_000, ...times },
  });
  const stopped = await tunnel.run();
  return { events, stopped, wasOpen: tunnel.wasOpen };
}

const OPENING = { event: "opening" };
const OPENED = { event: "open", sessionId: "alice-1" };
const CLOSED = { event: "closed" };

const stopWhenOpen = (event: TunnelEvent, tunnel: Tunnel): void => {
  if (event.event === "open") {
    tunnel.stop();
  }
};

test("a tunnel is open until it is stopped", async () => {
  expect(await run([`${STAY} ${OPEN}`], stopWhenOpen)).toEqual({
    events: [OPENING, OPENED, CLOSED],
    stopped: true,
    wasOpen: true,
  });
});

test("on Windows, where no signal reaches it, a tunnel is ended with all that it started", async () => {
  const { PATH } = process.env;
  workspace.program("taskkill", 'process.kill(Number(args[1]), "SIGKILL");');
  process.env.PATH = `${workspace.folder}/programs:${PATH}`;
  const { events, stopped } = await onPlatform("win32", () => run([`${STAY} ${OPEN}`], stopWhenOpen));
  process.env.PATH = PATH;
  expect({ events, stopped }).toEqual({ events: [OPENING, OPENED, CLOSED], stopped: true });
  expect(workspace.calls("taskkill")).toEqual([["/pid", expect.any(String), "/t", "/f"]]);
});

test("one that drops is opened again, with delays that grow up to a limit", async () => {
  const { events } = await run(
    ['console.log("Session: alice-1 timed out.");', OPEN, "", "", `${STAY} ${OPEN}`],
    (event, tunnel) => event.event === "open" && workspace.calls("aws").length === 5 && tunnel.stop(),
  );
  expect(events).toEqual([
    OPENING,
    { event: "dropped", reason: "Session: alice-1 timed out.", seconds: 0.001 },
    OPENING,
    OPENED,
    { event: "dropped", reason: "it ended", seconds: 0.002 },
    OPENING,
    { event: "dropped", reason: "it ended", seconds: 0.004 },
    OPENING,
    { event: "dropped", reason: "it ended", seconds: 0.004 },
    OPENING,
    OPENED,
    CLOSED,
  ]);
});

test("delays begin anew after one that was open for long", async () => {
  const { events } = await run(
    ["", "", OPEN, `${STAY} ${OPEN}`],
    (event, tunnel) => event.event === "open" && workspace.calls("aws").length === 4 && tunnel.stop(),
    { settled: 0 },
  );
  expect(events.flatMap((event) => (event.event === "dropped" ? event.seconds : []))).toEqual([
    0.001, 0.002, 0.001,
  ]);
});

test.each(["TargetNotConnected", "ThrottlingException", "InternalServerError"])("%s passes", async (name) => {
  const { events } = await run(
    [
      `console.error("An error occurred (${name}) when calling the StartSession operation: later"); process.exitCode = 254;`,
      `${STAY} ${OPEN}`,
    ],
    stopWhenOpen,
  );
  expect(events).toEqual([
    OPENING,
    { event: "dropped", reason: `explained: ${name} later`, seconds: 0.001 },
    OPENING,
    OPENED,
    CLOSED,
  ]);
});

test.each([
  [
    `console.error(${JSON.stringify(denied)}); process.exitCode = 254;`,
    "explained: AccessDeniedException no",
  ],
  ['console.error("Token has expired"); process.exitCode = 255;', "explained:  Token has expired"],
  [
    'console.log("Cannot perform start session: listen tcp 127.0.0.1:5432: bind: address already in use");',
    "Cannot perform start session: listen tcp 127.0.0.1:5432: bind: address already in use",
  ],
])("what cannot pass ends it: %s", async (body, reason) => {
  expect(await run([OPEN, body])).toEqual({
    events: [
      OPENING,
      OPENED,
      { event: "dropped", reason: "it ended", seconds: 0.001 },
      OPENING,
      { event: "failed", reason },
    ],
    stopped: false,
    wasOpen: true,
  });
});

test("a port that another program has taken meanwhile ends it, before anything is asked of AWS", async () => {
  const { events, stopped } = await run([OPEN], undefined, {}, [undefined, "port 5432 is in use"]);
  expect(events).toEqual([
    OPENING,
    OPENED,
    { event: "dropped", reason: "it ended", seconds: 0.001 },
    OPENING,
    { event: "failed", reason: "port 5432 is in use" },
  ]);
  expect(stopped).toBe(false);
  expect(workspace.calls("aws")).toHaveLength(1);
});

test("one that does not open in time is ended, and tried again", async () => {
  const silent = `${STAY} process.on("SIGINT", () => console.log("Terminate signal received, exiting."));`;
  const { events } = await run([silent, `${STAY} ${OPEN}`], stopWhenOpen, { opening: 3_000 });
  expect(events).toEqual([
    OPENING,
    { event: "dropped", reason: "not open after 3 s", seconds: 0.001 },
    OPENING,
    OPENED,
    CLOSED,
  ]);
}, 20_000);

test("one that opens is left open after that time", async () => {
  const { events } = await run(
    [`${STAY} ${OPEN}`],
    (event, tunnel) => event.event === "open" && setTimeout(() => tunnel.stop(), 3_500),
    { opening: 3_000 },
  );
  expect(events).toEqual([OPENING, OPENED, CLOSED]);
}, 20_000);

describe("sessions that start and never open", () => {
  const refused =
    'console.log("Starting session with SessionId: alice-1\\nCannot perform start session: bad handshake");';
  const reason = "Cannot perform start session: bad handshake";

  test("are not tried for ever", async () => {
    const { events, stopped } = await run([refused]);
    expect(events.slice(-2)).toEqual([OPENING, { event: "failed", reason }]);
    expect(stopped).toBe(false);
    expect(workspace.calls("aws")).toHaveLength(5);
  });

  test("are tried again where one was open before, as after a network that was gone", async () => {
    const { events, stopped } = await run(
      [OPEN, ...Array<string>(6).fill(refused), `${STAY} ${OPEN}`],
      (event, tunnel) => event.event === "open" && workspace.calls("aws").length === 8 && tunnel.stop(),
    );
    expect(events.slice(-4)).toEqual([{ event: "dropped", reason, seconds: 0.004 }, OPENING, OPENED, CLOSED]);
    expect(stopped).toBe(true);
  });

  test("are no attempts for which AWS starts none", async () => {
    const { stopped } = await run([...Array<string>(6).fill(""), `${STAY} ${OPEN}`], stopWhenOpen);
    expect(stopped).toBe(true);
  });
});

test("a far end that does not answer is told, and the tunnel stays", async () => {
  const unreachable = 'console.log("\\nConnection to destination port failed, check SSM Agent logs.");';
  const { events } = await run([`${STAY} ${OPEN} ${unreachable}`], (event, tunnel) => {
    if (event.event === "unreachable") {
      tunnel.stop();
    }
  });
  expect(events).toEqual([OPENING, OPENED, { event: "unreachable" }, CLOSED]);
});

test("one that waits is stopped at once", async () => {
  const { events } = await run(
    [""],
    (event, tunnel) => event.event === "dropped" && setImmediate(() => tunnel.stop()),
    { firstDelay: 3_600_000 },
  );
  expect(events.map(({ event }) => event)).toEqual(["opening", "dropped", "closed"]);
});

test("one that is stopped before it is opened is not opened", async () => {
  const { events } = await run([OPEN], (event, tunnel) => event.event === "opening" && tunnel.stop());
  expect(events).toEqual([OPENING, CLOSED]);
  expect(workspace.calls("aws")).toEqual([]);
});

test("a program that will not end is ended, and what it has started", async () => {
  const child = `setInterval(() => {}, 1000); process.on("SIGINT", () => {}); ${OPEN}`;
  const { events } = await run(
    [
      `process.on("SIGINT", () => {}); require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit" });`,
    ],
    stopWhenOpen,
    { ending: 1 },
  );
  expect(events).toEqual([OPENING, OPENED, CLOSED]);
});
