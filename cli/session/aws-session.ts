import type { DataKey } from "../channel/handshake";
import type { Signer } from "../channel/gateway-socket";
import type { Opening } from "../channel/resuming-socket";
import { clientConfig } from "../aws/client";
import { isPassing } from "../aws/errors";
import { proxyAgents } from "../aws/proxy";
import { type SessionRequest, asking, startSessionInput } from "./start-session";

/** As the SDK has made it of all settings and variables for endpoints. */
interface HttpRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
}

/** How long the service may take to end a session that nobody is in any more: milliseconds. */
const TERMINATION = 5_000;

/** A session that AWS has begun. */
export interface BegunSession {
  readonly id: string;
  readonly opening: Opening;
  readonly signer: Signer;
  /** Another way into it; undefined where the service has given it up. */
  readonly resume: () => Promise<Opening | undefined>;
  /** Whether what went wrong when resuming will go wrong again. */
  readonly isLasting: (error: unknown) => boolean;
  /** Ends it at the service. What goes wrong with that is nobody's affair any more: it ends by itself in time. */
  readonly terminate: () => Promise<void>;
  /** Asks KMS for a key that is good for this session alone. */
  readonly newDataKey: (keyId: string) => Promise<DataKey>;
  /** What AWS answered, as its plugin is given it; with another address. */
  readonly response: (streamUrl: string) => string;
  /** The address that AWS is asked at about sessions. */
  readonly endpoint: string;
}

/** Has AWS begin a session. Rejects with the error of the SDK. */
export async function beginSession(request: SessionRequest): Promise<BegunSession> {
  const { region, id: target } = request;
  const { ResumeSessionCommand, SSMClient, StartSessionCommand, TerminateSessionCommand } =
    await import("@aws-sdk/client-ssm");
  const client = new SSMClient(clientConfig(region));
  let endpoint = "";
  client.middlewareStack.add(
    (next) => (args) => {
      const { protocol, hostname, port, path } = args.request as HttpRequest;
      endpoint = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`;
      return next(args);
    },
    { step: "build" },
  );
  const begun = await asking(
    "ssm:StartSession",
    client.send(new StartSessionCommand(startSessionInput(request))),
  );
  const [id, opening] = [begun.SessionId ?? "", openingOf(begun)];
  if (opening === undefined) {
    throw new Error("AWS began a session and gave no way into it");
  }
  return {
    id,
    opening,
    signer: { region, credentials: () => client.config.credentials(), agentFor },
    resume: async () =>
      openingOf(await asking("ssm:ResumeSession", client.send(new ResumeSessionCommand({ SessionId: id })))),
    isLasting: (error) => !isPassing(error) && (error as { $fault?: unknown }).$fault === "client",
    terminate: async () => {
      const abortSignal = AbortSignal.timeout(TERMINATION);
      await client
        .send(new TerminateSessionCommand({ SessionId: id }), { abortSignal })
        .catch(() => undefined);
    },
    newDataKey: (keyId) => asking("kms:GenerateDataKey", dataKey(region, keyId, id, target)),
    response: (streamUrl) =>
      JSON.stringify({ SessionId: id, TokenValue: opening.token, StreamUrl: streamUrl }),
    endpoint,
  };
}

/** As calls of AWS go: through the proxy that is set, and trusting what AWS_CA_BUNDLE has. */
function agentFor(url: string) {
  const { httpAgent, httpsAgent } = proxyAgents();
  return url.startsWith("wss:") ? httpsAgent : httpAgent;
}

function openingOf(answer: {
  readonly StreamUrl?: string;
  readonly TokenValue?: string;
}): Opening | undefined {
  const { StreamUrl: streamUrl, TokenValue: token } = answer;
  return streamUrl && token ? { streamUrl, token } : undefined;
}

async function dataKey(region: string, keyId: string, session: string, target: string): Promise<DataKey> {
  const { GenerateDataKeyCommand, KMSClient } = await import("@aws-sdk/client-kms");
  const { Plaintext: plain, CiphertextBlob: encrypted } = await new KMSClient(clientConfig(region)).send(
    new GenerateDataKeyCommand({
      KeyId: keyId,
      NumberOfBytes: 64,
      EncryptionContext: { "aws:ssm:SessionId": session, "aws:ssm:TargetId": target },
    }),
  );
  if (plain === undefined || encrypted === undefined) {
    throw new Error("KMS gave no key");
  }
  return { plain, encrypted };
}
