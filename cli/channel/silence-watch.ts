/** Milliseconds that a session waits for its other end. */
export interface ChannelTimes {
  /** For the agent's first message. */
  readonly agent: number;
  /** For an acknowledgement, until the other end counts as silent. */
  readonly silence: number;
}

/** What people wait for. */
export const CHANNEL_TIMES: ChannelTimes = { agent: 30_000, silence: 15_000 };

/** Tells once that the other end is silent, and once more when it has answered in between. */
export class SilenceWatch {
  private told = false;

  constructor(
    /** Milliseconds from which on it counts as silent. */
    private readonly limit: number,
    private readonly onSilent: (seconds: number) => void,
  ) {}

  /**
   * Looks once more.
   *
   * @param silence milliseconds that the oldest message has waited for its acknowledgement; 0 where none waits
   */
  public look(silence: number): void {
    const isSilent = silence >= this.limit;
    if (isSilent && !this.told) {
      this.onSilent(Math.round(silence / 1000));
    }
    this.told = isSilent;
  }
}
