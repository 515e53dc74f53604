import { MESSAGE, PAYLOAD, encodeFrame } from "../../../../cli/channel/frame";
import { SessionBroker } from "../../../support/sessions/broker";
import { endOf, openChannel } from "../../../support/sessions/channel";
import { PROMPT, shellRemote } from "../../../support/sessions/remotes";
import { type AgentProps, StandInAgent } from "../../../support/sessions/stand-in-agent";

let broker: SessionBroker;
beforeEach(async () => {
  broker = new SessionBroker();
  await broker.start();
});
afterEach(() => broker.stop());

const shells = (props: Partial<AgentProps> = {}): void => {
  broker.agentOf = (session) => new StandInAgent(session, { remote: shellRemote(), ...props });
};
const type = (text: string): Buffer => Buffer.from(text);

describe("a shell", () => {
  test.each([
    ["without a handshake", {}],
    ["with one", { sessionType: "Standard_Stream" }],
    ["encrypted with a key of KMS", { kms: true }],
  ])("%s shows what is typed and said, and ends when the shell does", async (_how, props) => {
    shells(props);
    const { channel, shows, shown, session, news } = await openChannel(broker);
    await shows(PROMPT);
    channel.write(type("echo 'grüße 🙂' $((6 * 7))\r"));
    await shows("grüße 🙂 42");
    channel.write(type("exit 3\r"));
    expect(await endOf(channel)).toEqual({ how: "closed", output: "" });
    expect(shown()).toContain("exit 3");
    expect(news).toEqual(
      "kms" in props ? [{ news: "message", text: "This session is encrypted using AWS KMS." }] : [],
    );
    expect(session.openings).toEqual([
      {
        authorization: expect.stringContaining("/eu-central-1/ssmmessages/aws4_request") as string,
        client: "1.2.764.0",
      },
    ]);
  });

  test("is as large as it is told", async () => {
    shells();
    const { channel, shows } = await openChannel(broker);
    await shows(PROMPT);
    channel.resize(123, 45);
    channel.write(type("stty size\r"));
    await shows("45 123");
    channel.end();
  });

  test("its control keys are the remote's", async () => {
    shells();
    const { channel, shows } = await openChannel(broker);
    await shows(PROMPT);
    channel.write(type("echo sleeps; sleep 60\r"));
    await shows("sleeps\r\n");
    channel.write(type("\u0003"));
    await shows(/\^C[^]*[#$] $/);
    channel.write(type("echo still $((1 + 1))\r"));
    await shows("still 2");
    channel.end();
  });

  test("goes on after a cut, with nothing lost and nothing twice", async () => {
    shells({ faithful: true });
    const { channel, session, shows, news, shown } = await openChannel(broker);
    await shows(PROMPT);
    channel.write(type("stty -echo; for i in $(seq 300); do echo line-$i.; sleep 0.005; done; echo a''ll\r"));
    await shows("line-20.");
    session.cut();
    await shows("line-150.");
    session.cut();
    await shows(/all\r\n/);
    const lines = [...shown().matchAll(/line-(\d+)\./g)].map(([, number]) => Number(number));
    expect(lines.filter((number) => !Number.isNaN(number))).toEqual(
      Array.from({ length: 300 }, (_, i) => i + 1),
    );
    expect(news.map((one) => one.news)).toEqual(["away", "back", "away", "back"]);
    channel.end();
  });

  test("an acknowledgement that is lost does not hold up what comes after", async () => {
    shells({ faithful: true });
    const { channel, session, shows } = await openChannel(broker);
    await shows(PROMPT);
    const lost = new Set<string>();
    session.meddle = (direction, frame) => {
      const what = `${direction} ${frame.type} ${frame.payload.toString()}`;
      const isFirst = frame.type === MESSAGE.acknowledge && direction === "to agent" && !lost.has(what);
      lost.add(what);
      return isFirst ? "drop" : undefined;
    };
    channel.write(type("seq 200; echo through\r"));
    await shows(/through\r\n/);
    channel.end();
  });
});

describe("a session that cannot go on", () => {
  test("is refused with the agent's words", async () => {
    shells({ sessionType: "Standard_Stream", refuses: { output: "we couldn't start it", after: 50 } });
    const { channel } = await openChannel(broker);
    expect(await endOf(channel)).toEqual({ how: "closed", output: "we couldn't start it" });
  });

  test("has no key: KMS says why, and the agent hears it", async () => {
    shells({ kms: true });
    const denied = Object.assign(new Error("not authorized"), { name: "AccessDeniedException" });
    const { channel, session } = await openChannel(broker, { newDataKey: () => Promise.reject(denied) });
    expect(await endOf(channel)).toEqual({ how: "refused", error: denied });
    expect(session.isOver).toBe(true);
  });

  test("asks for what is not known, and is refused", async () => {
    shells({ sessionType: "Standard_Dream" });
    const { channel } = await openChannel(broker);
    expect(await endOf(channel)).toMatchObject({
      how: "refused",
      error: { message: "the session is of a kind that is not known: Standard_Dream" },
    });
  });

  test.each(["from the start", "after the handshake"] as const)(
    "the agent is silent %s: it is told",
    async (silent) => {
      shells({ sessionType: "Standard_Stream", silent });
      const { channel, news, until } = await openChannel(broker, { times: { agent: 1_500, silence: 1_000 } });
      if (silent === "from the start") {
        expect(await endOf(channel)).toEqual({
          how: "lost",
          reason: "the instance's agent sent nothing for 1.5 s",
        });
      } else {
        await new Promise((later) => setTimeout(later, 200));
        channel.write(type("a"));
        await until(() => news.some((one) => one.news === "silent"));
        channel.end();
      }
    },
  );

  test("the gateway stands still: a way back is looked for", async () => {
    shells();
    const { channel, session, shows, news, until } = await openChannel(broker);
    await shows(PROMPT);
    session.freeze();
    await until(() => news.some((one) => one.news === "away"));
    session.meddle = () => undefined;
    await until(() => news.some((one) => one.news === "back"));
    channel.write(type("echo $((1 + 1))2\r"));
    await shows("22");
    channel.end();
  });

  test("an outage is waited out for as long as the service answers nothing", async () => {
    shells();
    broker.resume = (attempt) => (attempt <= 4 ? "InternalServerError" : "session");
    const { channel, session, shows, news, until } = await openChannel(broker);
    await shows(PROMPT);
    session.cut();
    await until(() => news.some((one) => one.news === "back"));
    expect(broker.count("ResumeSession")).toBe(5);
    channel.end();
  });

  test.each([
    ["expired", { how: "expired" }],
    [
      "AccessDeniedException",
      { how: "refused", error: expect.objectContaining({ name: "AccessDeniedException" }) as object },
    ],
  ])("it cannot be resumed: %s", async (answer, end) => {
    shells();
    broker.resume = () => answer;
    const { channel, session, shows } = await openChannel(broker);
    await shows(PROMPT);
    session.cut();
    expect(await endOf(channel)).toEqual(end);
    expect(broker.count("ResumeSession")).toBe(1);
  });

  test("the gateway is never reached, and then is", async () => {
    shells();
    broker.streamUrl = "ws://127.0.0.1:9";
    const { channel, shows, news, until } = await openChannel(broker);
    await until(() => news.some((one) => one.news === "away"));
    broker.streamUrl = undefined;
    await shows(PROMPT);
    channel.end();
  });
});

test("what lies ends nothing and is not shown", async () => {
  shells();
  const { channel, session, shows, shown } = await openChannel(broker);
  await shows(PROMPT);
  const good = encodeFrame({
    type: MESSAGE.output,
    sequence: 1_000,
    payloadType: PAYLOAD.output,
    payload: type("lie"),
  });
  for (let at = 0; at < good.length; at++) {
    const bytes = Buffer.from(good);
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    session.sendRaw(bytes);
    session.sendRaw(bytes.subarray(0, at));
  }
  channel.write(type("echo tru$((1))th\r"));
  await shows("tru1th");
  expect(shown()).not.toContain("lie");
  channel.end();
});
