import type { SessionHistory } from "./history";
import type { RecordedEvent, Recordings } from "./log-group";
import { pause } from "../terminal/times";

/** Milliseconds between two looks for more. */
const INTERVAL = 2_000;

/** Milliseconds that an event may arrive late. */
const LATEST = 60_000;

/** What is recorded of one session, from its beginning until it has ended. */
export async function* followSession(
  recordings: Recordings,
  history: SessionHistory,
  session: string,
  since?: Date,
  wait = pause,
): AsyncGenerator<readonly RecordedEvent[]> {
  let active = true;
  for await (const { events, atEnd } of recordings.read(session, since)) {
    yield events;
    if (atEnd) {
      if (!active) {
        return;
      }
      // The agent sends the last lines when the session has ended: they are looked for once more.
      active = (await history.find(session))?.state === "active";
      await wait(INTERVAL);
    }
  }
}

/** What is recorded of all sessions from a time on, without an end. */
export async function* followAll(
  recordings: Recordings,
  since: Date,
  wait = pause,
  now: () => number = Date.now,
): AsyncGenerator<readonly RecordedEvent[]> {
  let seen = new Map<string | undefined, number>();
  let newest = since.getTime();
  for (;;) {
    const from = Math.max(since.getTime(), newest - LATEST);
    for await (const page of recordings.readAll(new Date(from))) {
      const fresh = page.filter(({ id }) => !seen.has(id));
      for (const { id, time } of fresh) {
        seen.set(id, time.getTime());
        // An instance's clock may be ahead, or set so, and must not hide what others do until then.
        newest = Math.max(newest, Math.min(time.getTime(), now()));
      }
      yield fresh;
    }
    seen = new Map([...seen].filter(([, time]) => time >= from));
    await wait(INTERVAL);
  }
}
