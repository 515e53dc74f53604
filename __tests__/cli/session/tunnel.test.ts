import { Tunnel, type TunnelEvent, type TunnelTimes } from "../../../cli/session/tunnel";
import type { TunnelEnd, TunnelHooks } from "../../../cli/session/tunnel-attempt";

/** What a client does once it is to open a tunnel: how that ended, or nothing while it is open. */
type Play = (hooks: TunnelHooks) => Partial<TunnelEnd> | undefined;

const opens: Play = ({ onOpen }) => {
  onOpen("alice-1");
  return undefined;
};
const drops: Play = (hooks) => opens(hooks) ?? {};
const waits: Play = () => undefined;
/** AWS begins a session, and the agent refuses it for a reason that stays. */
const refused: Play = () => ({ output: "lasting refusal" });
/** AWS begins none. */
const denied: Play = () => ({ started: false, trouble: "lasting denial" });

/** Runs a tunnel whose client plays these, the last for all that follow. */
async function run(
  plays: readonly Play[],
  act: (event: TunnelEvent, tunnel: Tunnel, calls: number) => void = () => undefined,
  times: Partial<TunnelTimes> = {},
  obstacles: (string | undefined)[] = [],
) {
  const events: TunnelEvent[] = [];
  let calls = 0;
  const tunnel: Tunnel = new Tunnel({
    open: (hooks) => {
      const play = plays[Math.min(calls++, plays.length - 1)] ?? waits;
      let end: (how: Partial<TunnelEnd>) => void = () => undefined;
      const ended = new Promise<TunnelEnd>((resolve) => {
        end = (how) => resolve({ closed: true, output: "", started: true, ...how });
      });
      setImmediate(() => {
        const how = play(hooks);
        if (how !== undefined) {
          end(how);
        }
      });
      return { ended, end: () => end({}) };
    },
    obstacle: () => Promise.resolve(obstacles.shift()),
    explain: ({ output, trouble }) => {
      const text = output || (trouble as string | undefined);
      return text === undefined ? undefined : { text, lasting: text.startsWith("lasting") };
    },
    onEvent: (event) => {
      events.push(event);
      act(event, tunnel, calls);
    },
    times: { firstDelay: 1, longestDelay: 4, settled: 60_000, opening: 60_000, ...times },
  });
  const stopped = await tunnel.run();
  return { events, stopped, wasOpen: tunnel.wasOpen, calls };
}

const OPENING = { event: "opening" };
const OPENED = { event: "open", sessionId: "alice-1" };
const CLOSED = { event: "closed" };
const dropped = (reason: string, seconds: number) => ({ event: "dropped", reason, seconds });

const stopWhenOpen = (event: TunnelEvent, tunnel: Tunnel): void => {
  if (event.event === "open") {
    tunnel.stop();
  }
};
const stopAtCall =
  (call: number) =>
  (event: TunnelEvent, tunnel: Tunnel, calls: number): void => {
    if (event.event === "open" && calls === call) {
      tunnel.stop();
    }
  };

test("a tunnel is open until it is stopped", async () => {
  expect(await run([opens], stopWhenOpen)).toEqual({
    events: [OPENING, OPENED, CLOSED],
    stopped: true,
    wasOpen: true,
    calls: 1,
  });
});

test("one that drops is opened again, with delays that grow up to a limit", async () => {
  const { events } = await run([() => ({ trouble: "no route" }), drops, drops, drops, opens], stopAtCall(5));
  expect(events).toEqual([
    ...[OPENING, dropped("no route", 0.001)],
    ...[OPENING, OPENED, dropped("it was ended elsewhere", 0.002)],
    ...[OPENING, OPENED, dropped("it was ended elsewhere", 0.004)],
    ...[OPENING, OPENED, dropped("it was ended elsewhere", 0.004)],
    ...[OPENING, OPENED, CLOSED],
  ]);
});

test("delays begin anew after one that was open for long", async () => {
  const { events } = await run([() => ({}), () => ({}), drops, opens], stopAtCall(4), { settled: 0 });
  expect(events.flatMap((event) => (event.event === "dropped" ? event.seconds : []))).toEqual([
    0.001, 0.002, 0.001,
  ]);
});

test("what AWS will not begin ends it, also after it was open", async () => {
  expect(await run([drops, denied])).toEqual({
    events: [
      ...[OPENING, OPENED, dropped("it was ended elsewhere", 0.001)],
      ...[OPENING, { event: "failed", reason: "lasting denial" }],
    ],
    stopped: false,
    wasOpen: true,
    calls: 2,
  });
});

describe("a session that the agent refuses", () => {
  const failed = { event: "failed", reason: "lasting refusal" };

  test("is tried three times", async () => {
    const { events, stopped, calls } = await run([refused]);
    expect({ last: events.at(-1), stopped, calls }).toEqual({ last: failed, stopped: false, calls: 3 });
  });

  test("is tried three times after it was open before, and though each is open for a moment", async () => {
    const { events, calls } = await run([drops, (hooks) => opens(hooks) ?? { output: "lasting refusal" }]);
    expect({ last: events.at(-1), calls }).toEqual({ last: failed, calls: 4 });
  });

  test("is counted anew after one that was open for long", async () => {
    const both: Play = (hooks) => opens(hooks) ?? { output: "lasting refusal" };
    const { stopped } = await run([...Array<Play>(6).fill(both), opens], stopAtCall(7), { settled: 0 });
    expect(stopped).toBe(true);
  });
});

test("a port that another program has taken meanwhile ends it, before anything is asked of AWS", async () => {
  const { events, stopped, calls } = await run([drops], undefined, {}, [undefined, "port 5432 is in use"]);
  expect(events.slice(-2)).toEqual([OPENING, { event: "failed", reason: "port 5432 is in use" }]);
  expect({ stopped, calls }).toEqual({ stopped: false, calls: 1 });
});

test("one that does not open in time is ended, and tried again", async () => {
  const { events } = await run([waits, opens], stopWhenOpen, { opening: 50 });
  expect(events).toEqual([OPENING, dropped("not open after 0.05 s", 0.001), OPENING, OPENED, CLOSED]);
});

test("one that opens is left open after that time", async () => {
  const stopLater = (event: TunnelEvent, tunnel: Tunnel): void => {
    if (event.event === "open") {
      setTimeout(() => tunnel.stop(), 300);
    }
  };
  expect((await run([opens], stopLater, { opening: 100 })).events).toEqual([OPENING, OPENED, CLOSED]);
});

describe("sessions that start and never open", () => {
  const bad: Play = () => ({ trouble: "bad handshake" });

  test("are not tried for ever", async () => {
    const { events, stopped, calls } = await run([bad]);
    expect(events.slice(-2)).toEqual([OPENING, { event: "failed", reason: "bad handshake" }]);
    expect({ stopped, calls }).toEqual({ stopped: false, calls: 5 });
  });

  test("are tried again where one was open before, as after a network that was gone", async () => {
    const { events, stopped } = await run([drops, ...Array<Play>(6).fill(bad), opens], stopAtCall(8));
    expect(events.slice(-4)).toEqual([dropped("bad handshake", 0.004), OPENING, OPENED, CLOSED]);
    expect(stopped).toBe(true);
  });

  test("are no attempts for which AWS starts none", async () => {
    const none: Play = () => ({ started: false, trouble: "later" });
    expect((await run([...Array<Play>(6).fill(none), opens], stopWhenOpen)).stopped).toBe(true);
  });
});

test("what happens to an open one is told, and it stays", async () => {
  const play: Play = (hooks) => {
    opens(hooks);
    hooks.onUnreachable();
    hooks.onNews({ news: "away", reason: "cut" });
    hooks.onNews({ news: "back", seconds: 2 });
    return undefined;
  };
  const { events } = await run([play], (event, tunnel) => event.event === "back" && tunnel.stop());
  expect(events).toEqual([
    ...[OPENING, OPENED, { event: "unreachable" }],
    ...[{ event: "away", reason: "cut" }, { event: "back", seconds: 2 }, CLOSED],
  ]);
});

test("one that waits is stopped at once", async () => {
  const { events } = await run(
    [drops],
    (event, tunnel) => event.event === "dropped" && setImmediate(() => tunnel.stop()),
    { firstDelay: 3_600_000 },
  );
  expect(events.map(({ event }) => event)).toEqual(["opening", "open", "dropped", "closed"]);
});

test("one that is stopped before it is opened is not opened", async () => {
  const { events, calls } = await run([opens], (event, tunnel) => event.event === "opening" && tunnel.stop());
  expect({ events, calls }).toEqual({ events: [OPENING, CLOSED], calls: 0 });
});
