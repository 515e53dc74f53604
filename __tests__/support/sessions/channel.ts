import {
  type ChannelEnd,
  type ChannelNews,
  type ChannelProps,
  DataChannel,
} from "../../../cli/channel/data-channel";
import type { DataKey } from "../../../cli/channel/handshake";
import type { Opening } from "../../../cli/channel/resuming-socket";
import type { BrokerSession, SessionBroker } from "./broker";

/** A channel to the broker, and what it tells. */
export interface OpenedChannel {
  readonly channel: DataChannel;
  readonly session: BrokerSession;
  readonly news: ChannelNews[];
  readonly flags: number[];
  /** What was shown so far. */
  readonly shown: () => string;
  /** Waits until something was shown. */
  readonly shows: (text: string | RegExp) => Promise<void>;
  /** Waits until something is so; not for ever. */
  readonly until: (holds: () => boolean) => Promise<void>;
}

/** Begins a session at the broker as an SDK does, and opens its channel with short times. */
export async function openChannel(
  broker: SessionBroker,
  props: Partial<ChannelProps> = {},
): Promise<OpenedChannel> {
  const ask = async (action: string, body: object): Promise<Record<string, string>> => {
    const response = await fetch(broker.url, {
      method: "POST",
      headers: { "x-amz-target": action },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as Record<string, string>;
    if (!response.ok) {
      throw Object.assign(new Error(answer.message), { name: answer.__type });
    }
    return answer;
  };
  const opening = ({ StreamUrl, TokenValue }: Record<string, string>): Opening | undefined =>
    TokenValue === undefined ? undefined : { streamUrl: StreamUrl ?? "", token: TokenValue };
  const begun = await ask("AmazonSSM.StartSession", { Target: "i-0123456789abcdef0" });
  const news: ChannelNews[] = [];
  const flags: number[] = [];
  let shown = "";
  const channel = new DataChannel({
    opening: opening(begun) as Opening,
    signer: {
      region: "eu-central-1",
      credentials: () => Promise.resolve({ accessKeyId: "testing", secretAccessKey: "testing" }),
    },
    resume: async () => opening(await ask("AmazonSSM.ResumeSession", { SessionId: begun.SessionId })),
    isLasting: (error) => (error as Error).name === "AccessDeniedException",
    newDataKey: async (KeyId): Promise<DataKey> => {
      const EncryptionContext = {
        "aws:ssm:SessionId": begun.SessionId,
        "aws:ssm:TargetId": "i-0123456789abcdef0",
      };
      const answer = await ask("TrentService.GenerateDataKey", {
        KeyId,
        NumberOfBytes: 64,
        EncryptionContext,
      });
      return {
        plain: Buffer.from(answer.Plaintext ?? "", "base64"),
        encrypted: Buffer.from(answer.CiphertextBlob ?? "", "base64"),
      };
    },
    onBegun: () => undefined,
    onOutput: (bytes) => (shown += bytes.toString()),
    onFlag: (flag) => flags.push(flag),
    onNews: (one) => news.push(one),
    times: { agent: 20_000, silence: 1_000 },
    socketTimes: { opening: 1_000, ping: 200, silence: 1_000 },
    ...props,
  });
  const until = async (holds: () => boolean): Promise<void> => {
    for (let look = 0; !holds(); look++) {
      if (look === 1_000) {
        throw new Error(
          `it never came about; shown: ${JSON.stringify(shown)}, news: ${JSON.stringify(news)}`,
        );
      }
      await new Promise((later) => setTimeout(later, 20));
    }
  };
  return {
    channel,
    session: broker.latest,
    news,
    flags,
    shown: () => shown,
    shows: (text) => until(() => (typeof text === "string" ? shown.includes(text) : text.test(shown))),
    until,
  };
}

/** How a channel ended; not waited for for ever. */
export async function endOf(channel: DataChannel): Promise<ChannelEnd | "open"> {
  const late = new Promise<"open">((resolve) => setTimeout(resolve, 10_000, "open").unref());
  return Promise.race([channel.ended, late]);
}
