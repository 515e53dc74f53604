import { BadFrame, jsonPayload } from "./frame";
import { SessionCipher } from "./session-cipher";

/** What an agent tells of the session that it begins. */
export interface SessionKind {
  /** Such as `Standard_Stream` or `Port`. */
  readonly type: string;
  /** Four numbers. */
  readonly agentVersion: string;
}

/** A data key of KMS: for this end, and for the other to have decrypted. */
export interface DataKey {
  readonly plain: Uint8Array;
  readonly encrypted: Uint8Array;
}

/** Asks KMS for a data key that is good for this session alone. */
export type NewDataKey = (keyId: string) => Promise<DataKey>;

/** What comes of an agent's request. */
export interface Answer {
  /** The payload to answer with. */
  readonly payload: Buffer;
  readonly kind: SessionKind;
  /** Where the session is to be encrypted. */
  readonly cipher: SessionCipher | undefined;
  /** Why the session cannot be: the agent is told, and ends it. */
  readonly refusal: unknown;
}

/** The version that this says it is: as AWS's plugin of which it does what is asked. */
export const CLIENT_VERSION = "1.2.764.0";

const STATUS = { done: 1, failed: 2, unsupported: 3 } as const;

/** Kinds of sessions that this knows. */
const KNOWN_TYPES = ["Standard_Stream", "InteractiveCommands", "NonInteractiveCommands", "Port"];

interface Action {
  readonly ActionType: string;
  readonly ActionParameters: Readonly<Record<string, unknown>>;
}

/**
 * Does what an agent asks for before a session begins: says whether its kind is known, and makes the key that it is
 * encrypted with.
 *
 * @throws BadFrame where the request is none.
 */
export async function answerHandshake(payload: Buffer, newDataKey: NewDataKey): Promise<Answer> {
  const { AgentVersion: version, RequestedClientActions: requested } = jsonPayload(payload);
  if (typeof version !== "string" || !Array.isArray(requested) || !requested.every(isAction)) {
    throw new BadFrame("a handshake that asks for nothing that can be read");
  }
  let kind: SessionKind = { type: "Standard_Stream", agentVersion: version };
  let [cipher, refusal]: [SessionCipher | undefined, unknown] = [undefined, undefined];
  const processed: object[] = [];
  for (const { ActionType: action, ActionParameters: given } of requested) {
    const answer = (status: number, result: object | null, error: string): void => {
      processed.push({
        ActionType: action,
        ActionStatus: status,
        ActionResult: result,
        Error: error === "" ? "" : `Failed to process action ${action}: ${error}`,
      });
    };
    if (action === "SessionType") {
      kind = { ...kind, type: String(given.SessionType) };
      if (KNOWN_TYPES.includes(kind.type)) {
        answer(STATUS.done, null, "");
      } else {
        refusal ??= new BadFrame(`the session is of a kind that is not known: ${kind.type}`);
        answer(STATUS.failed, null, `Unknown session type ${kind.type}`);
      }
    } else if (action === "KMSEncryption") {
      try {
        const { plain, encrypted } = await newDataKey(String(given.KMSKeyId));
        cipher = new SessionCipher(plain);
        plain.fill(0);
        const key = Buffer.from(encrypted).toString("base64");
        answer(STATUS.done, { KMSCipherTextKey: key, KMSCipherTextHash: null }, "");
      } catch (error) {
        refusal ??= error;
        answer(STATUS.failed, null, `Error calling KMS GenerateDataKey API: ${(error as Error).message}`);
      }
    } else {
      refusal ??= new BadFrame(`the agent asks for what is not known: ${action}`);
      answer(STATUS.unsupported, null, `Unsupported action ${action}`);
    }
  }
  const response = { ClientVersion: CLIENT_VERSION, ProcessedClientActions: processed, Errors: null };
  return { payload: Buffer.from(JSON.stringify(response)), kind, cipher, refusal };
}

/** What answers an agent that wants to see that both ends have the same key. */
export function answerChallenge(payload: Buffer, cipher: SessionCipher): Buffer {
  const { Challenge: challenge } = jsonPayload(payload);
  const plain = cipher.decrypt(Buffer.from(String(challenge), "base64"));
  return Buffer.from(JSON.stringify({ Challenge: cipher.encrypt(plain).toString("base64") }));
}

function isAction(value: unknown): value is Action {
  const { ActionType, ActionParameters } = (value ?? {}) as Partial<Action>;
  return typeof ActionType === "string" && typeof (ActionParameters ?? undefined) === "object";
}
