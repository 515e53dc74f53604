/** What comes of keys that were typed. */
export interface Typed {
  /** What the session is to have of them. */
  readonly keys: Buffer;
  /** Whether the person wants to leave, whatever the session does. */
  readonly leave: boolean;
  /** Whether the person asks what can be typed. */
  readonly help: boolean;
}

const [TILDE, DOT, QUESTION, CR, LF] = [..."~.?\r\n"].map((key) => key.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
];

/** Finds the way out of a shell that hangs among the keys: `~.` after Enter, as people know it from ssh. */
export class EscapeKeys {
  private afterEnter = true;
  private afterTilde = false;

  public read(bytes: Buffer): Typed {
    const keys: number[] = [];
    let [leave, help] = [false, false];
    for (const key of bytes) {
      if (this.afterTilde) {
        this.afterTilde = false;
        if (key === DOT) {
          leave = true;
          break;
        }
        if (key === QUESTION) {
          help = true;
          this.afterEnter = true;
          continue;
        }
        keys.push(TILDE);
        this.afterEnter = false;
        // With two of them, one is meant.
        if (key === TILDE) {
          continue;
        }
      } else if (key === TILDE && this.afterEnter) {
        this.afterTilde = true;
        continue;
      }
      keys.push(key);
      this.afterEnter = key === CR || key === LF;
    }
    return { keys: Buffer.from(keys), leave, help };
  }
}
