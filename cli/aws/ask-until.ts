import { pause } from "../terminal/times";
import { AwsFailure } from "./errors";

/** How long something is waited for. */
export interface Patience {
  /** Seconds after which it is given up. */
  readonly seconds: number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly now: () => number;
}

/** Seconds between two questions. */
const INTERVAL = 5;

/** Patience on the clock of this machine. */
export function patience(seconds: number): Patience {
  return {
    seconds,
    sleep: pause,
    now: () => Date.now(),
  };
}

/** Asks until an answer will do, or it is the end: the last answer. A network that is gone is waited for, too. */
export async function askUntil<T>(
  ask: () => Promise<T>,
  willDo: (answer: T) => boolean,
  lacking: (answer: T) => string,
  { seconds, sleep, now }: Patience,
  say: (text: string) => void,
  end: number,
): Promise<T> {
  const wait = (why: string): void => say(`${why}: waiting, at most ${seconds} s`);
  for (;;) {
    try {
      const answer = await ask();
      if (willDo(answer) || now() >= end) {
        return answer;
      }
      wait(lacking(answer));
    } catch (error) {
      if (!(error instanceof AwsFailure && error.passes) || now() >= end) {
        throw error;
      }
      wait(error.message);
    }
    await sleep(Math.min(INTERVAL * 1000, end - now()));
  }
}

/** When patience ends that begins now. */
export function endOf({ seconds, now }: Patience): number {
  return now() + seconds * 1000;
}
