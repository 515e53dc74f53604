import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { BadFrame } from "./frame";

/** Bytes of the data key that both ends of a session share: a key for each direction. */
export const DATA_KEY_LENGTH = 64;

const ALGORITHM = "aes-256-gcm";
const NONCE = 12;
const TAG = 16;

/** Encrypts what one end sends, and decrypts what it receives, with a data key of KMS. */
export class SessionCipher {
  private readonly sending: Buffer;
  private readonly receiving: Buffer;

  /** Takes a data key, which is copied: the caller may wipe it. */
  constructor(dataKey: Uint8Array, end: "agent" | "client" = "client") {
    if (dataKey.length !== DATA_KEY_LENGTH) {
      throw new BadFrame(`a data key of ${dataKey.length} bytes; needed: ${DATA_KEY_LENGTH}`);
    }
    const ofAgent = Buffer.from(dataKey.slice(0, 32));
    const ofClient = Buffer.from(dataKey.slice(32));
    [this.sending, this.receiving] = end === "client" ? [ofClient, ofAgent] : [ofAgent, ofClient];
  }

  public encrypt(plain: Buffer): Buffer {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv(ALGORITHM, this.sending, nonce);
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /**
   * Decrypts what the other end sent.
   *
   * @throws BadFrame where it was not encrypted by the other end.
   */
  public decrypt(sealed: Buffer): Buffer {
    try {
      const decipher = createDecipheriv(ALGORITHM, this.receiving, sealed.subarray(0, NONCE), {
        authTagLength: TAG,
      });
      decipher.setAuthTag(sealed.subarray(-TAG));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()]);
    } catch {
      throw new BadFrame("a payload that this session's key does not open");
    }
  }

  /** Overwrites the keys: nothing can be encrypted or decrypted after it. */
  public forget(): void {
    this.sending.fill(0);
    this.receiving.fill(0);
  }
}
